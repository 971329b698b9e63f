// [[relay]], [[route]] and [[domain]]: what is read, refused, printed and made of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/config.h"

namespace jobd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Result<Config> read(const std::string& toml) {
  Config config;
  if (Result<Done> read = read_config(toml, "jobd.toml", config); !read) return std::move(read).error();
  config = with_defaults(std::move(config),
                         {.is_root = true, .home = "", .xdg_state_home = "", .xdg_runtime_dir = "", .host = "box"});
  if (Result<Done> good = check_config(config); !good) return std::move(good).error();
  return config;
}

Config good(const std::string& toml) {
  Result<Config> config = read(toml);
  EXPECT_TRUE(config) << config.error().message;
  return config ? *std::move(config) : Config{};
}

std::string refusal(const std::string& toml) {
  const Result<Config> config = read(toml);
  return config ? "accepted" : config.error().message;
}

RelaySettings settings(const std::string& toml) {
  return relay_settings(relays_of(good(toml))).at(0);
}

RelayRules rules(const std::string& toml) {
  return relay_rules(relays_of(good(toml)), {"default", "maildir:/x", 64, 1, {}, 0, 0});
}

const std::string kRelay = "[[relay]]\nname = 'a'\nurl = 'smtp://mx.example.com'\n";
const std::string kTwo = kRelay + "[[relay]]\nname = 'b'\nurl = 'smtp://b.example.com'\npriority = 10\n";

TEST(Relays, AreReadWithAllTheirKeys) {
  const auto relay = settings(
      "[[relay]]\nname = 'main'\nurl = 'smtps://mx.example.com:2465'\nusername = 'ann'\nauth = 'plain'\n"
      "password_file = '/run/pw'\ntls = 'encrypt'\ntls_name = 'other.example.com'\nca_file = '/ca.pem'\n"
      "connections = 3\nmails_per_connection = 7\nidle_timeout = '1s'\nattempt_timeout = '5m'\nrate = '14/s'\n"
      "recipients = 9\nsize = 1000\nsource_address = '192.0.2.1'\nehlo_name = 'me.example.com'\ntrace = true\n");
  EXPECT_EQ(relay.name, "main");
  EXPECT_EQ(relay.url, "smtps://mx.example.com:2465");
  EXPECT_EQ(relay.host, "mx.example.com");
  EXPECT_EQ(relay.port, 2465);
  EXPECT_TRUE(relay.implicit_tls);
  EXPECT_EQ(relay.tls, TlsLevel::encrypt);
  EXPECT_EQ(relay.tls_name, "other.example.com");
  EXPECT_EQ(relay.username, "ann");
  EXPECT_EQ(relay.auth, AuthMechanism::plain);
  EXPECT_EQ(relay.password_file, "/run/pw");
  EXPECT_EQ(relay.connections, 3U);
  EXPECT_EQ(relay.mails_per_connection, 7U);
  EXPECT_EQ(relay.idle_timeout, seconds(1));
  EXPECT_EQ(relay.attempt_timeout, minutes(5));
  EXPECT_EQ(relay.size_max, 1000U);
  EXPECT_EQ(relay.source_address, "192.0.2.1");
  EXPECT_EQ(relay.ehlo_name, "me.example.com");
  EXPECT_TRUE(relay.trace);
}

TEST(Relays, TlsIsVerifiedUnlessItIsThisMachine) {
  EXPECT_EQ(settings(kRelay).tls, TlsLevel::verify);
  EXPECT_EQ(settings("[[relay]]\nname='a'\nurl='smtp://127.0.0.1'\n").tls, TlsLevel::none);
  EXPECT_EQ(settings("[[relay]]\nname='a'\nurl='smtp://[::1]'\n").tls, TlsLevel::none);
  EXPECT_EQ(settings("[[relay]]\nname='a'\nurl='smtps://localhost'\n").tls, TlsLevel::verify);
  EXPECT_EQ(settings("[[relay]]\nname='a'\nurl='smtp://ann@localhost'\npassword_file='p'\n").tls, TlsLevel::verify)
      << "a login is never plain";
  EXPECT_EQ(settings("[mail]\ntransport = 'smtp://mx.example.com'\n").tls, TlsLevel::verify);
  EXPECT_EQ(settings("[mail]\ntransport = 'smtp://mx.example.com?tls=may'\n").tls, TlsLevel::may);
}

