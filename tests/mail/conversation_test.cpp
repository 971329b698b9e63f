#include "tests/mail/story.h"

namespace jobd::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(Story, OneMail) {
  connect();
  EXPECT_EQ(client(), "") << "the server speaks first";
  server("220 mx.example.com ESMTP");
  EXPECT_EQ(client(), "EHLO client.example.com\r\n");
  server("250-mx.example.com");
  server("250 8BITMIME");
  EXPECT_EQ(client(), "MAIL FROM:<app@example.com>\r\n");
  server("250 2.1.0 ok");
  EXPECT_EQ(client(), "RCPT TO:<user@example.com>\r\n");
  server("250 2.1.5 ok");
  EXPECT_EQ(client(), "DATA\r\n");
  server("354 go ahead");
  EXPECT_EQ(client(), "Subject: Hello\r\n\r\nTest email\r\n.\r\n");
  EXPECT_THAT(outcome(), IsEmpty());
  server("250 2.0.0 queued as 4711");
  EXPECT_THAT(outcome(), ElementsAre("delivered"));
  EXPECT_EQ(last.recipients[0], (RecipientResult{Verdict::delivered, 250, "2.0.0", "queued as 4711"}));
  EXPECT_EQ(client(), "");
  EXPECT_TRUE(conversation.can_begin());
  EXPECT_TRUE(last.relay_spoke);
}

TEST_F(Story, TheNextMailNeedsNoGreetingAndNoReset) {
  greet();
  talk({"250 ok", "250 ok", "354 go ahead", "250 taken"});
  EXPECT_THAT(outcome(), ElementsAre("delivered"));
  conversation.begin(a_mail({"next@example.com"}), now);
  EXPECT_EQ(client(), "MAIL FROM:<app@example.com>\r\n");
  EXPECT_THAT(talk({"250 ok"}), ElementsAre("RCPT TO:<next@example.com>\r\n"));
}

TEST_F(Story, EachRecipientHasItsOwnReply) {
  greet(a_mail({"a@x.org", "b@x.org", "c@x.org"}));
  EXPECT_THAT(talk({"250 ok", "250 ok", "550 5.1.1 No such user", "451 4.7.1 Greylisted"}),
              ElementsAre("RCPT TO:<a@x.org>\r\n", "RCPT TO:<b@x.org>\r\n", "RCPT TO:<c@x.org>\r\n", "DATA\r\n"));
  talk({"354 go ahead", "250 2.0.0 taken"});
  EXPECT_THAT(outcome(), ElementsAre("delivered", "permanent", "temporary"));
  EXPECT_EQ(last.recipients[0].reply, "taken");
  EXPECT_EQ(last.recipients[1], (RecipientResult{Verdict::permanent, 550, "5.1.1", "No such user"}));
  EXPECT_EQ(last.recipients[2], (RecipientResult{Verdict::temporary, 451, "4.7.1", "Greylisted"}));
}

TEST_F(Story, NobodyAcceptedMeansNoData) {
  greet(a_mail({"a@x.org", "b@x.org"}));
  EXPECT_THAT(talk({"250 ok", "550 no", "450 later"}),
              ElementsAre("RCPT TO:<a@x.org>\r\n", "RCPT TO:<b@x.org>\r\n", "RSET\r\n"));
  EXPECT_THAT(outcome(), ElementsAre("permanent", "temporary"));
  EXPECT_FALSE(conversation.can_begin());
  server("250 reset");
  EXPECT_TRUE(conversation.can_begin());
}

TEST_F(Story, DataRefusedJudgesOnlyTheAccepted) {
  greet(a_mail({"a@x.org", "b@x.org"}));
  EXPECT_THAT(talk({"250 ok", "250 ok", "550 no", "452 4.3.1 disk full"}).back(), "RSET\r\n");
  EXPECT_THAT(outcome(), ElementsAre("temporary", "permanent"));
}

TEST_F(Story, TheDotRefused) {
  greet();
  talk({"250 ok", "250 ok", "354 go ahead", "554 5.7.1 spam"});
  EXPECT_THAT(outcome(), ElementsAre("permanent"));
  EXPECT_TRUE(last.relay_spoke);
  EXPECT_TRUE(conversation.can_begin());
}

