// jobctl as sendmail, whole: to jobd, or to the drop folder when jobd is away.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cmd/drop_mail.h"
#include "cmd/exit_code.h"
#include "tests/cmd/run_fixture.h"

namespace jobd::cmd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SendmailTest : public RunTest {
 protected:
  SendmailTest() {
    input_ = "To: a@x.org\nFrom: b@x.org\n\nHello\n";
    ::setenv("JOBD_DROP", drop().c_str(), 1);
  }
  ~SendmailTest() override { ::unsetenv("JOBD_DROP"); }

  std::string drop() const { return folder_.file("drop"); }
  void make_drop(mode_t mode = 03733) const {
    ::mkdir(drop().c_str(), 0700);
    ::chmod(drop().c_str(), mode);
  }
  std::vector<std::string> dropped() const {
    std::vector<std::string> names;
    if (!std::filesystem::exists(drop())) return names;
    for (const auto& entry : std::filesystem::directory_iterator(drop())) names.push_back(entry.path().string());
    return names;
  }
};

TEST_F(SendmailTest, SubmitsInSilence) {
  serve_replies({accepted()});
  const Outcome outcome = jobctl({"sendmail", "-t", "-i", "-fc@x.org", "-N", "never"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_EQ(outcome.out + outcome.err, "");
  EXPECT_EQ(heard(0).email.raw, input_);
  EXPECT_EQ(heard(0).email.to, (std::vector<Mailbox>{{"", "a@x.org"}}));
  EXPECT_EQ(heard(0).envelope_from, "c@x.org");
  EXPECT_TRUE(heard(0).dsn.never);
  EXPECT_THAT(heard(0).idempotency_key, SizeIs(36));
  EXPECT_THAT(dropped(), IsEmpty());
}

TEST_F(SendmailTest, TellsTheIdWhereItIsAskedTo) {
  serve_replies({accepted()});
  EXPECT_EQ(jobctl({"sendmail", "-tv"}).out, std::string(kId) + "\n");
}

TEST_F(SendmailTest, LeavesTheMessageWhenJobdIsAway) {
  make_drop();
  const Outcome outcome = jobctl({"sendmail", "-t"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_EQ(outcome.out + outcome.err, "");
  ASSERT_THAT(dropped(), SizeIs(1));
  std::ifstream file(dropped().front());
  std::string line;
  std::getline(file, line);
  const RequestLine read = decode_request(line);
  ASSERT_TRUE(read.request);
  const auto& submit = std::get<SubmitEmail>(*read.request);
  EXPECT_EQ(submit.email.raw, input_);
  EXPECT_THAT(dropped().front(), ::testing::EndsWith("/" + submit.idempotency_key));
}

TEST_F(SendmailTest, LeavesWhatJobdRefusesForNowUnderTheKeyItWasSaid) {
  make_drop();
  serve_replies({refused(Code::busy, "too much")});
  EXPECT_EQ(jobctl({"sendmail", "-t"}).code, kDone);
  ASSERT_THAT(dropped(), SizeIs(1));
  EXPECT_THAT(dropped().front(), ::testing::EndsWith("/" + heard(0).idempotency_key));
}

TEST_F(SendmailTest, WhatJobdRefusesForGoodIsNotLeft) {
  make_drop();
  serve_replies({refused(Code::too_large, "too large")});
  const Outcome outcome = jobctl({"sendmail", "-t"});
  EXPECT_EQ(outcome.code, 65);
  EXPECT_THAT(outcome.err, HasSubstr("too large"));
  EXPECT_THAT(dropped(), IsEmpty());
}

TEST_F(SendmailTest, WithNeitherItIsToBeRepeated) {
  const Outcome outcome = jobctl({"sendmail", "-t"});
  EXPECT_EQ(outcome.code, kUnavailable);
  EXPECT_THAT(outcome.err, HasSubstr("drop"));
}

TEST_F(SendmailTest, AnotherJobdsMailNeverGoesToTheSystems) {
  ::unsetenv("JOBD_DROP");
  const Outcome outcome = jobctl({"sendmail", "-t"});
  EXPECT_EQ(outcome.code, kUnavailable);
  EXPECT_THAT(outcome.err, HasSubstr("JOBD_DROP"));
}

TEST_F(SendmailTest, WhatJobdCouldOnlyRefuseLaterIsNotLeft) {
  make_drop();
  std::vector<std::string> words{"sendmail"};
  for (std::size_t i = 0; i <= limits::kRecipients; ++i) words.push_back("a" + std::to_string(i) + "@x.org");
  EXPECT_EQ(jobctl(words).code, kBadData);
  EXPECT_THAT(dropped(), IsEmpty());
}

TEST_F(SendmailTest, NulsAreDroppedTheMailIsNot) {
  serve_replies({accepted()});
  input_ = std::string("To: a@x.org\nFrom: b@x.org\n\nHe\0llo\0\n", 35);
  EXPECT_EQ(jobctl({"sendmail", "-t"}).code, kDone);
  EXPECT_THAT(heard(0).email.raw.value_or(""), ::testing::EndsWith("\n\nHello\n"));
}

TEST_F(SendmailTest, ItsWordsAreKeptBehindOptionsOfJobctl) {
  serve_replies({accepted(), accepted()});
  EXPECT_EQ(jobctl({"--color", "never", "sendmail", "-i", "-fc@x.org", "d@x.org"}).code, kDone);
  EXPECT_EQ(jobctl({"--color=never", "sendmail", "-i", "-fc@x.org", "d@x.org"}).code, kDone);
  for (const std::size_t number : {0U, 1U}) {
    EXPECT_EQ(heard(number).envelope_from, "c@x.org");
    EXPECT_EQ(heard(number).email.to, (std::vector<Mailbox>{{"", "d@x.org"}}));
  }
  EXPECT_EQ(jobctl({"--color", "pink", "sendmail", "a@x.org"}).code, kUsage);
}

TEST_F(SendmailTest, WhatCannotBeSentIsRefusedBeforeJobdIsAsked) {
  serve_replies({});
  input_ = "Subject: x\n\n";
  EXPECT_EQ(jobctl({"sendmail", "-t"}).code, kBadData);
  EXPECT_EQ(jobctl({"sendmail"}).code, kUsage);
  EXPECT_EQ(jobctl({"sendmail", "-bs"}).code, kUsage);
  EXPECT_EQ(jobctl({"sendmail", "-Z"}).code, kUsage);
  EXPECT_EQ(jobctl({"sendmail", "-bi"}).code, kDone);
  EXPECT_THAT(server_->lines(), IsEmpty());
}

TEST_F(SendmailTest, ListsWhatIsPending) {
  serve_replies({encode_reply({}, JobPage{{a_job(JobStatus::pending)}, std::nullopt})});
  EXPECT_THAT(jobctl({"sendmail", "-bp"}).out, HasSubstr(kId));
  EXPECT_EQ(heard_as<ListJobs>(0).filter.status, JobStatus::pending);
}

TEST_F(SendmailTest, ItsHelpIsThatOfJobctl) {
  const Outcome outcome = jobctl({"sendmail", "--help"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_THAT(outcome.out, HasSubstr("-F NAME"));
  EXPECT_EQ(jobctl({"sendmail", "a@x.org", "--help"}).out, outcome.out);
}

TEST_F(SendmailTest, OnlyAFolderThatKeepsWhatIsInItIsUsed) {
  make_drop(0777);
  EXPECT_THAT(drop_mail(drop(), {"n", "x"}).error().message, HasSubstr("3733"));
  ::chmod(drop().c_str(), 0700);
  EXPECT_TRUE(drop_mail(drop(), {"n", "x"}));
  EXPECT_EQ(drop_mail(drop(), {"n", "y"}).error().code, Code::unavailable);  // the name is taken
  EXPECT_THAT(dropped(), SizeIs(1));
  ASSERT_EQ(::symlink(drop().c_str(), folder_.file("link").c_str()), 0);
  EXPECT_EQ(drop_mail(folder_.file("link"), {"m", "x"}).error().code, Code::unavailable);
  EXPECT_EQ(drop_mail(folder_.write("file", ""), {"m", "x"}).error().code, Code::unavailable);
  EXPECT_EQ(drop_mail(folder_.file("none"), {"m", "x"}).error().code, Code::unavailable);
  EXPECT_EQ(drop_mail(drop(), {"m", std::string(limits::kLineBytes, 'x')}).error().code, Code::too_large);
  EXPECT_THAT(dropped(), SizeIs(1));
}

TEST_F(SendmailTest, AFolderThatAnybodyCouldHavePutThereIsNotUsed) {
  if (::geteuid() != 0) return;  // only root can give a folder away
  make_drop();
  ASSERT_EQ(::chown(drop().c_str(), 65534, 65534), 0);
  ::chmod(drop().c_str(), 03733);
  EXPECT_TRUE(drop_mail(drop(), {"n", "x"}));
  ::chmod(folder_.file("").c_str(), 01777);
  EXPECT_THAT(drop_mail(drop(), {"m", "x"}).error().message, HasSubstr("user 65534"));
  ::chmod(folder_.file("").c_str(), 0700);
  ::chmod(drop().c_str(), 01733);
  EXPECT_THAT(drop_mail(drop(), {"m", "x"}).error().message, HasSubstr("could not read"));
  struct stat status{};
  ASSERT_EQ(::stat((drop() + "/n").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0640U);
  EXPECT_EQ(status.st_gid, 65534U);
}

TEST_F(SendmailTest, AFileIsNobodyElses) {
  make_drop();
  ASSERT_TRUE(drop_mail(drop(), {"n", "x"}));
  struct stat status{};
  ASSERT_EQ(::stat((drop() + "/n").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_EQ(status.st_size, 2);
}

TEST_F(RunTest, ProbeTellsEachStep) {
  ProbeReport report;
  report.relay = "ses";
  report.url = "smtp://relay.x.org:587";
  report.ok = true;
  report.steps = {{"addresses", true, "192.0.2.1", Duration(3)}, {"tls", true, "TLSv1.3\x1b", Duration(1200)}};
  report.transcript = {"S: 220 hello", "C: EHLO box"};
  serve_replies({encode_reply({}, report), encode_reply({}, report), encode_reply({}, report)});
  Outcome outcome = jobctl({"probe", "--relay", "ses", "--to", "A <a@x.org>", "--timeout", "5s"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_EQ(outcome.out,
            "Relay ses, smtp://relay.x.org:587\n"
            "ok      addresses  3 ms  192.0.2.1\n"
            "ok      tls          1s  TLSv1.3\\u001b\n");
  EXPECT_EQ(heard_as<ProbeRelay>(0).relay, "ses");
  EXPECT_EQ(heard_as<ProbeRelay>(0).to, "a@x.org");
  EXPECT_EQ(heard_as<ProbeRelay>(0).timeout, std::chrono::seconds(5));
  EXPECT_THAT(jobctl({"probe", "-v"}).out, ::testing::EndsWith("\nS: 220 hello\nC: EHLO box\n"));
  EXPECT_THAT(jobctl({"probe", "--json"}).out, HasSubstr(R"("name":"tls","ok":true)"));
}

TEST_F(RunTest, AProbeThatFailsSaysWhereAndWhy) {
  ProbeReport report;
  report.relay = report.url = "smtp://relay.x.org:587";
  report.steps = {{"connect", false, "", Duration(3)}};
  report.error = "nobody listens; is the port right?";
  serve_replies({encode_reply({}, report), refused(Code::invalid_field, "there is no relay to probe"), std::nullopt});
  Outcome outcome = jobctl({"probe"});
  EXPECT_EQ(outcome.code, kUnsuccessful);
  EXPECT_EQ(outcome.out, "Relay smtp://relay.x.org:587\nfailed  connect  3 ms\nnobody listens; is the port right?\n");
  EXPECT_EQ(jobctl({"probe"}).code, kBadData);
  EXPECT_EQ(jobctl({"probe"}).code, kUnavailable);
  EXPECT_EQ(jobctl({"probe", "--to", "nobody"}).code, kBadData);
}

}  // namespace
}  // namespace jobd::cmd