TEST(Relays, ATransportIsShortForOne) {
  const auto relay = settings("[mail]\ntransport = 'smtp://localhost?connections=3'\nehlo_name = 'me'\ntrace = true\n");
  EXPECT_THAT(relay.name, StartsWith("smtp://localhost")) << "as history tells it";
  EXPECT_EQ(relay.host, "localhost");
  EXPECT_EQ(relay.connections, 3U);
  EXPECT_EQ(relay.ehlo_name, "me");
  EXPECT_TRUE(relay.trace);
  EXPECT_TRUE(relays_of(good("[mail]\ntransport = 'simulate:'\n")).relays.empty());
  EXPECT_THAT(refusal("[mail]\ntransport = 'smtp://mx'\n" + kRelay),
              StartsWith("jobd.toml:2:13: mail.transport stands for one relay"));
}

TEST(Relays, AProfileIsFilledInBeforeTheKeysBesideIt) {
  const auto gmail =
      settings("[[relay]]\nrecipients = 20\nname = 'g'\nprofile = 'gmail'\nusername = 'a@b.c'\npassword_file = 'p'\n");
  EXPECT_EQ(gmail.url, "smtp://smtp.gmail.com:587");
  EXPECT_EQ(gmail.tls, TlsLevel::verify);
  const std::string ses = "[[relay]]\nname = 's'\nprofile = 'ses'\nurl = 'smtp://email-smtp.eu-west-1.amazonaws.com'\n";
  EXPECT_EQ(settings(ses).port, 587);
  EXPECT_EQ(rules(ses).relays[0].recipients_max, 50U);
  EXPECT_THAT(rules(ses).relays[0].rates, ElementsAre(Rate{14, seconds(1)}));
  EXPECT_THAT(rules(ses + "rate = ['50/s', '100000/day']\n").relays[0].rates,
              ElementsAre(Rate{50, seconds(1)}, Rate{100'000, hours(24)}));
  EXPECT_THAT(rules(ses + "rate = []\n").relays[0].rates, ElementsAre());
  for (const char* name : {"gmail", "m365", "mailgun"}) {
    EXPECT_EQ(settings("[[relay]]\nname = 'x'\nprofile = '" + std::string(name) + "'\n").port, 587) << name;
  }
  EXPECT_EQ(refusal("[[relay]]\nname = 'x'\nprofile = 'aol'\n"),
            "jobd.toml:3:11: relay.profile must be one of ses, gmail, m365, mailgun");
  EXPECT_THAT(refusal("[[relay]]\nname = 'x'\nprofile = 'ses'\n"), HasSubstr("relay.url is missing"));
}

TEST(Relays, WhatIsWrongIsToldWithItsPlace) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "jobd.toml:1:1: relay.name must be a name"},
      {"name = 'a b'\nurl = 'smtp://mx'", "jobd.toml:2:8: relay.name must be a name"},
      {"name = 'a'", "jobd.toml:1:1: relay.url is missing"},
      {"name = 'a'\nurl = 'maildir:/x'", "jobd.toml:3:7: relay.url is wrong: "},
      {"name = 'a'\nurl = 'smtp://u:secret@mx'", "jobd.toml:3:7: relay.url is wrong: smtp: a URL is no place"},
      {"name = 'a'\nurl = 'smtp://u@mx'\nusername = 'v'", "jobd.toml:4:12: relay.username is another"},
      {"name = 'a'\nurl = 'smtp://mx'\nusername = 'v'", "jobd.toml:4:12: relay.username has no secret"},
      {"name = 'a'\nurl = 'smtp://mx'\npassword_file = 'p'", "jobd.toml:1:1: relay.username is missing"},
      {"name = 'a'\nurl = 'smtp://mx'\nusername = 'v'\npassword_file = 'p'\noauth2_file = 'q'",
       "jobd.toml:6:15: relay.oauth2_file is a second secret"},
      {"name = 'a'\nurl = 'smtp://mx'\nusername = 'v'\npassword_file = 'p'\ntls = 'may'",
       "jobd.toml:6:7: relay.tls must be encrypt or verify where there is a login"},
      {"name = 'a'\nurl = 'smtp://mx'\nusername = 'v'\npassword_file = 'p'\nauth = 'xoauth2'",
       "jobd.toml:6:8: relay.auth needs oauth2_file"},
      {"name = 'a'\nurl = 'smtp://mx'\nusername = 'v'\noauth2_command = 'p'\nauth = 'plain'",
       "jobd.toml:6:8: relay.auth needs password_file"},
      {"name = 'a'\nurl = 'smtp://mx'\nauth = 'md5'", "jobd.toml:4:8: relay.auth must be"},
      {"name = 'a'\nurl = 'smtps://mx'\ntls = 'none'", "jobd.toml:4:7: relay.tls must be encrypt or verify with smtps"},
      {"name = 'a'\nurl = 'smtp://mx'\ntls = 'strong'", "jobd.toml:4:7: relay.tls must be none"},
      {"name = 'a'\nurl = 'smtp://mx'\nrate = ['14/s', 'fast']", "jobd.toml:4:8: relay.rate must be like"},
      {"name = 'a'\nurl = 'smtp://mx'\nrate = 14", "jobd.toml:4:8: relay.rate must be a string or a list of strings"},
      {"name = 'a'\nurl = 'smtp://mx'\nconnections = 0",
       "jobd.toml:4:15: relay.connections must be a whole number from 1"},
      {"name = 'a'\nurl = 'smtp://mx'\ntrace = 'yes'", "jobd.toml:4:9: relay.trace must be true or false"},
      {"name = 'a'\nurl = 'smtp://mx'\nsource_address = 'eth0'", "jobd.toml:4:18: relay.source_address must be an IP"},
      {"name = 'a'\nurl = 'smtp://mx'\npassword = 'x'", "jobd.toml:4:1: unknown key relay.password"},
  };
  for (const auto& [body, message] : cases) {
    const Result<Config> config = read("[[relay]]\n" + body + "\n");
    ASSERT_FALSE(config) << body;
    EXPECT_THAT(config.error().message, StartsWith(message));
    EXPECT_THAT(config.error().message, Not(HasSubstr("secret@")));
  }
  EXPECT_THAT(refusal(kRelay + kRelay), HasSubstr("relay.name is already another relay's"));
  EXPECT_THAT(refusal("[relay]\nname = 'a'\n"), HasSubstr("[[relay]]"));
  EXPECT_THAT(refusal("relay = 5\n"), HasSubstr("[[relay]]"));
}

