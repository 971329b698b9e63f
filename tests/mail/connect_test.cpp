// Connecting: which addresses are tried, and what is said when none answers.
#include "daemon/mail/smtp/connect.h"

#include <gmock/gmock.h>

#include "tests/mail/smtp_fixture.h"

namespace jobd {
namespace {

using jobd::testing::ScriptedServer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(Addresses, TheFamiliesInTurn) {
  EXPECT_THAT(smtp::in_turn({"2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2"}, ""),
              ElementsAre("2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2"));
  EXPECT_THAT(smtp::in_turn({"192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1"}, ""),
              ElementsAre("192.0.2.1", "2001:db8::1", "192.0.2.2", "192.0.2.3"));
  EXPECT_THAT(smtp::in_turn({"mx.example.com", ""}, ""), IsEmpty());
}

TEST(Addresses, OnlyThoseOfTheSource) {
  EXPECT_THAT(smtp::in_turn({"2001:db8::1", "192.0.2.1"}, "198.51.100.1"), ElementsAre("192.0.2.1"));
  EXPECT_THAT(smtp::in_turn({"2001:db8::1", "192.0.2.1"}, "2001:db8::9"), ElementsAre("2001:db8::1"));
}

TEST(Addresses, NotTooMany) {
  std::vector<std::string> many;
  for (int i = 1; i <= 50; ++i) many.push_back("192.0.2." + std::to_string(i));
  EXPECT_THAT(smtp::in_turn(many, ""), SizeIs(smtp::Connector::kAddressesMax));
}

class ConnectTest : public jobd::testing::SmtpFixture {
 protected:
  // A relay of that name at these addresses.
  RelaySettings named(const ScriptedServer& server, std::vector<std::string> addresses) {
    settings.look_up = [addresses = std::move(addresses)](const std::string&) -> Result<std::vector<std::string>> {
      return addresses;
    };
    RelaySettings relay = server.relay();
    relay.host = "smtp.example.com";
    return relay;
  }
};

TEST_F(ConnectTest, TheNextAddressWhenTheFirstRefuses) {
  ScriptedServer server;  // on 127.0.0.1 alone
  start(named(server, {"127.0.0.2", "127.0.0.3", "127.0.0.1"}));
  EXPECT_EQ(deliver().recipients.at(0).verdict, Verdict::delivered);
}

TEST_F(ConnectTest, TheOtherFamilyWhenTheFirstRefuses) {
  ScriptedServer server;
  start(named(server, {"::1", "127.0.0.1"}));
  EXPECT_EQ(deliver().recipients.at(0).verdict, Verdict::delivered);
}

TEST_F(ConnectTest, EveryFailureIsTold) {
  ScriptedServer server;
  const RelaySettings relay = named(server, {"127.0.0.2", "127.0.0.3"});
  start(relay);
  const AttemptResult result = deliver();
  EXPECT_EQ(result.trouble, Trouble::connect);
  const std::string port = std::to_string(relay.port);
  EXPECT_EQ(result.trouble_reply.reply, "cannot connect to smtp.example.com: 127.0.0.2:" + port +
                                            ": Connection refused; 127.0.0.3:" + port + ": Connection refused");
}

TEST_F(ConnectTest, ASingleAddressOfAName) {
  ScriptedServer server;
  start(named(server, {"127.0.0.2"}));
  EXPECT_THAT(deliver().trouble_reply.reply, StartsWith("cannot connect to smtp.example.com at 127.0.0.2:"));
}

TEST_F(ConnectTest, TheNameIsLookedUpAtEachConnect) {
  ScriptedServer server;
  RelaySettings relay = named(server, {});
  int asked = 0;
  settings.look_up = [&asked](const std::string& host) -> Result<std::vector<std::string>> {
    EXPECT_EQ(host, "smtp.example.com");
    if (++asked == 1) return Error{Code::unavailable, "not today"};
    return std::vector<std::string>{"127.0.0.1"};
  };
  start(relay);
  mail->start({jobd::testing::an_attempt(1)});
  EXPECT_EQ(sink.wait_for_one().trouble, Trouble::resolve);
  EXPECT_EQ(sink.wait_for_one().trouble_reply.reply, "cannot look up smtp.example.com: not today");
  mail->start({jobd::testing::an_attempt(2)});
  EXPECT_EQ(sink.wait_for(2)[1].recipients.at(0).verdict, Verdict::delivered);
}

TEST_F(ConnectTest, ANameWithoutAddress) {
  ScriptedServer server;
  start(named(server, {}));
  const AttemptResult result = deliver();
  EXPECT_EQ(result.trouble, Trouble::resolve);
  EXPECT_EQ(result.trouble_reply.reply, "cannot look up smtp.example.com: it has no address");
}

TEST_F(ConnectTest, FromTheSourceAddress) {
  ScriptedServer server;
  RelaySettings relay = named(server, {"::1", "127.0.0.1"});
  relay.source_address = "127.0.0.9";
  start(relay);
  EXPECT_EQ(deliver().recipients.at(0).verdict, Verdict::delivered);
  EXPECT_THAT(server.peers(), ElementsAre("127.0.0.9"));
}

TEST_F(ConnectTest, ASourceThatIsNotOurs) {
  ScriptedServer server;
  RelaySettings relay = named(server, {"127.0.0.1"});
  relay.source_address = "192.0.2.1";
  start(relay);
  const AttemptResult result = deliver();
  EXPECT_EQ(result.trouble, Trouble::connect);
  EXPECT_THAT(result.trouble_reply.reply, ::testing::HasSubstr("Cannot assign requested address"));
}

TEST_F(ConnectTest, NoAddressOfTheSourcesFamily) {
  ScriptedServer server;
  RelaySettings relay = named(server, {"::1"});
  relay.source_address = "127.0.0.1";
  start(relay);
  EXPECT_THAT(deliver().trouble_reply.reply, ::testing::EndsWith("from 127.0.0.1: it has no address of that family"));
}

}  // namespace
}  // namespace jobd
