// What the command line says of what it cannot take, and the words it takes for a time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmd/command_line.h"
#include "tests/support/fakes.h"

namespace jobd::cmd {
namespace {

using jobd::testing::kNoon;
using ::testing::HasSubstr;
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
