// tls = "may" over real sockets: what follows a handshake that fails.
#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <memory>

#include "daemon/mail/smtp/relay_access.h"
#include "tests/mail/certificates.h"
#include "tests/mail/smtp_fixture.h"

namespace jobd {
namespace {

using jobd::testing::an_attempt;
using jobd::testing::over;
using jobd::testing::ScriptedServer;
using smtp::Outcome;
using smtp::RelayAccess;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const ScriptedServer::Script kOffering = ScriptedServer::offering({"STARTTLS", "AUTH PLAIN LOGIN"});

class PlainTextMayBe : public jobd::testing::SmtpFixture {
 protected:
  static RelaySettings may(const ScriptedServer& server) {
    RelaySettings relay = server.relay();
    relay.tls = TlsLevel::may;
    return relay;
  }

  const jobd::testing::Authority authority;
  const jobd::testing::Identity good = authority.issue({.dns_name = "localhost", .address = "127.0.0.1"});
};

TEST_F(PlainTextMayBe, FollowsAHandshakeThatFails) {
  ScriptedServer server(kOffering, {.identity = good, .old_tls = true});
  start(over(1, may(server)));
  for (std::size_t n = 1; n <= 2; ++n) {
    mail->start({an_attempt(static_cast<int>(n))});
    EXPECT_EQ(sink.wait_for(n).back().trouble, std::nullopt);
  }
  EXPECT_THAT(server.messages(), SizeIs(2));
  EXPECT_EQ(server.count("CONNECT"), 2);
  EXPECT_EQ(server.count("STARTTLS"), 1);
}

TEST_F(PlainTextMayBe, ThatTlsFailsIsRememberedForTheNextConnection) {
  ScriptedServer server(kOffering, {.identity = good, .old_tls = true});
  RelaySettings relay = over(1, may(server));
  relay.mails_per_connection = 1;
  start(relay);
  deliver_many(5);
  EXPECT_EQ(server.count("STARTTLS"), 1);
}

TEST_F(PlainTextMayBe, HandshakesThatFailSideBySideCostNoMailAnything) {
  ScriptedServer server(kOffering, {.identity = good, .old_tls = true});
  start(over(4, may(server)));
  deliver_many(20);
  EXPECT_THAT(server.messages(), SizeIs(20));
}

TEST_F(PlainTextMayBe, ThatItIsIsToldOnce) {
  std::vector<std::string> told;  // on the mail thread, before the first result
  settings.warn = [&told](const std::string& line) { told.push_back(line); };
  ScriptedServer server(kOffering, {.identity = good, .old_tls = true});
  RelaySettings relay = over(4, may(server));
  relay.name = "ses";
  start(relay);
  deliver_many(20);
  mail.reset();
  EXPECT_THAT(told,
              ElementsAre(AllOf(StartsWith("relay ses: "), HasSubstr("TLS"), HasSubstr("plain text for ten minutes"))));
}

// The fault is ours, and says nothing about the server's TLS.
TEST_F(PlainTextMayBe, NotForACaFileThatCannotBeRead) {
  ScriptedServer server(kOffering, {.identity = good});
  RelaySettings relay = may(server);
  relay.ca_file = "/nonexistent/roots.pem";
  start(relay);
  const AttemptResult result = deliver();
  EXPECT_EQ(result.trouble, Trouble::tls);
  EXPECT_THAT(result.trouble_reply.reply, HasSubstr("ca_file /nonexistent/roots.pem"));
  EXPECT_THAT(server.messages(), SizeIs(0));
  EXPECT_EQ(server.count("CONNECT"), 1);
}

// Nor is a connection that is lost, or into which somebody speaks, a handshake that fails.
TEST_F(PlainTextMayBe, NotForWhatElseHappensToTheConnection) {
  for (const char* answer : {"", "220 go ahead\r\n250 injected"}) {
    ScriptedServer server(ScriptedServer::but(kOffering, "STARTTLS", answer), {.identity = good});
    jobd::testing::CollectingSink own;
    settings.relays = {may(server)};
    const auto thread = std::move(*MailThread::start(settings, own, clock));
    thread->start({an_attempt(1)});
    EXPECT_EQ(own.wait_for_one().trouble, Trouble::tls) << answer;
    EXPECT_THAT(server.messages(), SizeIs(0));
    EXPECT_EQ(server.count("CONNECT"), 1);
  }
}

class PlainTextFor : public PlainTextMayBe {
 protected:
  bool is_tls_left(Moment at) { return access.terms(at).tls_is_broken; }
  static RelaySettings with_may() {
    RelaySettings relay;
    relay.host = "localhost";
    relay.tls = TlsLevel::may;
    return relay;
  }
  static Outcome trouble_with_tls(int code, bool handshake) {
    Outcome outcome;
    outcome.trouble = Trouble::tls;
    outcome.trouble_reply.smtp_code = code;
    outcome.handshake_failed = handshake;
    return outcome;
  }

