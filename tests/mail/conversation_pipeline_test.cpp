// PIPELINING (RFC 2920): groups of commands, and the next mail behind the dot of the last.
#include "tests/mail/story.h"

namespace jobd::smtp {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const char* const kOffer = "250-mx\r\n250 PIPELINING";
const char* const kGroup = "MAIL FROM:<app@example.com>\r\nRCPT TO:<user@example.com>\r\nDATA\r\n";
const char* const kContent = "Subject: Hello\r\n\r\nTest email\r\n.\r\n";
const char* const kNextGroup = "MAIL FROM:<app@example.com>\r\nRCPT TO:<next@example.com>\r\nDATA\r\n";

class Pipeline : public Story {
 protected:
  using Story::Story;
  void begin(Mail mail) { conversation.begin(std::move(mail), now); }

  // The first mail's dot is out, the next mail's group behind it.
  void two_mails(Mail next = a_mail({"next@example.com"})) {
    greet(a_mail(), kOffer);
    ASSERT_TRUE(conversation.can_begin());
    begin(std::move(next));
    EXPECT_EQ(client(), "");
    server("250 ok\r\n250 ok\r\n354 go");
    said = client();
  }
  std::string said;
};

TEST_F(Pipeline, AMailIsOneGroup) {
  connect();
  EXPECT_THAT(talk({"220 hi", kOffer}), ElementsAre("EHLO client.example.com\r\n", kGroup));
  EXPECT_THAT(talk({"250 ok\r\n250 ok\r\n354 go", "250 taken"}), ElementsAre(kContent, ""));
  EXPECT_THAT(outcome(), ElementsAre("delivered"));
  EXPECT_TRUE(conversation.can_begin());
}

TEST_F(Pipeline, NothingFollowsDataBeforeItsAnswer) {
  greet(a_mail(), kOffer);
  begin(a_mail());
  EXPECT_THAT(talk({"250 ok", "250 ok"}), ElementsAre("", ""));
}

TEST_F(Pipeline, EachRecipientHasItsOwnReply) {
  greet(a_mail({"a@x.org", "b@x.org", "c@x.org"}), kOffer);
  server("250 ok\r\n550 no\r\n250 ok\r\n450 later\r\n354 go");
  EXPECT_EQ(client(), kContent);
  server("250 taken");
  EXPECT_THAT(outcome(), ElementsAre("permanent", "delivered", "temporary"));
}

TEST_F(Pipeline, MailRefusedAndTheRestOfItsGroup) {
  greet(a_mail(), kOffer);
  server("550 5.7.1 not you");
  EXPECT_THAT(outcome(), ElementsAre("permanent"));
  EXPECT_FALSE(conversation.can_begin()) << "its group is not answered yet";
  EXPECT_THAT(talk({"503 need MAIL", "503 need RCPT"}), ElementsAre("", ""));
  EXPECT_TRUE(conversation.can_begin());
  begin(a_mail({"next@example.com"}));
  EXPECT_EQ(client(), kNextGroup);
}

TEST_F(Pipeline, AllRecipientsRefusedAndDataToo) {
  greet(a_mail({"a@x.org", "b@x.org"}), kOffer);
  server("250 ok\r\n550 no\r\n450 later");
  EXPECT_THAT(outcome(), ElementsAre("permanent", "temporary"));
  EXPECT_EQ(client(), "");
  EXPECT_THAT(talk({"554 no valid recipients", "250 reset"}), ElementsAre("RSET\r\n", ""));
  EXPECT_TRUE(conversation.can_begin());
}

// RFC 2920 3.1: the server has said 354 all the same. It gets an empty message, and its answer to that says nothing.
TEST_F(Pipeline, AllRecipientsRefusedAndDataTaken) {
  greet(a_mail({"a@x.org"}), kOffer);
  server("250 ok\r\n550 no");
  EXPECT_THAT(outcome(), ElementsAre("permanent"));
  EXPECT_THAT(talk({"354 go", "554 no valid recipients"}), ElementsAre(".\r\n", ""));
  EXPECT_THAT(outcome(), IsEmpty());
  EXPECT_TRUE(conversation.can_begin());
}

TEST_F(Pipeline, MailRefusedAndDataTaken) {
  greet(a_mail(), kOffer);
  EXPECT_THAT(talk({"450 later\r\n503 hm\r\n354 go", "250 taken"}), ElementsAre(".\r\n", ""));
  EXPECT_THAT(outcome(), ElementsAre("temporary"));
  EXPECT_THAT(outcome(), IsEmpty());
}

TEST_F(Pipeline, PacingAtARecipientIsToldBesideTheResultsWhenSomebodyWasAccepted) {
  greet(a_mail({"a@x.org", "b@x.org"}), kOffer);
  server("250 ok\r\n454 maximum sending rate exceeded, try again in 10 seconds\r\n250 ok\r\n354 go");
  client();
  server("250 taken");
  EXPECT_THAT(outcome(), ElementsAre("temporary", "delivered"));
  EXPECT_TRUE(last.recipients[0].goes_next);
  ASSERT_TRUE(last.beside);
  EXPECT_EQ(last.beside->trouble, Trouble::pacing);
  EXPECT_EQ(last.beside->reply.smtp_code, 454);
  EXPECT_EQ(last.beside->retry_after, std::chrono::seconds(10));
}

TEST_F(Pipeline, PacingAtAllRecipients) {
  greet(a_mail({"a@x.org", "b@x.org"}), kOffer);
  server("250 ok\r\n454 maximum sending rate exceeded, try again in 10 seconds\r\n550 no");
  EXPECT_THAT(outcome(), ElementsAre("trouble:pacing"));
  EXPECT_EQ(last.retry_after, std::chrono::seconds(10));
}

TEST_F(Pipeline, TooManyRecipientsWaitForTheNextTime) {
  greet(a_mail({"a@x.org", "b@x.org", "c@x.org", "d@x.org", "e@x.org"}), kOffer);
  server(
      "250 ok\r\n250 ok\r\n452 4.5.3 Over the limit\r\n552 too many recipients\r\n452 Too many recipients\r\n"
      "452 Disk full\r\n354 go");
  client();
  server("250 taken");
  EXPECT_THAT(outcome(), ElementsAre("delivered", "temporary", "temporary", "temporary", "temporary"));
  EXPECT_THAT(last.recipients[1].reply, HasSubstr("others of the mail go first"));
  EXPECT_FALSE(last.recipients[0].goes_next);
  EXPECT_TRUE(last.recipients[1].goes_next);
  EXPECT_TRUE(last.recipients[2].goes_next);
  EXPECT_TRUE(last.recipients[3].goes_next);
  EXPECT_FALSE(last.recipients[4].goes_next);
  EXPECT_FALSE(last.beside);
}

TEST_F(Pipeline, TheLongestWaitThatIsAskedForHolds) {
  greet(a_mail({"a@x.org", "b@x.org", "c@x.org"}), kOffer);
  server("250 ok\r\n450 Greylisted for 60 seconds\r\n450 Greylisted for 5 minutes\r\n550 wait for 9 hours");
  EXPECT_THAT(outcome(), ElementsAre("temporary", "temporary", "permanent"));
  EXPECT_EQ(last.retry_after, std::chrono::minutes(5));
}

TEST_F(Pipeline, ManyRecipientsGoOutInWindows) {
  std::vector<std::string> recipients;
  for (int i = 0; i < 1000; ++i) recipients.push_back("user" + std::to_string(i) + "@example.com");
  connect(a_mail(recipients));
  talk({"220 hi"});
  server(kOffer);
  std::size_t groups = 0;
  std::size_t asked = 0;
  for (std::string group = client(); !group.ends_with("DATA\r\n"); group = client(), ++groups) {
    ASSERT_LT(group.size(), 9000U);
    ASSERT_FALSE(group.empty());
    std::string replies;
    for (std::size_t at = group.find("\r\n"); at != std::string::npos; at = group.find("\r\n", at + 2)) {
      replies += "250 ok\r\n";
      ++asked;
    }
    conversation.received(replies, now);
  }
  EXPECT_GE(groups, 3U);
  EXPECT_GT(asked, 500U);
}

TEST_F(Pipeline, AnAnswerTooManyIsOutOfStep) {
  greet(a_mail(), kOffer);
  server("250 ok\r\n250 ok\r\n354 go\r\n250 taken");
  EXPECT_THAT(outcome(), ElementsAre("temporary")) << "the content has not been sent: nothing was taken";
  EXPECT_TRUE(conversation.closed());
}

TEST_F(Pipeline, AGroupIsNotAnsweredBeforeItIsWritten) {
  connect();
  talk({"220 hi"});
  server(kOffer);
  conversation.written(30, now);  // MAIL, and a little more
  server("250 ok");
  EXPECT_EQ(conversation.phase(), Phase::rcpt);
  server("250 ok");
  EXPECT_THAT(outcome(), ElementsAre("trouble:closing"));
  EXPECT_TRUE(conversation.closed());
}

TEST_F(Pipeline, TheNextMailGoesBehindTheDot) {
  two_mails();
  EXPECT_EQ(said, std::string(kContent) + kNextGroup);
  EXPECT_EQ(conversation.phase(), Phase::dot);
  EXPECT_FALSE(conversation.can_begin()) << "two are enough";
  server("250 first\r\n250 ok\r\n250 ok\r\n354 go");
  EXPECT_THAT(outcome(), ElementsAre("delivered"));
  EXPECT_EQ(last.recipients[0].reply, "first");
  EXPECT_EQ(client(), kContent);
  server("554 second");
  EXPECT_THAT(outcome(), ElementsAre("permanent"));
}

TEST_F(Pipeline, TheNextMailMayBeginAfterTheDot) {
  greet(a_mail(), kOffer);
  talk({"250 ok\r\n250 ok\r\n354 go"});
  EXPECT_TRUE(conversation.can_begin());
  begin(a_mail({"next@example.com"}));
  EXPECT_EQ(client(), kNextGroup);
}

TEST_F(Pipeline, ARefusedDotHurtsOnlyItsMail) {
  two_mails();
  server("451 first, later\r\n250 ok\r\n250 ok\r\n354 go");
  EXPECT_THAT(outcome(), ElementsAre("temporary"));
  EXPECT_EQ(client(), kContent);
}

TEST_F(Pipeline, LostBeforeTheFirstIsAnsweredLeavesTheSecondStale) {
  two_mails();
  conversation.lost("the server closed the connection", now);
  EXPECT_THAT(outcome(), ElementsAre("uncertain"));
  EXPECT_THAT(outcome(), ElementsAre("trouble:stale"));
  EXPECT_THAT(outcome(), IsEmpty());
}

TEST_F(Pipeline, ClosingAtTheFirstDotLeavesTheSecondStale) {
  two_mails();
  server("421 closing");
  EXPECT_THAT(outcome(), ElementsAre("temporary"));
  EXPECT_THAT(outcome(), ElementsAre("trouble:stale"));
}

TEST_F(Pipeline, LostBetweenTheTwoLeavesTheSecondStale) {
  two_mails();
  server("250 first");
  conversation.lost("the server closed the connection", now);
  EXPECT_THAT(outcome(), ElementsAre("delivered"));
  EXPECT_THAT(outcome(), ElementsAre("trouble:stale"));
}

TEST_F(Pipeline, OnceTheSecondIsAnsweredItIsAsAnyOther) {
  two_mails();
  server("250 first\r\n250 ok");
  conversation.lost("the server closed the connection", now);
  EXPECT_THAT(outcome(), ElementsAre("delivered"));
  EXPECT_THAT(outcome(), ElementsAre("trouble:closing"));
}

TEST_F(Pipeline, StoppedWithTwoUnderWay) {
  two_mails();
  conversation.abort(now);
  EXPECT_THAT(outcome(), ElementsAre("uncertain"));
  EXPECT_THAT(outcome(), ElementsAre("trouble:shutdown"));
}

TEST_F(Pipeline, TheFirstMailOfASessionIsNoReusedOneThoughASecondHasBegun) {
  greet(a_mail(), kOffer);
  begin(a_mail());
  conversation.lost("the server closed the connection", now);
  EXPECT_THAT(outcome(), ElementsAre("trouble:greeting"));
  EXPECT_THAT(outcome(), ElementsAre("trouble:stale"));
}

TEST_F(Pipeline, ALocalRefusalOfTheSecondWaitsForTheFirst) {
  two_mails(a_mail({"jörg@example.com"}));
  EXPECT_EQ(said, kContent);
  EXPECT_THAT(outcome(), IsEmpty());
  server("250 first");
  EXPECT_THAT(outcome(), ElementsAre("delivered"));
  EXPECT_THAT(outcome(), ElementsAre("permanent"));
}

TEST_F(Pipeline, AFailedFirstMailMakesWayForTheSecond) {
  greet(a_mail(), kOffer);
  begin(a_mail({"next@example.com"}));
  EXPECT_THAT(talk({"250 ok", "550 no", "503 no recipients", "250 reset\r\n250 ok\r\n250 ok\r\n354 go"}),
              ElementsAre("", "", std::string("RSET\r\n") + kNextGroup, kContent));
  EXPECT_THAT(outcome(), ElementsAre("permanent"));
}

// What would follow DATA here would be read as content.
TEST_F(Pipeline, TheSecondWaitsUntilTheFirstOnesDataIsAnswered) {
  greet(a_mail(), kOffer);
  begin(a_mail({"next@example.com"}));
  EXPECT_THAT(talk({"550 no", "503 no", "354 go"}), ElementsAre("", "", std::string(".\r\n") + kNextGroup));
}

TEST_F(Pipeline, AResetThatIsRefusedLeavesTheSecondStale) {
  greet(a_mail(), kOffer);
  begin(a_mail({"next@example.com"}));
  talk({"250 ok\r\n550 no\r\n503 no", "500 reset what?"});
  EXPECT_THAT(outcome(), ElementsAre("permanent"));
  EXPECT_THAT(outcome(), ElementsAre("trouble:stale"));
}

// Its recipients were taken: a lone dot would give them an empty mail.
TEST_F(Pipeline, TheSecondIsGivenBackWhenTheFirstHangs) {
  two_mails();
  EXPECT_EQ(patience(), 10s);
  advance(10s);
  conversation.timed_out(now);
  EXPECT_THAT(outcome(), ElementsAre()) << "the first goes on";
  const auto given_back = conversation.take_given_back();
  ASSERT_TRUE(given_back);
  EXPECT_EQ(given_back->trouble, Trouble::stale);
  EXPECT_FALSE(conversation.can_begin());
  EXPECT_GT(patience(), 9min);
  EXPECT_THAT(talk({"250 taken"}), ElementsAre(""));
  EXPECT_THAT(outcome(), ElementsAre("delivered"));
  EXPECT_THAT(talk({"250 ok\r\n250 ok\r\n354 go"}), ElementsAre(""));
  EXPECT_TRUE(conversation.closed());
}

TEST_F(Pipeline, AHoldMailIsNeverSentBehindADot) {
  two_mails(a_hold_mail());
  EXPECT_EQ(said, kContent);
  EXPECT_THAT(talk({"250 first"}), ElementsAre(kGroup));
}

TEST_F(Pipeline, NorDoesAnythingFollowAHoldMail) {
  greet(a_hold_mail(), kOffer);
  EXPECT_FALSE(conversation.can_begin());
  server("250 ok\r\n250 ok\r\n354 go");
  client();
  conversation.permit_dot(true, now);
  EXPECT_EQ(client(), ".\r\n");
  EXPECT_FALSE(conversation.can_begin());
}

TEST_F(Pipeline, NothingWaitsBehindALargeMessage) {
  Mail mail = a_mail();
  mail.message.append(100000, 'x');
  greet(std::move(mail), kOffer);
  EXPECT_FALSE(conversation.can_begin());
  talk({"250 ok\r\n250 ok\r\n354 go"});
  EXPECT_EQ(conversation.phase(), Phase::dot);
  EXPECT_TRUE(conversation.can_begin()) << "its dot is out";
}

class ThreeMails : public Pipeline {
 protected:
  ThreeMails() : Pipeline({.ehlo_name = "client.example.com", .mails_per_session = 2}) {}
};

TEST_F(ThreeMails, NoMoreThanTheSessionCarries) {
  two_mails();
  server("250 first\r\n250 ok\r\n250 ok\r\n354 go");
  EXPECT_FALSE(conversation.can_begin());
  client();
  EXPECT_THAT(talk({"250 second"}), ElementsAre("QUIT\r\n"));
}

class Unpipelined : public Pipeline {
 protected:
  Unpipelined() : Pipeline({.ehlo_name = "client.example.com", .pipelining = false}) {}
};

TEST_F(Unpipelined, IsLockStepThoughOffered) {
  greet(a_mail(), kOffer);
  EXPECT_FALSE(conversation.can_begin());
  EXPECT_THAT(talk({"250 ok"}), ElementsAre("RCPT TO:<user@example.com>\r\n"));
}

class Asking : public Pipeline {
 protected:
  static Mail question(std::vector<std::string> recipients) {
    Mail mail = a_mail(std::move(recipients));
    mail.only_ask = true;
    return mail;
  }
};

TEST_F(Asking, EndsWithTheRepliesToRcpt) {
  greet(question({"a@x.org", "b@x.org"}), kOffer);
  EXPECT_THAT(talk({"250 ok\r\n250 2.1.5 fine\r\n550 5.1.1 no", "250 reset"}), ElementsAre("RSET\r\n", ""));
  EXPECT_THAT(outcome(), ElementsAre("delivered", "permanent"));
  EXPECT_EQ(last.recipients[0], (RecipientResult{Verdict::delivered, 250, "2.1.5", "fine"}));
}

TEST_F(Asking, InLockStepToo) {
  greet(question({"a@x.org"}));
  EXPECT_THAT(talk({"250 ok", "250 ok", "250 reset"}), ElementsAre("RCPT TO:<a@x.org>\r\n", "RSET\r\n", ""));
  EXPECT_THAT(outcome(), ElementsAre("delivered"));
}

TEST_F(Asking, ForNobodyEndsWithTheReplyToMail) {
  greet(question({}), kOffer);
  EXPECT_THAT(talk({"250 ok"}), ElementsAre("RSET\r\n"));
  const auto taken = conversation.take_outcome();
  ASSERT_TRUE(taken);
  EXPECT_FALSE(taken->trouble);
  EXPECT_THAT(taken->recipients, IsEmpty());
  conversation.abort(now);
  EXPECT_THAT(talk({"250 reset"}), ElementsAre("QUIT\r\n"));
}

TEST_F(Asking, RefusedAtMail) {
  greet(question({"a@x.org"}), kOffer);
  EXPECT_THAT(talk({"550 5.7.60 not as this sender\r\n503 need MAIL"}), ElementsAre(""));
  EXPECT_THAT(outcome(), ElementsAre("permanent"));
}

}  // namespace
}  // namespace jobd::smtp