TEST(Routes, LeadToRelays) {
  const RelayRules made =
      rules(kTwo +
            "[[route]]\nsender = 'Alerts@Example.com'\nrecipient = '.Example.com'\nrelay = 'b'\n"
            "[[route]]\nrelay = ['a', 'b']\n[[domain]]\nname = 'Gmail.com'\nconnections = 2\nrate = '20/min'\n");
  ASSERT_EQ(made.routes.size(), 2U);
  EXPECT_EQ(made.routes[0].sender, "alerts@example.com");
  EXPECT_EQ(made.routes[0].recipient, ".example.com");
  EXPECT_THAT(made.routes[0].relays, ElementsAre(1U));
  EXPECT_THAT(made.routes[1].relays, ElementsAre(0U, 1U));
  EXPECT_EQ(made.relays[1].priority, 10);
  EXPECT_EQ(made.domains[0].name, "gmail.com");
  EXPECT_EQ(made.domains[0].connections, 2U);
  EXPECT_THAT(made.domains[0].rates, ElementsAre(Rate{20, minutes(1)}));
}

TEST(Routes, WithoutAnyAllMailGoesToAllRelays) {
  EXPECT_THAT(rules(kTwo).routes.at(0).relays, ElementsAre(0U, 1U));
  EXPECT_THAT(rules("").routes.at(0).relays, ElementsAre(0U)) << "maildir";
  EXPECT_EQ(rules("").relays.at(0).connections, 64U);
}

TEST(Routes, WhereOtherMailGoesIsSaidAndNotGuessed) {
  EXPECT_THAT(refusal(kTwo + "[[route]]\nrecipient = 'x.org'\nrelay = 'b'\n"), HasSubstr("where all other mail goes"));
  EXPECT_EQ(refusal(kRelay + "[[route]]\nrecipient = 'x.org'\nrelay = 'a'\n"), "accepted") << "there is but one";
}

TEST(Routes, WhatIsWrongIsToldWithItsPlace) {
  const std::string all = "[[route]]\nrelay = 'a'\n";
  EXPECT_THAT(refusal(kRelay + "[[route]]\nrelay = 'c'\n"),
              StartsWith("jobd.toml:5:9: route.relay names no [[relay]]"));
  EXPECT_THAT(refusal(kRelay + "[[route]]\nrelay = ['a', 'a']\n"), HasSubstr("twice"));
  EXPECT_THAT(refusal(kRelay + "[[route]]\nsender = 'a b'\nrelay = 'a'\n"), StartsWith("jobd.toml:5:10: route.sender"));
  EXPECT_THAT(refusal(kRelay + "[[route]]\nsender = 'x.org'\n"), HasSubstr("route.relay is missing"));
  EXPECT_THAT(refusal(kRelay + all + all), HasSubstr("is never reached"));
  EXPECT_THAT(refusal(kRelay + "[[route]]\nsender='x.org'\nrelay='a'\n[[route]]\nsender='x.org'\nrelay='a'\n"),
              HasSubstr("one before it asks the same"));
  EXPECT_THAT(refusal(all), StartsWith("jobd.toml:2:9: route.relay names no [[relay]]"));
  EXPECT_THAT(refusal("[[domain]]\nname = '@x.org'\n"), StartsWith("jobd.toml:2:8: domain.name"));
  EXPECT_THAT(refusal("[[domain]]\nname = 'x.org'\n[[domain]]\nname = 'X.org'\n"), HasSubstr("twice"));
  EXPECT_THAT(refusal(kRelay + "[[route]]\nsender = '\"a domain=x.org\"@b.org'\nrelay = 'a'\n"),
              HasSubstr("route.sender"));
}

