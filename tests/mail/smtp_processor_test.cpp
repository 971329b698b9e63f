// The SMTP processor over real sockets, against a scripted server in this process.
#include <gmock/gmock.h>

#include <optional>

#include "shared/codec.h"
#include "tests/mail/smtp_fixture.h"

namespace jobd {
namespace {

using jobd::testing::an_attempt;
using jobd::testing::CollectingSink;
using jobd::testing::over;
using jobd::testing::ScriptedServer;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

ScriptedServer::Script answer_to(std::string command, std::string reply) {
  return ScriptedServer::but(ScriptedServer::accept_all, std::move(command), std::move(reply));
}

using SmtpProcessorTest = jobd::testing::SmtpFixture;

TEST_F(SmtpProcessorTest, DeliversAMail) {
  ScriptedServer server;
  start(server.relay());
  const AttemptResult result = deliver(an_attempt(1, {"a@x.org", "b@x.org"}));
  EXPECT_EQ(result.relay, server.url());
  EXPECT_EQ(result.trouble, std::nullopt);
  ASSERT_THAT(result.recipients, SizeIs(2));
  EXPECT_EQ(result.recipients[1], (RecipientResult{Verdict::delivered, 250, "", "ok"}));
  EXPECT_THAT(server.commands(), ElementsAre("CONNECT", "EHLO client.example.com", "MAIL FROM:<app@example.com>",
                                             "RCPT TO:<a@x.org>", "RCPT TO:<b@x.org>", "DATA"));
  ASSERT_THAT(server.messages(), SizeIs(1));
  EXPECT_THAT(server.messages()[0], AllOf(StartsWith("From: app@example.com\r\n"), EndsWith("\r\n\r\nTest email\r\n")));
}

TEST_F(SmtpProcessorTest, ReusesTheConnection) {
  ScriptedServer server;
  start(over(1, server.relay()));
  deliver_many(20);
  EXPECT_EQ(std::ranges::count(server.commands(), "CONNECT"), 1);
  EXPECT_THAT(server.messages(), SizeIs(20));
}

// A mail refused without asking the server has its verdict while the session stands ready: each keeps its own.
TEST_F(SmtpProcessorTest, ARefusedMailOnAReusedConnectionLeavesTheNextAlone) {
  ScriptedServer server;
  start(over(1, server.relay()));
  deliver(an_attempt(1));
  mail->start({an_attempt(2, {"jörg@example.com"}), an_attempt(3), an_attempt(4, {"jörg@example.com"}), an_attempt(5)});
  const auto results = sink.wait_for(5);
  for (const std::size_t refused : {1U, 3U}) {
    EXPECT_EQ(results[refused].recipients.at(0).enhanced_code, "5.6.7");
    EXPECT_FALSE(results[refused].relay_spoke);
  }
  for (const std::size_t good : {0U, 2U, 4U}) {
    EXPECT_EQ(results[good].recipients.at(0).verdict, Verdict::delivered);
    EXPECT_TRUE(results[good].relay_spoke);
  }
  EXPECT_EQ(std::ranges::count(server.commands(), "CONNECT"), 1);
  EXPECT_THAT(server.messages(), SizeIs(3));
}

TEST_F(SmtpProcessorTest, OpensANewConnectionAfterAHundredMails) {
  ScriptedServer server;
  start(over(1, server.relay()));
  deliver_many(250);
  EXPECT_EQ(std::ranges::count(server.commands(), "CONNECT"), 3);
  EXPECT_EQ(std::ranges::count(server.commands(), "QUIT"), 2);
}

TEST_F(SmtpProcessorTest, PartialRecipients) {
  ScriptedServer server(answer_to("RCPT TO:<b@", "550 5.1.1 no such user"));
  start(server.relay());
  const AttemptResult result = deliver(an_attempt(1, {"a@x.org", "b@x.org"}));
  EXPECT_EQ(result.recipients[0].verdict, Verdict::delivered);
  EXPECT_EQ(result.recipients[1], (RecipientResult{Verdict::permanent, 550, "5.1.1", "no such user"}));
}

TEST_F(SmtpProcessorTest, NobodyThere) {
  RelaySettings relay;
  {
    const ScriptedServer gone;
    relay = gone.relay();
  }
  start(relay);
  const AttemptResult result = deliver();
  EXPECT_EQ(result.trouble, Trouble::connect);
  EXPECT_EQ(result.trouble_reply.reply, "cannot connect to " + relay.url.substr(7) + ": Connection refused");
}

TEST_F(SmtpProcessorTest, AHostWithoutAddress) {
  RelaySettings relay;
  relay.host = "mx..example.com";  // no name at all: nobody is asked for it
  start(relay);
  const AttemptResult result = deliver();
  EXPECT_EQ(result.trouble, Trouble::resolve);
  EXPECT_THAT(result.trouble_reply.reply, StartsWith("cannot look up mx..example.com: "));
}

TEST_F(SmtpProcessorTest, ClosedAtEachStep) {
  const std::pair<const char*, Trouble> kTroubles[] = {{"", Trouble::greeting},
                                                       {"EHLO", Trouble::greeting},
                                                       {"MAIL", Trouble::greeting},
                                                       {"RCPT", Trouble::closing},
                                                       {"DATA", Trouble::closing}};
  for (const auto& [step, trouble] : kTroubles) {
    ScriptedServer server(answer_to(step, ""));
    CollectingSink own_sink;
    settings.relays = {server.relay()};
    const auto thread = std::move(*MailThread::start(settings, own_sink, clock));
    thread->start({an_attempt(1)});
    EXPECT_EQ(own_sink.wait_for_one().trouble, trouble) << step;
  }
}

TEST_F(SmtpProcessorTest, ClosedAfterTheDotIsUncertain) {
  ScriptedServer server(answer_to(".", ""));
  start(server.relay());
  const RecipientResult result = deliver().recipients.at(0);
  EXPECT_EQ(result.verdict, Verdict::uncertain);
  EXPECT_EQ(result.reply, "the server closed the connection after the final dot: the message may have been taken");
}

TEST_F(SmtpProcessorTest, AfterTroubleTheNextMailFindsANewConnection) {
  int mails = 0;  // the server's thread only
  ScriptedServer server([&](const std::string& command) {
    return command.starts_with("MAIL") && ++mails == 1 ? "421 busy" : ScriptedServer::accept_all(command);
  });
  start(over(1, server.relay()));
  mail->start({an_attempt(1), an_attempt(2)});
  const auto results = sink.wait_for(2);
  EXPECT_EQ(results[0].trouble, Trouble::closing);
  EXPECT_EQ(results[1].trouble, std::nullopt);
}

TEST_F(SmtpProcessorTest, ALargeMessageArrivesWhole) {
  ScriptedServer server;
  start(server.relay());
  const std::string raw = jobd::testing::large_raw_mail();
  EXPECT_EQ(deliver(jobd::testing::an_attempt_of(1, raw)).recipients.at(0).reply, "ok");
  ASSERT_THAT(server.messages(), SizeIs(1));
  EXPECT_TRUE(server.messages()[0].ends_with(raw));
}

TEST_F(SmtpProcessorTest, AHoldMailWaitsForItsPermission) {
  ScriptedServer server;
  start(server.relay());
  Attempt hold = an_attempt(1);
  hold.on_uncertain = OnUncertain::hold;
  mail->start({hold});
  const auto go = sink.wait_for_question();
  EXPECT_THAT(server.messages(), SizeIs(0));
  go(true);
  EXPECT_EQ(sink.wait_for_one().recipients.at(0).verdict, Verdict::delivered);
}

TEST_F(SmtpProcessorTest, AHoldMailThatMayNotGo) {
  ScriptedServer server;
  start(server.relay());
  Attempt hold = an_attempt(1);
  hold.on_uncertain = OnUncertain::hold;
  mail->start({hold});
  sink.wait_for_question()(false);
  EXPECT_EQ(sink.wait_for_one().trouble, Trouble::shutdown);
  EXPECT_THAT(server.messages(), SizeIs(0));
}

TEST_F(SmtpProcessorTest, AbortBeforeTheDotCostsNothing) {
  ScriptedServer server;
  start(over(1, server.relay()));
  Attempt hold = an_attempt(1);
  hold.on_uncertain = OnUncertain::hold;
  mail->start({hold, an_attempt(2)});
  const auto go = sink.wait_for_question();
  mail->abort_all();
  for (const AttemptResult& result : sink.wait_for(2)) EXPECT_EQ(result.trouble, Trouble::shutdown);
  mail.reset();
  go(true);
  EXPECT_THAT(sink.wait_for(2), SizeIs(2));
}

TEST_F(SmtpProcessorTest, TheEndSaysGoodbyeToIdleConnections) {
  ScriptedServer server;
  start(server.relay());
  deliver();
  mail.reset();
  server.wait_for("CLOSED");
  EXPECT_EQ(std::ranges::count(server.commands(), "QUIT"), 1);
}

TEST_F(SmtpProcessorTest, TheEndClosesConnectionsUnderWay) {
  ScriptedServer server;
  start(server.relay());
  Attempt hold = an_attempt(1);
  hold.on_uncertain = OnUncertain::hold;
  mail->start({hold});
  const auto go = sink.wait_for_question();
  mail.reset();
  server.wait_for("CLOSED");
  go(true);
  EXPECT_THAT(server.messages(), SizeIs(0));
  EXPECT_THAT(sink.wait_for(0), SizeIs(0));
}

TEST_F(SmtpProcessorTest, AbortEndsIdleConnectionsToo) {
  ScriptedServer server;
  start(server.relay());
  deliver();
  mail->abort_all();
  server.wait_for("CLOSED");
  EXPECT_EQ(std::ranges::count(server.commands(), "QUIT"), 1);
}

TEST_F(SmtpProcessorTest, AbortAfterTheDotIsUncertain) {
  MailThread* thread = nullptr;
  ScriptedServer server([&](const std::string& command) {
    if (command != ".") return ScriptedServer::accept_all(command);
    thread->abort_all();
    sink.wait_for_one();
    return std::string("250 ok");
  });
  start(server.relay());
  thread = mail.get();
  EXPECT_EQ(deliver().recipients.at(0).verdict, Verdict::uncertain);
}

TEST_F(SmtpProcessorTest, ContentThatCannotBeComposedFailsForGood) {
  ScriptedServer server;
  start(server.relay());
  Attempt broken = an_attempt(1, {"a@x.org", "b@x.org"});
  broken.content = std::make_shared<const std::string>("{");
  const AttemptResult result = deliver(broken);
  EXPECT_THAT(result.recipients, SizeIs(2));
  EXPECT_EQ(result.recipients[0].verdict, Verdict::permanent);
  EXPECT_FALSE(result.relay_spoke);
  EXPECT_THAT(server.commands(), SizeIs(0));
}

TEST_F(SmtpProcessorTest, EachAttemptGoesToItsRelay) {
  ScriptedServer first;
  ScriptedServer second;
  RelaySettings named = second.relay();
  named.name = "backup";
  start({first.relay(), named});
  Attempt attempt = an_attempt(1);
  attempt.relay = 1;
  EXPECT_EQ(deliver(attempt).relay, "backup");
  EXPECT_THAT(first.commands(), SizeIs(0));
  EXPECT_THAT(second.messages(), SizeIs(1));
}

TEST_F(SmtpProcessorTest, TheTranscriptGoesToWhoeverAsked) {
  ScriptedServer server;
  std::vector<std::string> lines;  // the mail thread's, until it has ended
  settings.trace = [&](std::string line) { lines.push_back(std::move(line)); };
  RelaySettings relay = server.relay();
  relay.name = "ses";
  relay.trace = true;
  start(relay);
  deliver();
  mail.reset();
  EXPECT_THAT(lines, Contains("ses #1 < 220 test"));
  EXPECT_THAT(lines, Contains("ses #1 > EHLO client.example.com"));
}

TEST_F(SmtpProcessorTest, StagingStandsBetween) {
  ScriptedServer server;
  settings.redirect_all_to = "dev@example.com";
  start(server.relay());
  EXPECT_EQ(deliver().recipients.at(0).verdict, Verdict::delivered);
  EXPECT_THAT(server.commands(), Contains("RCPT TO:<dev@example.com>"));
}

}  // namespace
}  // namespace jobd
