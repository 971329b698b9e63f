// TLS and logins over real sockets: what is trusted, what is refused and in which words.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "shared/base64.h"
#include "tests/mail/certificates.h"
#include "tests/mail/smtp_fixture.h"
#include "tests/support/temporary_folder.h"

namespace jobd {
namespace {

using jobd::testing::an_attempt;
using jobd::testing::Authority;
using jobd::testing::Identity;
using jobd::testing::over;
using jobd::testing::ScriptedServer;
using jobd::testing::self_signed;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const ScriptedServer::Script kOffering = ScriptedServer::offering({"STARTTLS", "AUTH PLAIN LOGIN XOAUTH2"});

class TlsTest : public jobd::testing::SmtpFixture {
 protected:
  // To a server of that identity, its certificate checked against the test's own authority.
  RelaySettings verified(const ScriptedServer& server) const {
    RelaySettings relay = server.relay();
    relay.tls = TlsLevel::verify;
    relay.ca_file = authority.ca_file();
    return relay;
  }
  // What a delivery to a server with that certificate comes to, in words.
  std::string refusal_of(const Identity& identity) {
    ScriptedServer server(kOffering, {.identity = identity});
    start(verified(server));
    const AttemptResult result = deliver();
    EXPECT_EQ(result.trouble, Trouble::tls);
    EXPECT_THAT(server.messages(), SizeIs(0));
    return result.trouble_reply.reply;
  }

