// How programs call sendmail, and what of it is understood.
#include "cmd/sendmail_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobd::cmd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

SendMail parsed(const std::vector<std::string>& arguments) {
  auto options = parse_sendmail(arguments);
  const auto* refusal = std::get_if<Refusal>(&options);
  EXPECT_EQ(refusal, nullptr) << refusal->message;
  return refusal == nullptr ? std::get<SendMail>(options) : SendMail{};
}
Refusal refused(const std::vector<std::string>& arguments) {
  auto options = parse_sendmail(arguments);
  EXPECT_TRUE(std::holds_alternative<Refusal>(options));
  return std::holds_alternative<Refusal>(options) ? std::get<Refusal>(options) : Refusal{};
}

TEST(SendmailOptions, AsCronCallsIt) {
  const SendMail cron = parsed({"-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t"});
  EXPECT_TRUE(cron.recipients_from_header);
  EXPECT_TRUE(cron.a_dot_is_text);
  EXPECT_EQ(cron.full_name, "CronDaemon");
  EXPECT_THAT(cron.recipients, IsEmpty());
  const SendMail debian = parsed({"-i", "-FCronDaemon", "-B8BITMIME", "-oem", "root"});
  EXPECT_FALSE(debian.recipients_from_header);
  EXPECT_TRUE(debian.a_dot_is_text);
  EXPECT_THAT(debian.recipients, ElementsAre("root"));
  const SendMail fedora = parsed({"-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t", "-f", "root"});
  EXPECT_EQ(fedora.envelope_from, "root");
}

TEST(SendmailOptions, AsOthersCallIt) {
  EXPECT_THAT(parsed({"-i", "a@x.org", "b@x.org"}).recipients, ElementsAre("a@x.org", "b@x.org"));  // git send-email
  const SendMail git = parsed({"-f", "me@x.org", "-i", "a@x.org"});
  EXPECT_EQ(git.envelope_from, "me@x.org");
  EXPECT_THAT(git.recipients, ElementsAre("a@x.org"));
  const SendMail php = parsed({"-t", "-i", "-fbounces@x.org"});
  EXPECT_EQ(php.envelope_from, "bounces@x.org");
  const SendMail mutt =
      parsed({"-oem", "-oi", "-f", "me@x.org", "-N", "failure,delay", "-R", "hdrs", "--", "-odd@x.org"});
  EXPECT_TRUE(mutt.a_dot_is_text);
  EXPECT_TRUE(mutt.dsn.failure && mutt.dsn.delay && !mutt.dsn.success);
  EXPECT_EQ(mutt.dsn.ret, Dsn::Return::headers);
  EXPECT_THAT(mutt.recipients, ElementsAre("-odd@x.org"));
  const SendMail nail = parsed({"-i", "-m", "-v", "-r", "me@x.org", "--", "a@x.org"});
  EXPECT_TRUE(nail.verbose);
  EXPECT_EQ(nail.envelope_from, "me@x.org");
  EXPECT_EQ(parsed({"-FAnacron", "-odi", "root"}).full_name, "Anacron");
}

TEST(SendmailOptions, LettersMayBeJoined) {
  const SendMail joined = parsed({"-tivfme@x.org"});
  EXPECT_TRUE(joined.recipients_from_header && joined.a_dot_is_text && joined.verbose);
  EXPECT_EQ(joined.envelope_from, "me@x.org");
  EXPECT_EQ(parsed({"-f", ""}).envelope_from, "");
  EXPECT_EQ(parsed({"-F", "-t", "x"}).full_name, "-t");
}

TEST(SendmailOptions, OptionsMayStandBehindRecipients) {
  const SendMail mail = parsed({"a@x.org", "-i", "b@x.org", "--", "-c@x.org"});
  EXPECT_TRUE(mail.a_dot_is_text);
  EXPECT_THAT(mail.recipients, ElementsAre("a@x.org", "b@x.org", "-c@x.org"));
  EXPECT_THAT(parsed({"-"}).recipients, ElementsAre("-"));
}

TEST(SendmailOptions, WhatIsOfNoMeaningPassesBy) {
  const SendMail mail =
      parsed({"-G",         "-U",    "-n", "-m", "-C",        "/etc/passwd", "-O", "QueueDirectory=/tmp",
              "-X/tmp/log", "-Ltag", "-h", "3",  "-pESMTP:x", "-V",          "id", "-oA/x",
              "-o7",        "-em",   "-A", "c",  "-x",        "a@x.org"});
  EXPECT_THAT(mail.recipients, ElementsAre("a@x.org"));
  EXPECT_FALSE(mail.a_dot_is_text);
}

TEST(SendmailOptions, Modes) {
  EXPECT_EQ(parsed({"-bm"}).mode, SendMail::Mode::send);
  EXPECT_EQ(parsed({"-bp"}).mode, SendMail::Mode::list);
  EXPECT_EQ(parsed({"-bi"}).mode, SendMail::Mode::nothing);
  EXPECT_EQ(parsed({"-I"}).mode, SendMail::Mode::nothing);
  for (const char* mode : {"-bs", "-bd", "-bv", "-bt", "-bx"}) {
    EXPECT_EQ(refused({mode}).exit_code, kUsage) << mode;
    EXPECT_THAT(refused({mode}).message, HasSubstr(mode));
  }
  EXPECT_THAT(refused({"-q"}).message, HasSubstr("jobctl retry"));
  EXPECT_EQ(refused({"-q15m"}).exit_code, kUsage);
}

TEST(SendmailOptions, WhatCannotBeUnderstoodIsRefused) {
  EXPECT_THAT(refused({"-Z"}).message, HasSubstr("-Z"));
  EXPECT_THAT(refused({"-iZ"}).message, HasSubstr("-Z"));
  for (const char* word : {"--read-envelope-from", "--read-recipients", "--socket=/x"}) {  // msmtp's, jobctl's
    EXPECT_EQ(refused({word}).exit_code, kUsage);
    EXPECT_THAT(refused({word}).message, HasSubstr(word));
  }
  EXPECT_THAT(refused({"a@x.org", "-f"}).message, HasSubstr("-f needs a value"));
  EXPECT_EQ(refused({"-N", "sometimes"}).exit_code, kUsage);
  EXPECT_EQ(refused({"-N", "never,delay"}).exit_code, kUsage);
  EXPECT_EQ(refused({"-N", ""}).exit_code, kUsage);
  EXPECT_EQ(refused({"-R", "half"}).exit_code, kUsage);
  EXPECT_TRUE(parsed({"-N", "NEVER"}).dsn.never);
}

TEST(SendmailOptions, TheNameOfTheCallDecides) {
  EXPECT_THAT(arguments_of_call("/usr/bin/jobctl", {"list"}), ElementsAre("list"));
  EXPECT_THAT(arguments_of_call("/usr/sbin/sendmail", {"-t"}), ElementsAre("sendmail", "-t"));
  EXPECT_THAT(arguments_of_call("sendmail", {}), ElementsAre("sendmail"));
  EXPECT_THAT(arguments_of_call("mailq", {"-v"}), ElementsAre("sendmail", "-bp", "-v"));
  EXPECT_THAT(arguments_of_call("newaliases", {}), ElementsAre("sendmail", "-bi"));
  EXPECT_THAT(arguments_of_call("", {"x"}), ElementsAre("x"));
}

}  // namespace
}  // namespace jobd::cmd
