// What the command line says of what it cannot take, and the words it takes for a time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmd/command_line.h"
#include "cmd/exit_code.h"
#include "tests/support/fakes.h"

namespace jobd::cmd {
namespace {

using jobd::testing::kNoon;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Parsed parse(const std::vector<std::string>& arguments) {
  return parse_command_line(arguments, {kNoon, true});
}
std::string refusal_of(const std::vector<std::string>& arguments) {
  return std::get<Refusal>(parse(arguments)).message;
}
std::string help_of(const std::vector<std::string>& arguments) {
  return std::get<Information>(parse(arguments)).text;
}

TEST(RefusalWords, AreOurs) {
  EXPECT_THAT(refusal_of({"list", "--status"}), StartsWith("--status needs a value\n"));
  EXPECT_THAT(refusal_of({"--socket"}), StartsWith("--socket needs a value\n"));
  EXPECT_THAT(refusal_of({"list", "--limit", "1", "--limit", "2"}), StartsWith("--limit is given more than once\n"));
  EXPECT_THAT(refusal_of({"submit-email", "--to", "a@example.com", "--delay", "1h", "--at", "2026-03-01T12:00:00Z"}),
              StartsWith("--delay cannot stand beside --at\n"));
  EXPECT_EQ(refusal_of({}), "no subcommand\nsee: jobctl --help");
}

TEST(Flags, TakeNoValue) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"list", "--json=3"},
                                             {"list", "--json=true"},
                                             {"list", "--json-lines=false"},
                                             {"stats", "--json="},
                                             {"delete", "--yes=1", "-"},
                                             {"list", "--watch={}"},
                                             {"probe", "--transcript=no"},
                                             {"list", "--help=3"},
                                             {"list", "-h=3"},
                                             {"probe", "-v=1"},
                                             {"--version=1"},
                                             {"sendmail", "--help", "--help=3"}}) {
    const Parsed parsed_line = parse(arguments);
    const auto* refusal = std::get_if<Refusal>(&parsed_line);
    ASSERT_NE(refusal, nullptr) << arguments.back();
    EXPECT_EQ(refusal->exit_code, kUsage) << arguments.back();
  }
  EXPECT_THAT(refusal_of({"list", "--json=3"}), StartsWith("--json takes no value\nsee: jobctl list --help"));
  EXPECT_THAT(refusal_of({"list", "-h=3"}),
              StartsWith("an option of one letter takes no value\nsee: jobctl list --help"));
  EXPECT_THAT(refusal_of({"probe", "-v=1"}), StartsWith("an option of one letter takes no value\n"));
  EXPECT_THAT(refusal_of({"list", "-x=3"}), StartsWith("unknown option \"-x\""));
  EXPECT_THAT(refusal_of({"ping", "--wait=true"}), HasSubstr("is no duration"));
}

TEST(RefusalWords, BehindTwoDashesAreOfTheWordThatIsWrong) {
  for (const std::string subcommand : {"cancel", "status", "watch"}) {
    const Parsed parsed_line = parse({subcommand, "--", "nonsense"});
    const auto& refusal = std::get<Refusal>(parsed_line);
    EXPECT_EQ(refusal.exit_code, kBadData) << subcommand;
    EXPECT_EQ(refusal.message, refusal_of({subcommand, "nonsense"}));
  }
  EXPECT_THAT(refusal_of({"list", "--", "--json"}), StartsWith("unexpected argument \"--json\"\n"));
  EXPECT_THAT(refusal_of({"list", "--", "x"}), StartsWith("unexpected argument \"x\"\n"));
  EXPECT_THAT(refusal_of({"--", "lisst"}), StartsWith("unknown subcommand \"lisst\"; did you mean \"list\"?\n"));
}

TEST(RefusalWords, AWordIsQuotedWhole) {
  EXPECT_THAT(refusal_of({"cancel=3"}), StartsWith("unknown subcommand \"cancel=3\""));
}

TEST(HelpWord, OfSendmailHasNoLetter) {
  EXPECT_THAT(help_of({"sendmail", "--help"}), AllOf(HasSubstr("\n  --help "), Not(HasSubstr("-h,"))));
  EXPECT_EQ(help_of({"help", "sendmail"}), help_of({"sendmail", "--help"}));
  const Parsed hops = parse({"sendmail", "-h", "5", "a@example.com"});
  EXPECT_EQ(std::get<SendMail>(std::get<Invocation>(hops).command).recipients.size(), 1U);
}

TEST(HelpWord, IsTheOption) {
  EXPECT_EQ(help_of({"help"}), help_of({"--help"}));
  EXPECT_EQ(help_of({"help", "list"}), help_of({"list", "--help"}));
  EXPECT_THAT(refusal_of({"help", "lisst"}), HasSubstr("did you mean \"list\"?"));
}

TEST(Since, TakesADate) {
  const auto parsed = parse({"list", "--since", "2026-03-01"});
  const auto& list = std::get<List>(std::get<Invocation>(parsed).command);
  EXPECT_EQ(list.filter.since, kNoon - std::chrono::hours(12));
  EXPECT_THAT(refusal_of({"list", "--since", "2026-02-30"}), HasSubstr("nor a date"));
}

TEST(Durations, SayTheirBound) {
  EXPECT_THAT(refusal_of({"list", "--since", "999999d ago"}), HasSubstr("100 years at most"));
  EXPECT_THAT(refusal_of({"submit-email", "--to", "a@example.com", "--delay", "1h99999999999999999999s"}),
              HasSubstr("is too long: a duration has 100 years at most"));
  EXPECT_THAT(refusal_of({"submit-email", "--to", "a@example.com", "--delay", "soon"}), HasSubstr("is no duration"));
}

}  // namespace
}  // namespace jobd::cmd