  const Authority authority;
  const Identity good = authority.issue({.dns_name = "localhost", .address = "127.0.0.1"});
};

TEST_F(TlsTest, StartTls) {
  ScriptedServer server(kOffering, {.identity = good});
  start(verified(server));
  EXPECT_EQ(deliver().recipients.at(0).verdict, Verdict::delivered);
  EXPECT_THAT(server.commands(),
              ElementsAre("CONNECT", "EHLO client.example.com", "STARTTLS", "TLS", "EHLO client.example.com",
                          "MAIL FROM:<app@example.com>", "RCPT TO:<user@example.com>", "DATA"));
}

TEST_F(TlsTest, ImplicitTls) {
  ScriptedServer server(kOffering, {.identity = good, .implicit_tls = true});
  RelaySettings relay = verified(server);
  relay.implicit_tls = true;
  start(relay);
  EXPECT_EQ(deliver().recipients.at(0).verdict, Verdict::delivered);
  EXPECT_EQ(server.count("STARTTLS"), 0);
  EXPECT_EQ(server.count("TLS"), 1);
}

TEST_F(TlsTest, AHostNameIsVerified) {
  ScriptedServer server(kOffering, {.identity = authority.issue({.dns_name = "smtp.example.com"})});
  settings.look_up = [](const std::string&) -> Result<std::vector<std::string>> {
    return std::vector<std::string>{"127.0.0.1"};
  };
  RelaySettings relay = verified(server);
  relay.host = "smtp.example.com.";
  start(relay);
  EXPECT_EQ(deliver().recipients.at(0).verdict, Verdict::delivered);
}

TEST_F(TlsTest, AnotherNameIfToldSo) {
  ScriptedServer server(kOffering, {.identity = authority.issue({.dns_name = "mail.example.org"})});
  RelaySettings relay = verified(server);
  relay.tls_name = "mail.example.org";
  start(relay);
  EXPECT_EQ(deliver().recipients.at(0).verdict, Verdict::delivered);
}

TEST_F(TlsTest, WrongName) {
  EXPECT_THAT(refusal_of(authority.issue({.dns_name = "mail.other.org"})),
              HasSubstr("the certificate is for mail.other.org, not 127.0.0.1"));
}

TEST_F(TlsTest, Expired) {
  EXPECT_THAT(refusal_of(authority.issue({.dns_name = "", .address = "127.0.0.1", .expired = true})),
              HasSubstr("has expired on 2001-01-01T00:00:00.000Z"));
}

TEST_F(TlsTest, SelfSigned) {
  EXPECT_THAT(refusal_of(self_signed({.dns_name = "", .address = "127.0.0.1"})), HasSubstr("self-signed"));
}

TEST_F(TlsTest, UnknownAuthority) {
  const Authority other("Another Authority");
  EXPECT_THAT(refusal_of(other.issue({.dns_name = "", .address = "127.0.0.1"})),
              HasSubstr("is issued by CN=Another Authority, which is not trusted here"));
}

TEST_F(TlsTest, TheServerIsToldWhyToo) {
  ScriptedServer server(kOffering, {.identity = self_signed({.dns_name = "other.example"})});
  start(verified(server));
  deliver();
  server.wait_for("NO TLS");
}

TEST_F(TlsTest, OldProtocolVersionsAlone) {
  ScriptedServer server(kOffering, {.identity = good, .old_tls = true});
  start(verified(server));
  const AttemptResult result = deliver();
  EXPECT_EQ(result.trouble, Trouble::tls);
  EXPECT_THAT(result.trouble_reply.reply, HasSubstr("does not speak TLS 1.2 or later"));
}

TEST_F(TlsTest, WhatIsNoTls) {
  ScriptedServer server(kOffering);  // says 220 to STARTTLS and goes on in plain text
  RelaySettings relay = verified(server);
  relay.attempt_timeout = std::chrono::milliseconds(200);
  start(relay);
  EXPECT_EQ(deliver().trouble, Trouble::tls);
}

TEST_F(TlsTest, BytesBehindTheReplyToStartTlsEndTheSession) {
  ScriptedServer server(ScriptedServer::but(kOffering, "STARTTLS", "220 go\r\n250 injected"), {.identity = good});
  start(verified(server));
  EXPECT_EQ(deliver().trouble, Trouble::tls);
  EXPECT_EQ(server.count("MAIL FROM:<app@example.com>"), 0);
}

TEST_F(TlsTest, AServerThatDoesNotOfferIt) {
  ScriptedServer server;
  start(verified(server));
  const AttemptResult result = deliver();
  EXPECT_EQ(result.trouble, Trouble::tls);
  EXPECT_EQ(server.count("MAIL FROM:<app@example.com>"), 0);
}

TEST_F(TlsTest, AnyCertificateWhereOnlyEncryptionIsAskedFor) {
  ScriptedServer server(kOffering, {.identity = self_signed({.dns_name = "other.example", .expired = true})});
  RelaySettings relay = server.relay();
  relay.tls = TlsLevel::encrypt;
  start(relay);
  EXPECT_EQ(deliver().recipients.at(0).verdict, Verdict::delivered);
  EXPECT_EQ(server.count("TLS"), 1);
}

TEST_F(TlsTest, NoFileOfAuthorities) {
  ScriptedServer server(kOffering, {.identity = good});
  RelaySettings relay = verified(server);
  relay.ca_file = authority.ca_file() + ".missing";
  start(relay);
  const AttemptResult result = deliver();
  EXPECT_EQ(result.trouble, Trouble::tls);
  EXPECT_THAT(result.trouble_reply.reply, HasSubstr("cannot read the certificates of ca_file " + relay.ca_file));
}

TEST_F(TlsTest, TheNextConnectionTakesUpTheSession) {
  ScriptedServer server(kOffering, {.identity = good});
  RelaySettings relay = over(1, verified(server));
  relay.mails_per_connection = 1;
  start(relay);
  deliver_many(3);
  EXPECT_EQ(server.count("TLS"), 3);
  EXPECT_EQ(server.resumed(), 2);
}

TEST_F(TlsTest, ALargeMailArrivesWhole) {
  ScriptedServer server(kOffering, {.identity = good});
  start(verified(server));
  const std::string raw = jobd::testing::large_raw_mail();
  EXPECT_EQ(deliver(jobd::testing::an_attempt_of(1, raw)).recipients.at(0).verdict, Verdict::delivered);
  ASSERT_THAT(server.messages(), SizeIs(1));
  EXPECT_TRUE(server.messages()[0].ends_with(raw));
}

// With or without a close_notify: what had to be said has not been.
TEST_F(TlsTest, AnEndAfterTheDotIsUncertain) {
  ScriptedServer server(ScriptedServer::but(kOffering, ".", ""), {.identity = good});
  start(verified(server));
  EXPECT_EQ(deliver().recipients.at(0).verdict, Verdict::uncertain);
}

class LoginTest : public TlsTest {
 protected:
  // Prints token-1, token-2, ... and so shows how often it has run.
  std::string counting_command() const {
    const std::string runs = folder.file("runs");
    return "n=$(($(cat " + runs + " 2>/dev/null || echo 0)+1)); echo $n >" + runs + "; echo token-$n";
  }
  static std::string xoauth2(const std::string& token) {
    return "AUTH XOAUTH2 " + encode_base64("user=me@example.com\1auth=Bearer " + token + "\1\1");
  }
  RelaySettings as_me(const ScriptedServer& server) const {
    RelaySettings relay = over(1, verified(server));
    relay.username = "me@example.com";
    return relay;
  }