TEST_F(Story, LostAfterTheDotKeepsTheRejectionsOfOthers) {
  greet(a_mail({"a@x.org", "b@x.org"}));
  talk({"250 ok", "250 ok", "550 no", "354 go ahead"});
  conversation.lost("the server closed the connection", now);
  EXPECT_THAT(outcome(), ElementsAre("uncertain", "permanent"));
  EXPECT_THAT(last.recipients[0].reply, HasSubstr("may have been taken"));
  EXPECT_TRUE(conversation.closed());
}

TEST_F(Story, HeloForServersThatDoNotKnowEhlo) {
  connect();
  EXPECT_THAT(
      talk({"220 hi", "502 what?", "250 hello"}),
      ElementsAre("EHLO client.example.com\r\n", "HELO client.example.com\r\n", "MAIL FROM:<app@example.com>\r\n"));
}

TEST_F(Story, AGreetingOfManyLines) {
  connect();
  EXPECT_THAT(talk({"220-mx.example.com", "220-no spam here", "220 ready"}),
              ElementsAre("", "", "EHLO client.example.com\r\n"));
}

TEST_F(Story, TheNullSender) {
  Mail mail = a_mail();
  mail.envelope_from = "";
  connect(std::move(mail));
  EXPECT_EQ(talk({"220 hi", "250 mx"}).back(), "MAIL FROM:<>\r\n");
}

TEST_F(Story, ParametersOfMailAreThoseOffered) {
  Mail mail = a_mail({"jörg@example.com"});
  mail.message = "Subject: x\r\n\r\nGrüße\r\n";
  connect(std::move(mail));
  server("220 hi");
  client();
  server("250-mx\r\n250-size 1000000\r\n250-8BITMIME\r\n250 SMTPUTF8");
  EXPECT_EQ(client(), "MAIL FROM:<app@example.com> SIZE=23 BODY=8BITMIME SMTPUTF8\r\n");
}

TEST_F(Story, EightBitContentWithoutTheExtensionFailsForGood) {
  Mail mail = a_mail();
  mail.message = "Subject: x\r\n\r\nGrüße\r\n";
  greet(std::move(mail));
  EXPECT_EQ(client(), "");
  EXPECT_THAT(outcome(), ElementsAre("permanent"));
  EXPECT_EQ(last.recipients[0].enhanced_code, "5.6.3");
  EXPECT_FALSE(last.relay_spoke);
  EXPECT_TRUE(conversation.can_begin()) << "the session is as good as before";
}

// The refusal is known at once, and a second mail before it is taken would take it for its own.
TEST_F(Story, AMailRefusedOnAReadySessionIsAnsweredBeforeTheNextBegins) {
  greet();
  talk({"250 ok", "250 ok", "354 go ahead", "250 taken"});
  EXPECT_FALSE(conversation.can_begin());
  EXPECT_THAT(outcome(), ElementsAre("delivered"));
  conversation.begin(a_mail({"jörg@example.com"}), now);
  EXPECT_FALSE(conversation.can_begin());
  EXPECT_THAT(outcome(), ElementsAre("permanent"));
  EXPECT_TRUE(conversation.can_begin());
  conversation.begin(a_mail(), now);
  EXPECT_EQ(client(), "MAIL FROM:<app@example.com>\r\n");
}

TEST_F(Story, ANonAsciiAddressWithoutTheExtensionFailsForGood) {
  greet(a_mail({"jörg@example.com"}));
  EXPECT_THAT(outcome(), ElementsAre("permanent"));
  EXPECT_EQ(last.recipients[0].enhanced_code, "5.6.7");
}

TEST_F(Story, AnAddressCannotLeaveItsLine) {
  greet(a_mail({"a@x.org>\r\nRCPT TO:<b@x.org"}));
  EXPECT_EQ(client(), "");
  EXPECT_THAT(outcome(), ElementsAre("permanent"));
}

