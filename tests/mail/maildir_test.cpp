#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "daemon/mail/mail_thread.h"
#include "daemon/mail/maildir.h"
#include "tests/mail/attempts.h"
#include "tests/support/fakes.h"
#include "tests/support/temporary_folder.h"

namespace jobd {
namespace {

namespace fs = std::filesystem;
using jobd::testing::an_attempt;
using jobd::testing::CollectingSink;
using jobd::testing::FakeClock;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

class MaildirTest : public ::testing::Test {
 protected:
  std::unique_ptr<MailThread> start() {
    return std::move(*MailThread::start({"maildir:" + box(), {}, "example.com"}, sink, clock));
  }
  std::string box() const { return folder.file("box"); }

  static std::string content(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
  }
  static std::vector<fs::path> files(const fs::path& in) {
    std::vector<fs::path> found{fs::directory_iterator(in), {}};
    std::ranges::sort(found);
    return found;
  }

  const jobd::testing::TemporaryFolder folder;
  CollectingSink sink;
  FakeClock clock;
};

TEST_F(MaildirTest, AMailIsWrittenWithItsEnvelope) {
  const auto mail = start();
  mail->start({an_attempt(1, {"a@x.org", "b@x.org"})});
  const AttemptResult result = sink.wait_for_one();
  const auto written = files(box() + "/new");
  ASSERT_THAT(written, SizeIs(1));
  EXPECT_EQ(written[0].filename(), "1772366400." + an_attempt(1).ref.id.text() + "-0-1.jobd");
  EXPECT_THAT(content(written[0]), AllOf(StartsWith("Return-Path: <app@example.com>\nDelivered-To: a@x.org\n"
                                                    "Delivered-To: b@x.org\nFrom: app@example.com\n"),
                                         EndsWith("\n\nTest email\n")));
  EXPECT_EQ(content(written[0]).find('\r'), std::string::npos);
  EXPECT_EQ(result.relay, "maildir:" + box());
  EXPECT_THAT(result.recipients, SizeIs(2));
  EXPECT_EQ(result.recipients[1].verdict, Verdict::delivered);
  EXPECT_EQ(result.recipients[1].reply, "written to " + written[0].string() + "; nothing was sent");
  EXPECT_THAT(files(box() + "/tmp"), SizeIs(0));
}

TEST_F(MaildirTest, OnlyTheOwnerMayRead) {
  const auto mail = start();
  mail->start({an_attempt(1)});
  sink.wait_for_one();
  for (const char* name : {"", "/tmp", "/new", "/cur"}) {
    EXPECT_EQ(fs::status(box() + name).permissions(), fs::perms::owner_all) << name;
  }
  EXPECT_EQ(fs::status(files(box() + "/new")[0]).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(MaildirTest, ABatchOfMails) {
  const auto mail = start();
  std::vector<Attempt> attempts;
  for (int n = 0; n < 64; ++n) attempts.push_back(an_attempt(n));
  mail->start(std::move(attempts));
  EXPECT_THAT(sink.wait_for(64), SizeIs(64));
  EXPECT_THAT(files(box() + "/new"), SizeIs(64));
}

TEST_F(MaildirTest, ACopyAfterACrashStandsBesideTheFirst) {
  const auto mail = start();
  Attempt again = an_attempt(1);
  again.ref.claim = 2;
  mail->start({an_attempt(1), again});
  sink.wait_for(2);
  const auto written = files(box() + "/new");
  ASSERT_THAT(written, SizeIs(2));
  EXPECT_EQ(content(written[0]), content(written[1]));
}

TEST_F(MaildirTest, AHoldMailAsksBeforeItIsWritten) {
  const auto mail = start();
  Attempt hold = an_attempt(1);
  hold.on_uncertain = OnUncertain::hold;
  mail->start({hold});
  const auto go = sink.wait_for_question();
  EXPECT_THAT(files(box() + "/new"), SizeIs(0));
  go(true);
  EXPECT_EQ(sink.wait_for_one().recipients[0].verdict, Verdict::delivered);
}

TEST_F(MaildirTest, AHoldMailThatMayNotBeWritten) {
  const auto mail = start();
  Attempt hold = an_attempt(1);
  hold.on_uncertain = OnUncertain::hold;
  mail->start({hold});
  sink.wait_for_question()(false);
  EXPECT_EQ(sink.wait_for_one().trouble, Trouble::shutdown);
  EXPECT_THAT(files(box() + "/new"), SizeIs(0));
}

TEST_F(MaildirTest, AnAnswerAfterTheEndHurtsNobody) {
  auto mail = start();
  Attempt hold = an_attempt(1);
  hold.on_uncertain = OnUncertain::hold;
  mail->start({hold});
  const auto go = sink.wait_for_question();
  mail->abort_all();
  EXPECT_EQ(sink.wait_for_one().trouble, Trouble::shutdown);
  mail.reset();
  go(true);
  EXPECT_THAT(sink.wait_for(1), SizeIs(1));
}

TEST_F(MaildirTest, DiskTroubleIsTemporaryAndHitsOnlyItsMail) {
  const auto mail = start();
  std::ofstream(box() + "/tmp/1772366400." + an_attempt(1).ref.id.text() + "-0-1.jobd") << "left over";
  mail->start({an_attempt(1), an_attempt(2)});
  const auto results = sink.wait_for(2);
  EXPECT_EQ(results[0].recipients[0].verdict, Verdict::temporary);
  EXPECT_THAT(results[0].recipients[0].reply, HasSubstr("File exists"));
  EXPECT_FALSE(results[0].relay_spoke);
  EXPECT_EQ(results[1].recipients[0].verdict, Verdict::delivered);
  EXPECT_TRUE(results[1].relay_spoke);
}

TEST_F(MaildirTest, WhatACrashLeftInTmpIsRemovedAtTheStart) {
  const std::string ours = "1772366400." + an_attempt(1).ref.id.text() + "-0-";
  for (const std::string& name : std::vector<std::string>{ours + "1.jobd", ours + ".jobd", ours + "1.jobd2", ".jobd",
                                                          "x.jobd", "1772366400.P1Q2.host"}) {
    fs::create_directories(box() + "/tmp");
    std::ofstream(box() + "/tmp/" + name) << "left over";
  }
  fs::create_directories(box() + "/tmp/" + ours + "2.jobd");
  fs::create_symlink(box() + "/tmp/x.jobd", box() + "/tmp/" + ours + "3.jobd");
  fs::create_directories(box() + "/new");
  std::ofstream(box() + "/new/" + ours + "1.jobd") << "delivered";
  const auto mail = start();
  EXPECT_THAT(files(box() + "/tmp"), SizeIs(7));
  EXPECT_FALSE(fs::exists(box() + "/tmp/" + ours + "1.jobd"));
  EXPECT_THAT(files(box() + "/new"), SizeIs(1));
}

TEST_F(MaildirTest, AFolderThatIsGoneIsTemporary) {
  const auto mail = start();
  fs::remove_all(box());
  mail->start({an_attempt(1)});
  const RecipientResult result = sink.wait_for_one().recipients[0];
  EXPECT_EQ(result.verdict, Verdict::temporary);
  EXPECT_THAT(result.reply, AllOf(StartsWith("cannot write "), EndsWith("No such file or directory")));
}

TEST_F(MaildirTest, UnreadableContentFailsForGood) {
  const auto mail = start();
  Attempt broken = an_attempt(1);
  broken.content = std::make_shared<const std::string>("{");
  mail->start({broken});
  const AttemptResult result = sink.wait_for_one();
  EXPECT_EQ(result.recipients[0].verdict, Verdict::permanent);
  EXPECT_FALSE(result.relay_spoke);
}

TEST_F(MaildirTest, AFolderThatCannotBeMadeStopsTheStart) {
  std::ofstream(box()) << "a file";
  auto mail = MailThread::start({"maildir:" + box(), {}, "example.com"}, sink, clock);
  ASSERT_FALSE(mail.ok());
  EXPECT_EQ(mail.error().code, Code::unavailable);
  EXPECT_THAT(mail.error().message, HasSubstr(box()));
}

}  // namespace
}  // namespace jobd
