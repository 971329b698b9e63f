// Probes: the steps in their order, and where they end.
#include <gmock/gmock.h>

#include <fstream>
#include <future>

#include "daemon/mail/smtp/probe_notes.h"
#include "tests/mail/certificates.h"
#include "tests/mail/smtp_fixture.h"

namespace jobd {
namespace {

using namespace std::chrono_literals;
using jobd::testing::ScriptedServer;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::vector<std::string> names_of(const ProbeReport& report) {
  std::vector<std::string> names;
  for (const ProbeStep& step : report.steps) names.push_back(step.name);
  return names;
}

std::string detail_of(const ProbeReport& report, const std::string& name) {
  for (const ProbeStep& step : report.steps) {
    if (step.name == name) return step.detail;
  }
  return "(no such step)";
}

// It is asked for this password.
RelaySettings with_login(const ScriptedServer& server, const jobd::testing::Authority& authority,
                         const std::string& password) {
  RelaySettings relay = server.relay();
  relay.tls = TlsLevel::verify;
  relay.ca_file = authority.ca_file();
  relay.username = "me";
  relay.password_file = authority.ca_file() + ".password";
  std::ofstream(relay.password_file) << password;
  return relay;
}

class ProbeTest : public jobd::testing::SmtpFixture {
 protected:
  ProbeReport probe(const RelaySettings& relay, std::string to = "user@example.com", Duration timeout = 30s,
                    std::string from = "app@example.com") {
    start(relay);
    std::promise<ProbeReport> report;
    mail->probe({0, std::move(from), std::move(to), timeout},
                [&report](ProbeReport made) { report.set_value(std::move(made)); });
    return report.get_future().get();
  }
};

TEST_F(ProbeTest, EveryStepInItsOrder) {
  const jobd::testing::Authority authority;
  ScriptedServer server(ScriptedServer::offering({"STARTTLS", "PIPELINING", "AUTH PLAIN", "SIZE 35882577"}),
                        {.identity = authority.issue({.dns_name = "", .address = "127.0.0.1"})});
  const RelaySettings relay = with_login(server, authority, "hunter2");
  const ProbeReport report = probe(relay);
  EXPECT_TRUE(report.ok) << report.error;
  EXPECT_EQ(report.relay, relay.name);
  EXPECT_EQ(report.url, relay.url);
  EXPECT_THAT(names_of(report),
              ElementsAre("addresses", "connect", "greeting", "tls", "extensions", "auth", "limits", "mail", "rcpt"));
  EXPECT_EQ(detail_of(report, "addresses"), "127.0.0.1");
  EXPECT_EQ(detail_of(report, "connect"), "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(detail_of(report, "greeting"), "220 test");
  EXPECT_THAT(detail_of(report, "tls"),
              AllOf(StartsWith("TLSv1.3, TLS_"), HasSubstr("certificate of CN=127.0.0.1, issued by CN=Test Authority, "
                                                           "expires 2100-01-01T00:00:00.000Z, verified")));
  EXPECT_EQ(detail_of(report, "extensions"), "STARTTLS, PIPELINING, AUTH PLAIN, SIZE 35882577");
  EXPECT_EQ(detail_of(report, "auth"), "PLAIN: 235 welcome");
  EXPECT_EQ(detail_of(report, "limits"), "messages of up to 35882577 bytes");
  EXPECT_EQ(detail_of(report, "rcpt"), "250 ok");
  EXPECT_THAT(server.messages(), ::testing::SizeIs(0));
  EXPECT_THAT(server.commands(),
              AllOf(Contains(StartsWith("MAIL FROM:<app@example.com>")), Contains("RCPT TO:<user@example.com>"),
                    Not(Contains("DATA")), Contains("RSET"), Contains("QUIT")));
  EXPECT_THAT(report.transcript, AllOf(Contains("S: 220 test"), Contains("C: EHLO client.example.com"),
                                       Contains("C: RCPT TO:<user@example.com>")));
  for (const std::string& line : report.transcript) EXPECT_THAT(line, Not(HasSubstr("aHVudGVyMg")));  // hunter2
}

TEST_F(ProbeTest, WithoutARecipientItEndsWithMail) {
  ScriptedServer server;
  const ProbeReport report = probe(server.relay(), "");
  EXPECT_TRUE(report.ok) << report.error;
  EXPECT_THAT(names_of(report), ElementsAre("addresses", "connect", "greeting", "extensions", "mail"));
}

TEST_F(ProbeTest, ARefusedRecipient) {
  ScriptedServer server(ScriptedServer::but(ScriptedServer::accept_all, "RCPT", "550 5.1.1 no such user"));
  const ProbeReport report = probe(server.relay());
  EXPECT_FALSE(report.ok);
  EXPECT_EQ(report.steps.back().name, "rcpt");
  EXPECT_FALSE(report.steps.back().ok);
  EXPECT_EQ(report.error, "rcpt: 550 5.1.1 no such user");
}

TEST_F(ProbeTest, NobodyThere) {
  RelaySettings relay;
  {
    const ScriptedServer gone;
    relay = gone.relay();
  }
  const ProbeReport report = probe(relay);
  EXPECT_FALSE(report.ok);
  EXPECT_THAT(names_of(report), ElementsAre("addresses", "connect"));
  EXPECT_THAT(report.error,
              AllOf(StartsWith("connect: cannot connect to 127.0.0.1:"), HasSubstr("Connection refused")));
}

TEST_F(ProbeTest, ANameThatIsNone) {
  ScriptedServer server;
  RelaySettings relay = server.relay();
  relay.host = "mx..example.com";
  const ProbeReport report = probe(relay);
  EXPECT_THAT(names_of(report), ElementsAre("addresses"));
  EXPECT_THAT(report.error, StartsWith("addresses: cannot look up mx..example.com"));
}

TEST_F(ProbeTest, ABadCertificate) {
  ScriptedServer server(ScriptedServer::offering({"STARTTLS"}),
                        {.identity = jobd::testing::self_signed({.dns_name = "mail.other.org"})});
  RelaySettings relay = server.relay();
  relay.tls = TlsLevel::verify;
  const ProbeReport report = probe(relay);
  EXPECT_EQ(report.steps.back().name, "tls");
  EXPECT_FALSE(report.steps.back().ok);
  EXPECT_THAT(report.error,
              AllOf(StartsWith("tls: "), HasSubstr("self-signed"), HasSubstr("see tls, tls_name and ca_file")));
}

// As mails do, and it says so.
TEST_F(ProbeTest, AHandshakeThatFailsWherePlainTextMayBe) {
  const jobd::testing::Authority authority;
  ScriptedServer server(ScriptedServer::offering({"STARTTLS"}),
                        {.identity = authority.issue({.dns_name = "", .address = "127.0.0.1"}), .old_tls = true});
  RelaySettings relay = server.relay();
  relay.tls = TlsLevel::may;
  const ProbeReport report = probe(relay);
  EXPECT_TRUE(report.ok) << report.error;
  EXPECT_THAT(names_of(report), ElementsAre("addresses", "connect", "greeting", "tls", "extensions", "mail", "rcpt"));
  EXPECT_THAT(detail_of(report, "tls"), AllOf(HasSubstr("TLS 1.2 or later"), HasSubstr("mails go in plain text")));
  EXPECT_EQ(server.count("CONNECT"), 2);
}

TEST_F(ProbeTest, StartTlsRefusedWherePlainTextMayBe) {
  ScriptedServer server(ScriptedServer::but(ScriptedServer::offering({"STARTTLS"}), "STARTTLS", "454 4.7.0 not now"));
  RelaySettings relay = server.relay();
  relay.tls = TlsLevel::may;
  const ProbeReport report = probe(relay);
  EXPECT_TRUE(report.ok) << report.error;
  EXPECT_EQ(detail_of(report, "tls"), "454 4.7.0 not now; tls is \"may\", so mails go in plain text");
}

// The step that would have come, though no line of ours has begun it.
TEST_F(ProbeTest, StartTlsThatIsNotOfferedFailsAtTls) {
  ScriptedServer server;
  RelaySettings relay = server.relay();
  relay.tls = TlsLevel::verify;
  const ProbeReport report = probe(relay);
  EXPECT_THAT(names_of(report), ElementsAre("addresses", "connect", "greeting", "extensions", "tls"));
  EXPECT_THAT(report.error, AllOf(StartsWith("tls: the server does not offer STARTTLS"), HasSubstr("; see tls, ")));
}

TEST_F(ProbeTest, ASecretThatCannotBeReadFailsAtAuth) {
  const jobd::testing::Authority authority;
  ScriptedServer server(ScriptedServer::offering({"STARTTLS", "AUTH PLAIN"}),
                        {.identity = authority.issue({.dns_name = "", .address = "127.0.0.1"})});
  RelaySettings relay = with_login(server, authority, "hunter2");
  relay.password_file += ".gone";
  const ProbeReport report = probe(relay);
  EXPECT_THAT(names_of(report), ElementsAre("addresses", "connect", "greeting", "tls", "extensions", "auth"));
  EXPECT_THAT(report.error, AllOf(StartsWith("auth: cannot read the password file"), HasSubstr("see username")));
}

TEST_F(ProbeTest, AuthThatIsNotOfferedFailsAtAuth) {
  const jobd::testing::Authority authority;
  ScriptedServer server(ScriptedServer::offering({"STARTTLS"}),
                        {.identity = authority.issue({.dns_name = "", .address = "127.0.0.1"})});
  const ProbeReport report = probe(with_login(server, authority, "hunter2"));
  EXPECT_EQ(names_of(report).back(), "auth");
  EXPECT_THAT(report.error, StartsWith("auth: the server offers no AUTH"));
}

TEST_F(ProbeTest, AddressesThatNeedSmtputf8FailAtTheirStep) {
  ScriptedServer server;
  ProbeReport report = probe(server.relay(), "\u00e9@example.com");
  EXPECT_EQ(names_of(report).back(), "rcpt");
  EXPECT_THAT(report.error, AllOf(StartsWith("rcpt: \u00e9@example.com"), HasSubstr("SMTPUTF8")));
  for (const char* to : {"", "user@example.com"}) {
    report = probe(server.relay(), to, 30s, "\u00e9@example.com");
    EXPECT_EQ(names_of(report).back(), "mail") << to;
    EXPECT_THAT(report.error, AllOf(StartsWith("mail: the sender \u00e9@example.com"), HasSubstr("SMTPUTF8")));
  }
}

TEST_F(ProbeTest, WhoSpeaksNoSmtpIsQuoted) {
  ScriptedServer server(ScriptedServer::but(ScriptedServer::accept_all, "", "SSH-2.0-\x1b[2J"));
  const ProbeReport report = probe(server.relay());
  EXPECT_THAT(names_of(report), ElementsAre("addresses", "connect", "greeting"));
  EXPECT_EQ(detail_of(report, "greeting"),
            "the server sent something that is no SMTP reply (\"SSH-2.0-\\u001b[2J\"), waiting for the greeting");
  EXPECT_THAT(report.transcript, ElementsAre("S: \"SSH-2.0-\\u001b[2J\""));
}

// The connection after a handshake that failed is a new one, and may come to an end before it has said anything.
TEST_F(ProbeTest, ASecondConnectionThatFailsSaysWhere) {
  const jobd::testing::Authority authority;
  int connections = 0;
  ScriptedServer server(
      [&connections](const std::string& command) {
        if (command.empty() && ++connections == 2) return std::string("554 5.3.2 go away");
        return ScriptedServer::offering({"STARTTLS"})(command);
      },
      {.identity = authority.issue({.dns_name = "", .address = "127.0.0.1"}), .old_tls = true});
  RelaySettings relay = server.relay();
  relay.tls = TlsLevel::may;
  const ProbeReport report = probe(relay);
  EXPECT_THAT(names_of(report), ElementsAre("addresses", "connect", "greeting", "extensions", "tls", "greeting"));
  EXPECT_EQ(report.error, "greeting: 554 5.3.2 go away");
}

TEST_F(ProbeTest, ASilentServerEndsItInTime) {
  ScriptedServer server(ScriptedServer::but(ScriptedServer::accept_all, "EHLO", ScriptedServer::kSilence));
  const ProbeReport report = probe(server.relay(), "", 100ms);
  EXPECT_EQ(report.steps.back().name, "extensions");
  EXPECT_FALSE(report.ok);
}

TEST_F(ProbeTest, ARefusedLogin) {
  const jobd::testing::Authority authority;
  ScriptedServer server(
      ScriptedServer::but(ScriptedServer::offering({"STARTTLS", "AUTH PLAIN"}), "AUTH", "535 5.7.8 bad credentials"),
      {.identity = authority.issue({.dns_name = "", .address = "127.0.0.1"})});
  const RelaySettings relay = with_login(server, authority, "wrong");
  const ProbeReport report = probe(relay);
  EXPECT_EQ(report.steps.back().name, "auth");
  EXPECT_THAT(report.error, StartsWith("auth: 535 5.7.8 bad credentials"));
}

// The words are those of the refusal, though another token was looked for since.
TEST_F(ProbeTest, ARefusedToken) {
  const jobd::testing::Authority authority;
  ScriptedServer server(
      ScriptedServer::but(ScriptedServer::offering({"STARTTLS", "AUTH XOAUTH2"}), "AUTH", "535 5.7.8 bad credentials"),
      {.identity = authority.issue({.dns_name = "", .address = "127.0.0.1"})});
  RelaySettings relay = with_login(server, authority, "");
  relay.password_file = "";
  relay.oauth2_command = "echo token";
  const ProbeReport report = probe(relay);
  EXPECT_EQ(report.steps.back().name, "auth");
  EXPECT_THAT(report.error, StartsWith("auth: 535 5.7.8 bad credentials"));
}

TEST(ProbeNotesTest, AServerThatTalksWithoutEndIsCutShort) {
  smtp::ProbeNotes notes({}, Moment{});
  notes.found({"192.0.2.1"}, Moment{});
  notes.connected("192.0.2.1:25", Moment{});
  for (std::size_t i = 0; i < limits::kTranscriptLines; ++i)
    notes.line(true, "220-" + std::string(4000, 'x'), Moment{});
  notes.line(true, "220 end", Moment{});
  const ProbeReport report = notes.report();
  EXPECT_THAT(report.transcript, ::testing::SizeIs(limits::kTranscriptLines));
  EXPECT_EQ(report.transcript.front().size(), limits::kTranscriptLineBytes);
  EXPECT_EQ(report.transcript.back(), "...");
  EXPECT_EQ(detail_of(report, "greeting").size(), limits::kReplyBytes);
}

TEST(ProbeNotesTest, AReplyThatCameTooEarlyWasNone) {
  smtp::ProbeNotes notes({}, Moment{});
  notes.line(false, "EHLO x", Moment{});
  notes.line(true, "250 mx", Moment{});
  notes.failed("the server answered what was not asked yet", Moment{});
  const ProbeReport report = notes.report();
  EXPECT_THAT(names_of(report), ElementsAre("extensions"));
  EXPECT_EQ(report.error, "extensions: the server answered what was not asked yet");
}

TEST(ProbeNotesTest, WhatIsNoReplyEndsNoStep) {
  smtp::ProbeNotes notes({}, Moment{});
  notes.line(false, "EHLO x", Moment{});
  notes.line(true, "\"250 half\"", Moment{});
  notes.failed("the server closed the connection", Moment{});
  EXPECT_EQ(detail_of(notes.report(), "extensions"), "the server closed the connection");
}

// A new token is fetched then, and what counts is what becomes of that.
TEST(ProbeNotesTest, ATokenThatIsRefusedAndRenewedIsNoFailure) {
  smtp::ProbeNotes notes({}, Moment{});
  for (const char* reply : {"535 5.7.8 expired", "235 welcome"}) {
    notes.fetching_secret(Moment{});
    notes.line(false, "AUTH XOAUTH2 ***", Moment{});
    notes.line(true, reply, Moment{});
  }
  EXPECT_TRUE(notes.report().ok) << notes.report().error;
  EXPECT_EQ(detail_of(notes.report(), "auth"), "XOAUTH2: 235 welcome");
}

TEST(ProbeNotesTest, OnlyARefusalOfMailIsTheSenders) {
  for (const bool is_refused : {true, false}) {
    smtp::ProbeNotes notes({}, Moment{});
    notes.line(false, "MAIL FROM:<a@x.org>", Moment{});
    if (is_refused) notes.line(true, "550 no", Moment{});
    notes.failed("the server closed the connection", Moment{});
    EXPECT_EQ(notes.report().error.ends_with("see mail.from"), is_refused);
  }
}

TEST_F(ProbeTest, TheEndOfTheThreadEndsIt) {
  ScriptedServer server(ScriptedServer::but(ScriptedServer::accept_all, "EHLO", ScriptedServer::kSilence));
  start(server.relay());
  std::promise<ProbeReport> report;
  mail->probe({0, "", "", 30s}, [&report](ProbeReport made) { report.set_value(std::move(made)); });
  server.wait_for("EHLO client.example.com");
  mail->abort_all();
  EXPECT_FALSE(report.get_future().get().ok);
}

}  // namespace
}  // namespace jobd