TEST_F(Story, DotsAreStuffedAndNothingEndsTheDataEarly) {
  Mail mail = a_mail();
  mail.message = "Subject: x\r\n\r\n.one\r\n.\r\nMAIL FROM:<evil@x.org>\n.\nQUIT\r.\rend";
  greet(std::move(mail));
  EXPECT_EQ(talk({"250 ok", "250 ok", "354 go ahead"}).back(),
            "Subject: x\r\n\r\n..one\r\n..\r\nMAIL FROM:<evil@x.org>\r\n..\r\nQUIT\r\n..\r\nend\r\n.\r\n");
}

TEST_F(Story, ALargeMessageGoesOutInPieces) {
  Mail mail = a_mail();
  for (int i = 0; i < 20000; ++i) mail.message += ".line of text\r\n";
  greet(std::move(mail));
  talk({"250 ok", "250 ok"});
  server("354 go ahead");
  std::size_t pieces = 0;
  for (std::string_view out = conversation.output(); !out.empty(); out = conversation.output(), ++pieces) {
    EXPECT_LT(out.size(), 70000U);
    EXPECT_EQ(conversation.phase(), Phase::content);
    conversation.written(out.size(), now);
  }
  EXPECT_GT(pieces, 3U);
  EXPECT_EQ(conversation.phase(), Phase::dot);
}

// What counts is whether the system has taken the last byte of the dot.
TEST_F(Story, HalfADotIsNoDot) {
  greet();
  talk({"250 ok", "250 ok"});
  server("354 go ahead");
  conversation.written(conversation.output().size() - 1, now);
  EXPECT_EQ(conversation.output(), "\n");
  conversation.lost("Connection reset by peer", now);
  EXPECT_THAT(outcome(), ElementsAre("temporary"));
}

TEST_F(Story, AHoldMailAsksBeforeItsDot) {
  greet(a_hold_mail());
  EXPECT_EQ(talk({"250 ok", "250 ok", "354 go ahead"}).back(), "Subject: Hello\r\n\r\nTest email\r\n");
  EXPECT_TRUE(conversation.wants_dot());
  conversation.permit_dot(true, now);
  EXPECT_FALSE(conversation.wants_dot());
  EXPECT_EQ(client(), ".\r\n");
  server("250 taken");
  EXPECT_THAT(outcome(), ElementsAre("delivered"));
}

TEST_F(Story, AHoldMailThatMayNotSendItsDot) {
  greet(a_hold_mail());
  talk({"250 ok", "250 ok", "354 go ahead"});
  conversation.permit_dot(false, now);
  EXPECT_EQ(client(), "");
  EXPECT_THAT(outcome(), ElementsAre("trouble:shutdown"));
  EXPECT_TRUE(conversation.closed());
}

TEST_F(Story, APermissionThatComesTooLateIsIgnored) {
  greet(a_hold_mail());
  talk({"250 ok", "250 ok", "354 go ahead"});
  conversation.lost("Connection reset by peer", now);
  EXPECT_THAT(outcome(), ElementsAre("temporary"));
  conversation.permit_dot(true, now);
  EXPECT_EQ(client(), "");
  EXPECT_THAT(outcome(), IsEmpty());
}

TEST_F(Story, APermittedDotThatIsLost) {
  greet(a_hold_mail());
  talk({"250 ok", "250 ok", "354 go ahead"});
  conversation.permit_dot(true, now);
  client();
  conversation.timed_out(now);
  EXPECT_THAT(outcome(), ElementsAre("uncertain"));
}

TEST_F(Story, StoppedBeforeTheDot) {
  greet();
  talk({"250 ok"});
  conversation.abort(now);
  EXPECT_THAT(outcome(), ElementsAre("trouble:shutdown"));
  EXPECT_TRUE(conversation.closed());
}

TEST_F(Story, StoppedAfterTheDot) {
  greet();
  talk({"250 ok", "250 ok", "354 go ahead"});
  conversation.abort(now);
  EXPECT_THAT(outcome(), ElementsAre("uncertain"));
}

