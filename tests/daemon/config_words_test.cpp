// What a wrong configuration is told: where, and what to do. Each error, in its words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/config.h"

namespace jobd {
namespace {

using ::testing::StartsWith;

using Cases = std::vector<std::pair<std::string, std::string>>;

const std::string kLoopback = "127.0.0.1";
const std::string kNoHost = "no host can have the name ";
const std::string kNoSecret =
    "relay.username has no secret; a [[relay]] says where it is, in password_file, oauth2_file or oauth2_command";

Config with_all(Config config, const std::string& runtime_dir = "") {
  return with_defaults(
      std::move(config),
      {.is_root = false, .home = "/home/u", .xdg_state_home = "", .xdg_runtime_dir = runtime_dir, .host = "box"});
}

std::string refusal(const std::string& toml) {
  Config config;
  if (const Result<Done> read = read_config(toml, "F", config); !read) return read.error().message;
  const Result<Done> good = check_config(with_all(std::move(config)));
  return good ? "accepted" : good.error().message;
}

TEST(ConfigWords, OfTheFile) {
  const Cases cases = {
      {"[daemon", "F:1:8: Error while parsing table header: encountered end-of-file"},
      {"[Daemon]",
       "F:1:2: unknown section Daemon; there are [daemon], [http], [store], [mail], [retry], [limits], [[relay]], "
       "[[route]] and [[domain]]"},
      {"[http]\nport = 1", "F:2:1: unknown key http.port; there are listen, hosts"},
      {"[[route]]\nto = 'a'", "F:2:1: unknown key route.to; there are sender, recipient, relay"},
      {"daemon = 5", "F:1:10: daemon must be a section, [daemon]"},
      {"[relay]", "F:1:1: relay must be written as a list of sections, [[relay]]"},
  };
  for (const auto& [toml, message] : cases) EXPECT_EQ(refusal(toml), message) << toml;
}

TEST(ConfigWords, OfValues) {
  const Cases cases = {
      {"[daemon]\nsocket = 5", "F:2:10: daemon.socket must be a string, in quotes"},
      {"[daemon]\nsocket = \"/a\\u0000b\"", "F:2:10: daemon.socket must not have a NUL character"},
      {"[http]\nhosts = 5", "F:2:9: http.hosts must be a string or a list of strings"},
      {"[http]\nhosts = ['a', 5]", "F:2:9: http.hosts must be a string or a list of strings"},
      {"[http]\nhosts = [\"a\\u0000\"]", "F:2:9: http.hosts must not have a NUL character"},
      {"[daemon]\nshutdown_grace = 5",
       R"(F:2:18: daemon.shutdown_grace must be a duration in quotes, like "90s", "15m", "4h" or "3d")"},
      {"[daemon]\nshutdown_grace = '367d'", "F:2:18: daemon.shutdown_grace must be from 0s to 366d"},
      {"[retry]\nmax_attempts = 1.5", "F:2:16: retry.max_attempts must be a whole number from 1 to 100"},
      {"[limits]\nrecipients = '5'", "F:2:14: limits.recipients must be a whole number from 1 to 100000"},
      {"[limits]\nmin_free_space = -1",
       "F:2:18: limits.min_free_space must be a whole number from 0 to 1000000000000000"},
      {"[retry]\njitter = 2", "F:2:10: retry.jitter must be a number from 0 to 1"},
      {"[mail]\ntrace = 1", "F:2:9: mail.trace must be true or false"},
  };
  for (const auto& [toml, message] : cases) EXPECT_EQ(refusal(toml), message) << toml;
}

TEST(ConfigWords, OfTheDaemon) {
  const std::string path(108, 'x');
  const Cases cases = {
      {"[daemon]\nsocket = '" + path + "'",
       "F:2:10: daemon.socket must be a path of at most 107 bytes; this one has 108: " + path},
      {"[daemon]\nsocket = '" + path.substr(1) + "'", "accepted"},
      {"[daemon]\nsocket = '/run/'", "F:2:10: daemon.socket must name a file, not a folder: /run/"},
      {"[daemon]\nsocket_mode = '999'", R"(F:2:15: daemon.socket_mode must be an octal mode like "0660")"},
      {"[daemon]\nlog_level = 'loud'", "F:2:13: daemon.log_level must be one of trace, debug, info, warn, error, off"},
      {"[http]\nlisten = '127.0.0.1'",
       "F:2:10: http.listen must be an address and a port like \"" + kLoopback + ":8025\""},
      {"[http]\nlisten = '0.0.0.0:80'",
       "F:2:10: http.listen must be a loopback address: jobd knows no passwords on HTTP; let a proxy that does listen "
       "to others"},
      {"[http]\nhosts = ['a/b']",
       R"(F:2:9: http.hosts must be names as a Host has them, like "mail.example.com:8025")"},
      {"[store]\nurl = 'mysql:x'", "F:2:7: store.url must be sqlite:PATH or memory:"},
      {"[retry]\nmax = '1s'", "F:2:7: retry.max is 1s; it must not be less than retry.initial, 2m"},
      {"\n[retry]\ninitial = '5h'", "F:2:1: retry.max is 4h; it must not be less than retry.initial, 5h"},
  };
  for (const auto& [toml, message] : cases) EXPECT_EQ(refusal(toml), message) << toml;
}

TEST(ConfigWords, OfMail) {
  const Cases cases = {
      {"from = 'ann'", "mail.from has no @ and domain; give an address like user@example.com"},
      {"message_id_domain = 'a b'", R"(mail.message_id_domain must be a domain, like "example.com")"},
      {"ehlo_name = 'a b'", R"(mail.ehlo_name must be a host name, like "mail.example.com")"},
      {"redirect_all_to = 'qa'", R"(mail.redirect_all_to must be an address, like "qa@example.com")"},
      {"allow_recipients = ['qa']",
       R"(mail.allow_recipients must be addresses and domains, like ["ann@example.com", "@example.org"])"},
      {"transport = 'maildir:'", "mail.transport is wrong: maildir: names no folder; write maildir:/path/to/folder"},
      {"transport = 'smtp://mx:0'",
       R"(mail.transport is wrong: smtp: ":0" after the host is no port; a port is 1 to 65535)"},
      {"transport = 'smtp://mx/in'", "mail.transport: relay.url is wrong: " + kNoHost + R"("mx/in")"},
      {"transport = 'smtp://ann@mx'", "mail.transport: " + kNoSecret},
      {"transport = 'smtps://mx?tls=may'", "mail.transport: relay.tls must be encrypt or verify with smtps:"},
      {"transport = 'smtp://mx'\n[[relay]]\nname = 'a'\nurl = 'smtp://mx'",
       "mail.transport stands for one relay; with [[relay]] sections leave it out"},
  };
  for (const auto& [line, message] : cases) {
    const std::string column = std::to_string(line.find("= ") + 3);
    EXPECT_EQ(refusal("[mail]\n" + line), "F:2:" + column + ": " + message) << line;
  }
}

TEST(ConfigWords, OfARelay) {
  const std::string login = "username = 'v'\npassword_file = 'p'\n";
  const std::string where = "url = 'smtp://mx'\n";
  const Cases cases = {
      {"name = 'a b'", "3:8: relay.name must be a name of letters, digits, dots, hyphens and underscores"},
      {"name = 'a'", R"(2:1: relay.url is missing; it says where the relay is, like "smtp://HOST:PORT")"},
      {"name = 'a'\nprofile = 'aol'", "4:11: relay.profile must be one of ses, gmail, m365, mailgun"},
      {"name = 'a'\nurl = 'maildir:/x'", "4:7: relay.url is wrong: write smtp://HOST:PORT or smtps://HOST:PORT"},
      {"name = 'a'\nurl = 'smtp://a..b'", "4:7: relay.url is wrong: " + kNoHost + R"("a..b")"},
      {"name = 'a'\nurl = 'smtp://[1:2]'", "4:7: relay.url is wrong: " + kNoHost + R"("1:2")"},
      {"name = 'a'\nurl = 'smtp://my_mx.'", "accepted"},
      {"name = 'a'\nurl = 'smtp://[fe80::1%eth0]'", "accepted"},
      {"name = 'a'\nurl = 'smtp://u@mx'\n" + login,
       "5:12: relay.username is another than the one in the url; leave one of them out"},
      {"name = 'a'\nurl = 'smtp://mx?tls=may'\ntls = 'none'",
       "5:7: relay.tls is another than the one in the url; leave one of them out"},
      {"name = 'a'\n" + where + "username = 'v'", "5:12: " + kNoSecret},
      {"name = 'a'\n" + where + "password_file = 'p'", "2:1: relay.username is missing; it says who the secret is of"},
      {"name = 'a'\n" + where + login + "oauth2_file = 'q'",
       "7:15: relay.oauth2_file is a second secret; keep one of password_file, oauth2_file and oauth2_command"},
      {"name = 'a'\n" + where + "username = 'v'\noauth2_command = 'p'\noauth2_file = 'q'",
       "6:18: relay.oauth2_command is a second secret; keep one of password_file, oauth2_file and oauth2_command"},
      {"name = 'a'\n" + where + login + "tls = 'none'",
       "7:7: relay.tls must be encrypt or verify where there is a login; no password goes out in the clear"},
      {"name = 'a'\n" + where + login + "auth = 'xoauth2'", "7:8: relay.auth needs oauth2_file or oauth2_command"},
      {"name = 'a'\n" + where + "auth = 'md5'",
       "5:8: relay.auth must be automatic, plain, login, xoauth2 or oauthbearer"},
      {"name = 'a'\n" + where + "tls = 'strong'", "5:7: relay.tls must be none, may, encrypt or verify"},
      {"name = 'a'\n" + where + "tls_name = 'a b'",
       R"(5:12: relay.tls_name must be a host name, like "mail.example.com")"},
      {"name = 'a'\n" + where + "ehlo_name = 'a b'",
       R"(5:13: relay.ehlo_name must be a host name, like "mail.example.com")"},
      {"name = 'a'\n" + where + "rate = '0/s'",
       R"(5:8: relay.rate must be like "14/s", "500/min", "1000/h" or "50000/day", or a list of such)"},
      {"name = 'a'\n" + where + "source_address = 'eth0'",
       "5:18: relay.source_address must be an IP address of this machine"},
      {"name = 'a'\n" + where + "[[relay]]\nname = 'a'\n" + where,
       "6:8: relay.name is already another relay's; give each its own"},
  };
  for (const auto& [body, message] : cases) {
    const std::string place = message == "accepted" ? "" : "F:";
    EXPECT_EQ(refusal("\n[[relay]]\n" + body), place + message) << body;
  }
}

TEST(ConfigWords, OfRelaysTogether) {
  std::string toml;
  for (char name = 'a'; name <= 'k'; ++name) {
    toml += std::string("[[relay]]\nname = '") + name + "'\nurl = 'smtp://mx'\nconnections = 100\n";
  }
  EXPECT_EQ(refusal(toml), "F:44:15: relay.connections of all relays together must be at most 1000");
}

TEST(ConfigWords, OfRoutesAndDomains) {
  const std::string relay = "[[relay]]\nname = 'a'\nurl = 'smtp://mx'\n";
  const std::string all = "[[route]]\nrelay = 'a'\n";
  const std::string some = "[[route]]\nsender = 'x.org'\nrelay = 'a'\n";
  const Cases cases = {
      {all, R"(F:2:9: route.relay names no [[relay]]: "a"; there are none)"},
      {relay + "[[route]]\nrelay = ['a', 'c']", R"(F:5:9: route.relay names no [[relay]]: "c"; there are a)"},
      {relay + "[[route]]\nrelay = ['a', 'a']", R"(F:5:9: route.relay names "a" twice)"},
      {relay + "[[route]]\nrelay = []", "F:5:9: route.relay is missing; it names a relay, or several"},
      {relay + "[[route]]\nsender = 'x.org'", "F:4:1: route.relay is missing; it names a relay, or several"},
      {relay + "[[route]]\nsender = 'a b'",
       R"(F:5:10: route.sender must be like "example.com", ".example.com" or "ann@example.com")"},
      {relay + all + all, "F:6:1: route is never reached, the one before it takes all mail; put it before that one"},
      {relay + some + some, "F:7:1: route is never reached, one before it asks the same; take one of them out"},
      {relay + "[[relay]]\nname = 'b'\nurl = 'smtp://b'\n" + some,
       "F:7:1: route needs one more after it, with neither sender nor recipient: where all other mail goes"},
      {"[[domain]]", R"(F:1:1: domain.name must be a domain, like "example.com")"},
      {"[[domain]]\nname = '@x.org'", R"(F:2:8: domain.name must be a domain, like "example.com")"},
      {"[[domain]]\nname = 'x.org'\n[[domain]]\nname = 'X.org'",
       "F:4:8: domain.name is there twice; put its limits into one section"},
      {"[[domain]]\nname = 'x.org'\nrate = 'fast'",
       R"(F:3:8: domain.rate must be like "14/s", "500/min", "1000/h" or "50000/day", or a list of such)"},
  };
  for (const auto& [toml, message] : cases) EXPECT_EQ(refusal(toml), message) << toml;
}

TEST(ConfigWords, WhatNoFileSaidNamesWhoDid) {
  Config config;
  config.transport = "smtp://ann@mx";
  config.places["mail.transport"] = "--transport: ";
  EXPECT_EQ(check_config(with_all(config)).error().message, "--transport: mail.transport: " + kNoSecret);
  EXPECT_THAT(check_config(with_all({}, std::string(100, 'x'))).error().message,
              StartsWith("XDG_RUNTIME_DIR: daemon.socket must be a path of at most 107 bytes; this one has 115: x"));
}

}  // namespace
}  // namespace jobd