  RelayAccess access{with_may(), {std::make_shared<boost::asio::io_context>(1), sink, clock, "example.com"}};
  const Moment now{std::chrono::hours(1)};
};

TEST_F(PlainTextFor, TenMinutes) {
  EXPECT_FALSE(is_tls_left(now));
  EXPECT_TRUE(access.goes_on_in_plain(trouble_with_tls(0, true), now));
  EXPECT_TRUE(is_tls_left(now + RelayAccess::kPlainFor - std::chrono::milliseconds(1)));
  EXPECT_FALSE(is_tls_left(now + RelayAccess::kPlainFor));
}

TEST_F(PlainTextFor, NoLongerThanTheServerPutsUpWithIt) {
  access.goes_on_in_plain(trouble_with_tls(0, true), now);
  EXPECT_FALSE(access.goes_on_in_plain(trouble_with_tls(530, false), now));
  EXPECT_FALSE(is_tls_left(now));
}

// A connection lost while hands were shaken.
TEST_F(PlainTextFor, NothingWithoutAHandshakeThatFailed) {
  EXPECT_FALSE(access.goes_on_in_plain(trouble_with_tls(0, false), now));
  EXPECT_FALSE(is_tls_left(now));
}

// Trouble of the same name, and nothing to try again at once.
TEST_F(PlainTextMayBe, AServerThatInsistsOnTheTlsThatFailsIsNotAskedForEver) {
  ScriptedServer server(ScriptedServer::but(kOffering, "MAIL", "530 5.7.0 Must issue a STARTTLS command first"),
                        {.identity = good, .old_tls = true});
  start(may(server));
  EXPECT_EQ(deliver().trouble, Trouble::tls);
  EXPECT_EQ(server.count("CONNECT"), 2);
}

// The configuration allows no such relay; this is the second bolt.
TEST_F(PlainTextMayBe, NoPasswordFollowsAHandshakeThatFails) {
  ScriptedServer server(kOffering, {.identity = good, .old_tls = true});
  RelaySettings relay = may(server);
  relay.username = "me";
  relay.password_file = authority.ca_file();
  start(relay);
  const AttemptResult result = deliver();
  EXPECT_EQ(result.trouble, Trouble::auth);
  EXPECT_THAT(result.trouble_reply.reply, HasSubstr("not encrypted, and no password or token goes over it"));
  EXPECT_THAT(server.commands(), Not(Contains(StartsWith("AUTH"))));
}

TEST_F(PlainTextMayBe, NoPlainTextFollowsOnAPortThatIsAllTls) {
  ScriptedServer server(kOffering, {.identity = good, .implicit_tls = true, .old_tls = true});
  RelaySettings relay = may(server);
  relay.implicit_tls = true;
  start(relay);
  EXPECT_EQ(deliver().trouble, Trouble::tls);
  EXPECT_EQ(server.count("CONNECT"), 1);
}

}  // namespace
}  // namespace jobd