TEST_F(Story, AnIdleSessionSaysGoodbye) {
  greet();
  talk({"250 ok", "250 ok", "354 go ahead", "250 taken"});
  EXPECT_EQ(patience(), std::chrono::seconds(5));
  advance(std::chrono::seconds(5));
  conversation.timed_out(now);
  EXPECT_EQ(client(), "QUIT\r\n");
  EXPECT_FALSE(conversation.can_begin());
  server("221 bye");
  EXPECT_TRUE(conversation.closed());
}

TEST_F(Story, AnIdleSessionThatIsStoppedSaysGoodbye) {
  greet();
  talk({"250 ok", "250 ok", "354 go ahead", "250 taken"});
  EXPECT_THAT(outcome(), ElementsAre("delivered"));
  conversation.abort(now);
  conversation.abort(now);
  EXPECT_EQ(client(), "QUIT\r\n");
  EXPECT_THAT(outcome(), IsEmpty());
}

TEST_F(Story, AnIdleSessionThatTheServerEnds) {
  greet();
  talk({"250 ok", "250 ok", "354 go ahead", "250 taken"});
  outcome();
  server("421 4.4.2 timeout");
  EXPECT_TRUE(conversation.closed());
  EXPECT_THAT(outcome(), IsEmpty());
}

TEST_F(Story, AReusedSessionThatTurnsOutToBeGoneIsStale) {
  greet_and_reuse();
  conversation.lost("the server closed the connection", now);
  EXPECT_THAT(outcome(), ElementsAre("trouble:stale"));
}

TEST_F(Story, AReusedSessionWhoseGoodbyeCrossesOurMailIsStale) {
  greet();
  talk({"250 ok", "250 ok", "354 go ahead", "250 taken"});
  outcome();
  conversation.begin(a_mail(), now);
  server("421 4.4.2 timeout");  // before the client could write
  EXPECT_THAT(outcome(), ElementsAre("trouble:stale"));
}

TEST_F(Story, AReusedSessionIsAsAnyOtherOnceMailIsAnswered) {
  greet_and_reuse();
  talk({"250 ok"});
  server("421 closing");
  EXPECT_THAT(outcome(), ElementsAre("trouble:closing"));
}

TEST_F(Story, AfterItsLastMailASessionSaysGoodbye) {
  connect();
  talk({"220 hi", "250 mx"});
  for (int i = 1; i < 100; ++i) {
    talk({"250 ok", "250 ok", "354 go ahead", "250 taken"});
    ASSERT_THAT(outcome(), ElementsAre("delivered"));
    ASSERT_TRUE(conversation.can_begin());
    conversation.begin(a_mail(), now);
    client();
  }
  EXPECT_EQ(talk({"250 ok", "250 ok", "354 go ahead", "250 taken"}).back(), "QUIT\r\n");
  EXPECT_THAT(outcome(), ElementsAre("delivered"));
}

TEST_F(Story, AnAnswerToWhatWasNotAskedYetIsNone) {
  connect();
  server("220 hi\r\n250 mx\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken");
  EXPECT_THAT(outcome(), ElementsAre("trouble:greeting"));
}

TEST_F(Story, AnAnswerTwiceOverIsOneTooMany) {
  greet();
  server("250 ok\r\n250 ok");
  EXPECT_THAT(outcome(), ElementsAre("trouble:closing"));
  EXPECT_TRUE(conversation.closed());
}

TEST_F(Story, PacingAtTheDotSparesTheSession) {
  greet();
  talk({"250 ok", "250 ok", "354 go ahead", "454 Throttling failure: Maximum sending rate exceeded."});
  EXPECT_THAT(outcome(), ElementsAre("trouble:pacing"));
  EXPECT_EQ(last.trouble_reply.smtp_code, 454);
  EXPECT_TRUE(conversation.can_begin());
}

TEST_F(Story, TheAnswerToALostResetHurtsNobody) {
  greet();
  talk({"250 ok", "550 no"});
  EXPECT_THAT(outcome(), ElementsAre("permanent"));
  conversation.lost("gone", now);
  EXPECT_THAT(outcome(), IsEmpty());
  EXPECT_TRUE(conversation.closed());
}

}  // namespace
}  // namespace jobd::smtp