TEST(Routes, DomainsOutsideAsciiAreOneNameInBothTheirForms) {
  const RelayRules made =
      rules(kTwo +
            "[[route]]\nsender = 'Ann@München.de'\nrecipient = '.MÜNCHEN.de'\nrelay = 'b'\n[[route]]\nrelay = 'a'\n"
            "[[domain]]\nname = 'MÜNCHEN.de'\n[[domain]]\nname = 'XN--strae-oqa.de'\n");
  EXPECT_EQ(made.routes[0].sender, "ann@xn--mnchen-3ya.de");
  EXPECT_EQ(made.routes[0].recipient, ".xn--mnchen-3ya.de");
  EXPECT_EQ(made.domains[0].name, "xn--mnchen-3ya.de");
  EXPECT_EQ(made.domains[1].name, "xn--strae-oqa.de");
  const auto told = settings(kRelay + "ehlo_name = 'BÜCHER.example'\ntls_name = 'Bücher.example'\n");
  EXPECT_EQ(told.ehlo_name, "xn--bcher-kva.example");
  EXPECT_EQ(told.tls_name, "xn--bcher-kva.example");
  EXPECT_THAT(refusal("[[domain]]\nname = 'münchen.de'\n[[domain]]\nname = 'xn--mnchen-3ya.de'\n"),
              StartsWith("jobd.toml:4:8: domain.name is there twice"));
  EXPECT_THAT(refusal(kRelay + "[[route]]\nsender='münchen.de'\nrelay='a'\n"
                               "[[route]]\nsender='XN--mnchen-3ya.de'\nrelay='a'\n"),
              HasSubstr("one before it asks the same"));
  EXPECT_THAT(refusal("[[domain]]\nname = 'xn--\u00fc.de'\n"),
              StartsWith("jobd.toml:2:8: domain.name must be a domain"));
  for (const char* pattern : {"xn--\u00fc.de", ".xn--\u00fc.de", "ann@xn--\u00fc.de"}) {
    EXPECT_THAT(refusal(kRelay + "[[route]]\nsender = '" + pattern + "'\nrelay = 'a'\n"),
                StartsWith("jobd.toml:5:10: route.sender"));
  }
}

TEST(Routes, MakeNoMoreLanesThanAStoreCanKeepApart) {
  std::string toml = kRelay;
  for (int i = 0; i < 64; ++i) {
    const std::string name = std::to_string(i) + ".org'\n";
    toml += "[[route]]\nsender = 's" + name + "relay = 'a'\n[[domain]]\nname = 'd" + name;
  }
  EXPECT_THAT(refusal(toml),
              StartsWith("jobd.toml:322:1: domain is one too many: (routes + 1) * (domains + 1) must be"));
}

TEST(Relays, WhatIsPrintedReadsBackAndTellsNoSecret) {
  const Config config = good(
      "[[relay]]\nname = 's'\nprofile = 'ses'\nurl = 'smtp://u@ses.example.com'\npassword_file = '/p'\n"
      "[[route]]\nrelay = 's'\n[[domain]]\nname = 'gmail.com'\nrate = '1/s'\n");
  const std::string printed = print_config(config);
  EXPECT_THAT(printed, HasSubstr("username = \"u\"\n"));
  EXPECT_THAT(printed, HasSubstr("rate = [\"14/s\"]\n"));
  EXPECT_THAT(printed, Not(HasSubstr("transport")));
  const Config back = good(printed);
  EXPECT_EQ(print_config(back), printed);
  EXPECT_EQ(settings(printed).port, 587);
}

TEST(Relays, OneOfThemCanBeTraced) {
  Config config = good(kTwo);
  EXPECT_TRUE(trace_relay(config, "b"));
  EXPECT_FALSE(relay_settings(relays_of(config))[0].trace);
  EXPECT_TRUE(relay_settings(relays_of(config))[1].trace);
  EXPECT_FALSE(trace_relay(config, "c"));
  Config plain = good("[mail]\ntransport = 'smtp://mx'\n");
  EXPECT_TRUE(trace_relay(plain, "default"));
  EXPECT_TRUE(relay_settings(relays_of(plain))[0].trace);
}

}  // namespace
}  // namespace jobd
