// tls = "may" over real sockets: what follows a handshake that fails.
#include <gmock/gmock.h>

#include "tests/mail/certificates.h"
#include "tests/mail/smtp_fixture.h"

namespace jobd {
namespace {

using jobd::testing::an_attempt;
using jobd::testing::over;
using jobd::testing::ScriptedServer;
using ::testing::Contains;
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
