// What is printed is in force, and is the same configuration when it is read again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/config.h"

namespace jobd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kLocal = "localhost";

Config good(const std::string& toml) {
  Config config;
  const Result<Done> read = read_config(toml, "jobd.toml", config);
  EXPECT_TRUE(read) << read.error().message;
  config = with_defaults(std::move(config),
                         {.is_root = true, .home = "", .xdg_state_home = "", .xdg_runtime_dir = "", .host = "box"});
  const Result<Done> checked = check_config(config);
  EXPECT_TRUE(checked) << checked.error().message << "\n" << toml;
  return config;
}

// Another machine's defaults would show in what was not printed.
std::string printed_again(const std::string& printed) {
  Config config;
  EXPECT_TRUE(read_config(printed, "jobd.toml", config)) << printed;
  return print_config(
      with_defaults(std::move(config),
                    {.is_root = false, .home = "/u", .xdg_state_home = "", .xdg_runtime_dir = "/r", .host = "other"}));
}

RelaySettings settings(const std::string& toml) {
  return relay_settings(relays_of(good(toml))).at(0);
}

RelayRule rule(const std::string& toml) {
  return relay_rules(relays_of(good(toml)), {"default", "maildir:/x", 64, 1, {}, 0, 0}).relays.at(0);
}

TEST(PrintConfig, HasEveryRelaysUrlWithThePortInForce) {
  const std::string login = "username = 'u'\npassword_file = '/p'\n";
  const std::string ses = "profile = 'ses'\nurl = 'smtp://ses.example.com'\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {ses, "smtp://ses.example.com:587"},
      {"profile = 'ses'\nurl = 'smtps://ses.example.com?connections=7&tls=encrypt'\n", "smtps://ses.example.com:465"},
      {ses + login + "rate = []\nrecipients = 3\nsize = 5\nconnections = 1\n", "smtp://ses.example.com:587"},
      {"profile = 'gmail'\n", "smtp://smtp.gmail.com:587"},
      {"profile = 'gmail'\nrate = ['1/s']\n" + login, "smtp://smtp.gmail.com:587"},
      {"profile = 'm365'\n", "smtp://smtp.office365.com:587"},
      {"profile = 'm365'\nurl = 'smtp://here:2525'\ntls = 'encrypt'\n", "smtp://here:2525"},
      {"profile = 'mailgun'\n", "smtp://smtp.mailgun.org:587"},
      {"profile = 'mailgun'\nurl = 'smtp://smtp.eu.mailgun.org'\n" + login, "smtp://smtp.eu.mailgun.org:587"},
      {"url = 'smtp://mx_1'\n", "smtp://mx_1:25"},
      {"url = 'smtp://localhost?connections=7&tls=may'\n", "smtp://" + kLocal + ":25"},
      {"url = 'smtps://u@[2001:db8::1]/'\noauth2_command = \"a\\nb \\\"c\\\" \\\\ 'd'\\t\\u007f\"\n",
       "smtps://[2001:db8::1]:465"},
      {"url = 'smtp://BÜCHER.example.'\ntls_name = 'Bücher.example'\n", "smtp://xn--bcher-kva.example.:25"},
  };
  for (const auto& [body, url] : cases) {
    SCOPED_TRACE(body);
    const std::string toml = "[[relay]]\nname = 'a'\n" + body;
    const std::string printed = print_config(good(toml));
    EXPECT_THAT(printed, HasSubstr("\nurl = \"" + url + "\"\n"));
    EXPECT_EQ(printed_again(printed), printed);
    const RelaySettings before = settings(toml);
    const RelaySettings after = settings(printed);
    EXPECT_EQ(before.url, url);
    EXPECT_EQ(after.url, url);
    EXPECT_EQ(std::pair(after.host, after.port), std::pair(before.host, before.port));
    EXPECT_EQ(std::pair(after.tls, after.implicit_tls), std::pair(before.tls, before.implicit_tls));
    EXPECT_EQ(std::pair(after.username, after.connections), std::pair(before.username, before.connections));
    EXPECT_EQ(after.oauth2_command, before.oauth2_command);
    EXPECT_EQ(rule(printed).rates, rule(toml).rates);
  }
}

TEST(PrintConfig, WhatAUrlSaysGoesBeforeTheProfileAndIsInForce) {
  const std::string toml =
      "[[relay]]\nname = 'a'\nprofile = 'ses'\nurl = 'smtp://u@ses.example.com?connections=7&tls=encrypt'\n"
      "password_file = '/p'\n";
  EXPECT_EQ(settings(toml).tls, TlsLevel::encrypt);
  EXPECT_EQ(settings(toml).connections, 7U);
  const std::string printed = print_config(good(toml));
  EXPECT_THAT(printed, HasSubstr("\ntls = \"encrypt\"\n"));
  EXPECT_THAT(printed, HasSubstr("\nconnections = 7\n"));
  EXPECT_THAT(printed, HasSubstr("\nusername = \"u\"\n"));
}

TEST(PrintConfig, HasATransportAsTheRelayThatItIs) {
  const std::string toml =
      "[mail]\ntransport = 'smtp://localhost?connections=3'\ntrace = true\n"
      "[[route]]\nrelay = 'default'\n[[domain]]\nname = 'x.org'\n";
  const std::string printed = print_config(good(toml));
  EXPECT_THAT(printed, HasSubstr("name = \"default\"\nprofile = \"\"\nurl = \"smtp://" + kLocal + ":25\"\n"));
  EXPECT_THAT(printed, HasSubstr("\ntls = \"none\"\n"));
  EXPECT_THAT(printed, Not(HasSubstr("transport")));
  EXPECT_EQ(printed_again(printed), printed);
  EXPECT_EQ(settings(printed).name, settings(toml).name) << "as history tells it";
  EXPECT_EQ(settings(printed).connections, 3U);
  EXPECT_TRUE(settings(printed).trace);
}

TEST(PrintConfig, IsTheSameOnAnotherMachine) {
  for (const char* toml : {"", "[mail]\ntransport = 'simulate:?fail=0.3'\nmessage_id_domain = 'München.de'\n",
                           "[daemon]\nstate_dir = '/s//'\n[retry]\njitter = 0.00001\ninitial = '1ms'\n"}) {
    const std::string printed = print_config(good(toml));
    EXPECT_EQ(printed_again(printed), printed);
  }
}

}  // namespace
}  // namespace jobd