  const jobd::testing::TemporaryFolder folder;
};

TEST_F(LoginTest, WithAPassword) {
  ScriptedServer server(kOffering, {.identity = good});
  RelaySettings relay = as_me(server);
  relay.password_file = folder.write("password", "hunter2\n");
  start(relay);
  EXPECT_EQ(deliver().recipients.at(0).verdict, Verdict::delivered);
  EXPECT_THAT(server.commands(), Contains("AUTH PLAIN " + encode_base64(std::string("\0me@example.com\0hunter2", 23))));
}

TEST_F(LoginTest, ThePasswordIsReadAtEachConnect) {
  ScriptedServer server(kOffering, {.identity = good});
  RelaySettings relay = as_me(server);
  relay.mails_per_connection = 1;
  relay.password_file = folder.write("password", "old");
  start(relay);
  deliver();
  folder.write("password", "new");
  mail->start({an_attempt(2)});
  sink.wait_for(2);
  EXPECT_THAT(server.commands(), Contains("AUTH PLAIN " + encode_base64(std::string("\0me@example.com\0new", 19))));
}

TEST_F(LoginTest, WithoutItsSecretNothingIsSent) {
  ScriptedServer server(kOffering, {.identity = good});
  RelaySettings relay = as_me(server);
  relay.password_file = folder.file("missing");
  start(relay);
  const AttemptResult result = deliver();
  EXPECT_EQ(result.trouble, Trouble::auth);
  EXPECT_THAT(result.trouble_reply.reply, HasSubstr("cannot read the password file " + folder.file("missing")));
  EXPECT_EQ(server.count("MAIL FROM:<app@example.com>"), 0);
}

TEST_F(LoginTest, ThePasswordIsInNoTranscript) {
  ScriptedServer server(kOffering, {.identity = good});
  std::string lines;
  settings.trace = [&](const std::string& line) { lines += line + "\n"; };
  RelaySettings relay = as_me(server);
  relay.password_file = folder.write("password", "hunter2");
  relay.trace = true;
  start(relay);
  deliver();
  mail.reset();
  EXPECT_THAT(lines, AllOf(HasSubstr("> AUTH PLAIN"), Not(HasSubstr("hunter2")),
                           Not(HasSubstr(encode_base64(std::string("\0me@example.com\0hunter2", 23))))));
}

TEST_F(LoginTest, WithATokenOfACommandThatRunsOnce) {
  ScriptedServer server(kOffering, {.identity = good});
  RelaySettings relay = over(3, as_me(server));
  relay.mails_per_connection = 1;
  relay.oauth2_command = counting_command();
  start(relay);
  deliver_many(9);
  EXPECT_EQ(server.count(xoauth2("token-1")), 9);
}

TEST_F(LoginTest, ByOauthbearerWhereItIsOffered) {
  ScriptedServer server(ScriptedServer::offering({"STARTTLS", "AUTH XOAUTH2 OAUTHBEARER"}), {.identity = good});
  RelaySettings relay = as_me(server);
  relay.oauth2_file = folder.write("token", "token\n");
  start(relay);
  EXPECT_EQ(deliver().recipients.at(0).verdict, Verdict::delivered);
  EXPECT_EQ(server.count("AUTH OAUTHBEARER " + encode_base64("n,a=me@example.com,\1auth=Bearer token\1\1")), 1);
}

TEST_F(LoginTest, ARefusedTokenIsRenewed) {
  ScriptedServer server(ScriptedServer::but(kOffering, xoauth2("token-1"), "535 5.7.8 expired"), {.identity = good});
  RelaySettings relay = as_me(server);
  relay.oauth2_command = counting_command();
  start(relay);
  EXPECT_EQ(deliver().recipients.at(0).verdict, Verdict::delivered);
  EXPECT_EQ(server.count(xoauth2("token-2")), 1);
}

// Nothing is gained by a second wrong login, and servers lock accounts out for them.
TEST_F(LoginTest, ARefusedTokenThatStillStandsInItsFileIsNotSentAgain) {
  ScriptedServer server(ScriptedServer::but(kOffering, "AUTH", "535 5.7.8 expired"), {.identity = good});
  RelaySettings relay = as_me(server);
  relay.oauth2_file = folder.write("token", "token\n");
  start(relay);
  const AttemptResult result = deliver();
  EXPECT_EQ(result.trouble, Trouble::auth);
  EXPECT_EQ(result.trouble_reply.smtp_code, 535);
  EXPECT_EQ(server.count(xoauth2("token")), 1);
}

TEST_F(LoginTest, NorWhenTheCommandPrintsItAgain) {
  ScriptedServer server(ScriptedServer::but(kOffering, "AUTH", "535 5.7.8 expired"), {.identity = good});
  RelaySettings relay = as_me(server);
  relay.oauth2_command = "echo >>" + folder.file("runs") + "; echo token";
  start(relay);
  EXPECT_EQ(deliver().trouble, Trouble::auth);
  EXPECT_EQ(server.count(xoauth2("token")), 1);
  EXPECT_EQ(std::filesystem::file_size(folder.file("runs")), 2) << "it is asked for another";
}

TEST_F(LoginTest, ATokenThatSoonExpiresIsFetchedAnew) {
  ScriptedServer server(kOffering, {.identity = good});
  RelaySettings relay = as_me(server);
  relay.mails_per_connection = 1;
  relay.oauth2_command =
      R"(printf '{"access_token":"' && { )" + counting_command() + R"(; } | tr -d '\n' && printf '","expires_in":60}')";
  start(relay);
  deliver_many(2);
  EXPECT_EQ(server.count(xoauth2("token-2")), 1);
}

TEST_F(LoginTest, ACommandThatFails) {
  ScriptedServer server(kOffering, {.identity = good});
  RelaySettings relay = as_me(server);
  relay.oauth2_command = "echo who are you >&2; exit 7";
  start(relay);
  const AttemptResult result = deliver();
  EXPECT_EQ(result.trouble, Trouble::greeting);
  EXPECT_THAT(result.trouble_reply.reply, HasSubstr("oauth2_command ended with exit code 7: who are you"));
}

// The command of one relay is waited for, mail to another goes on.
TEST_F(LoginTest, ASlowCommandKeepsNobodyElseWaiting) {
  ScriptedServer server(kOffering, {.identity = good});
  ScriptedServer other;
  const std::string gate = folder.file("gate");
  RelaySettings relay = as_me(server);
  relay.oauth2_command = "mkfifo " + gate + ".made && mv " + gate + ".made " + gate + " && cat " + gate;
  start({relay, other.relay()});
  mail->start({an_attempt(1)});
  Attempt second = an_attempt(2);
  second.relay = 1;
  mail->start({second});
  EXPECT_EQ(sink.wait_for_one().ref.id, second.ref.id);
  server.wait_for("TLS");
  while (!std::filesystem::exists(gate)) {
  }
  std::ofstream(gate) << "token\n";
  EXPECT_EQ(sink.wait_for(2)[0].recipients.at(0).verdict, Verdict::delivered);
  EXPECT_EQ(server.count(xoauth2("token")), 1);
}

TEST_F(LoginTest, AFileThatEverybodyMayReadIsWarnedOf) {
  ScriptedServer server;
  RelaySettings relay = server.relay();
  relay.password_file = folder.write("password", "hunter2");
  std::filesystem::permissions(relay.password_file, std::filesystem::perms(0644));
  std::vector<std::string> warnings;
  settings.warn = [&](std::string warning) { warnings.push_back(std::move(warning)); };
  start(relay);
  EXPECT_THAT(warnings,
              ElementsAre(StartsWith("relay " + relay.name + ": " + relay.password_file + " holds a secret")));
}

}  // namespace
}  // namespace jobd
