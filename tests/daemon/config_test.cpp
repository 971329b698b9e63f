#include "daemon/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobd {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Result<Config> parsed(const std::string& toml) {
  Config config;
  if (Result<Done> read = read_config(toml, "jobd.toml", config); !read) return std::move(read).error();
  return config;
}

Config defaults(Config config = {}) {
  return with_defaults(std::move(config),
                       {.is_root = true, .home = "/root", .xdg_state_home = "", .xdg_runtime_dir = "", .host = "box"});
}

TEST(Config, ReadsEveryKindOfValue) {
  const auto config = parsed(
      "[daemon]\nsocket = '/s'\nshutdown_grace = \"5s\"\n[retry]\nmax_attempts = 7\nmultiplier = 3\njitter = 0.5\n"
      "initial = \"50ms\"\n[limits]\nrecipients = 5\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->socket, "/s");
  EXPECT_EQ(config->shutdown_grace, std::chrono::seconds(5));
  EXPECT_EQ(config->retry.max_attempts, 7);
  EXPECT_EQ(config->retry.multiplier, 3.0);
  EXPECT_EQ(config->retry.initial, std::chrono::milliseconds(50));
  EXPECT_EQ(config->recipients, 5);
}

TEST(Config, AnUnknownKeyIsAnErrorWithItsPlace) {
  const auto key = parsed("[daemon]\nsocket = 's'\nsockets = 's'\n");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, Code::unknown_field);
  EXPECT_EQ(key.error().field, "daemon.sockets");
  EXPECT_THAT(key.error().message, StartsWith("jobd.toml:3:1: "));
  EXPECT_THAT(parsed("\n[daemons]\n").error().message, StartsWith("jobd.toml:2:"));
  EXPECT_THAT(parsed("socket = 1").error().message, StartsWith("jobd.toml:1:1: "));
  EXPECT_THAT(parsed("[daemon").error().message, StartsWith("jobd.toml:1:"));
}

TEST(Config, AWrongValueIsAnErrorWithItsPlace) {
  for (const char* bad :
       {"[daemon]\nsocket = 5", "[daemon]\nshutdown_grace = 5", "[daemon]\nshutdown_grace = 'soon'",
        "[retry]\nmax_attempts = 0", "[retry]\nmax_attempts = 1.5", "[retry]\njitter = 2.0", "[retry]\ninitial = '0s'",
        "[limits]\nconnections = '5'", "[limits]\nline_bytes = 1", "daemon = 5"}) {
    const auto config = parsed(bad);
    ASSERT_FALSE(config) << bad;
    EXPECT_EQ(config.error().code, Code::invalid_field) << bad;
    EXPECT_THAT(config.error().message, StartsWith("jobd.toml:")) << bad;
  }
}

TEST(Config, DefaultsByWhoRunsIt) {
  const Config root = defaults();
  EXPECT_EQ(root.state_dir, "/var/lib/jobd");
  EXPECT_EQ(root.socket, "/run/jobd/jobd.sock");
  EXPECT_EQ(root.store_url, "sqlite:/var/lib/jobd/jobs.db");
  EXPECT_EQ(root.transport, "maildir:/var/lib/jobd/outbox");
  EXPECT_EQ(root.message_id_domain, "box");
  EXPECT_EQ(root.drop_dir, "/var/spool/jobd/drop");
  const Config user = with_defaults(
      {}, {.is_root = false, .home = "/home/u", .xdg_state_home = "", .xdg_runtime_dir = "/run/user/7", .host = "box"});
  EXPECT_EQ(user.state_dir, "/home/u/.local/state/jobd");
  EXPECT_EQ(user.socket, "/run/user/7/jobd/jobd.sock");
  EXPECT_EQ(user.drop_dir, "/home/u/.local/state/jobd/drop");
}

TEST(Config, OneUserHasThreeQuartersOfTheConnectionsWhereNothingElseIsSaid) {
  const auto share = [](const std::string& limits) {
    return defaults(*parsed("[limits]\n" + limits)).connections_per_uid;
  };
  EXPECT_EQ(share(""), 768);
  EXPECT_EQ(share("connections = 100"), 75);
  EXPECT_EQ(share("connections = 1"), 1);
  EXPECT_EQ(share("connections = 100\nconnections_per_uid = 100"), 100);
  EXPECT_FALSE(parsed("[limits]\nconnections_per_uid = 0"));
}

TEST(Config, WhatIsPrintedReadsBack) {
  Config config;
  config.from = "\"Ops, all\" <ops@example.com>";
  config.retry.jitter = 0.1;
  config = defaults(config);
  const std::string printed = print_config(config);
  const auto back = parsed(printed);
  ASSERT_TRUE(back) << back.error().message << printed;
  EXPECT_EQ(print_config(*back), printed);
  EXPECT_THAT(printed, HasSubstr("jitter = 0.1\n"));
  EXPECT_THAT(printed, HasSubstr("initial = \"2m\"\n"));
}

TEST(Config, ChecksWhatCanBeSeenFromHere) {
  EXPECT_TRUE(check_config(defaults()));
  const auto refused = [](auto change) {
    Config config;
    change(config);
    return check_config(defaults(config)).error().field;
  };
  EXPECT_EQ(refused([](Config& c) { c.socket_mode = "rw"; }), "daemon.socket_mode");
  EXPECT_EQ(refused([](Config& c) { c.log_level = "loud"; }), "daemon.log_level");
  EXPECT_EQ(refused([](Config& c) { c.from = "nobody"; }), "mail.from");
  EXPECT_EQ(refused([](Config& c) { c.ehlo_name = "a b"; }), "mail.ehlo_name");
  EXPECT_EQ(refused([](Config& c) { c.store_url = "mysql:"; }), "store.url");
  EXPECT_EQ(refused([](Config& c) { c.transport = "pigeon:"; }), "mail.transport");
  EXPECT_EQ(refused([](Config& c) { c.redirect_all_to = "nobody"; }), "mail.redirect_all_to");
  EXPECT_EQ(refused([](Config& c) { c.allow_recipients = {"@example.com", "x"}; }), "mail.allow_recipients");
  EXPECT_EQ(refused([](Config& c) { c.retry.initial = std::chrono::hours(5); }), "retry.max");
}

TEST(Config, WhatCannotBeRightIsToldWithItsPlace) {
  const auto refusal = [](const std::string& toml) {
    const auto config = parsed(toml);
    EXPECT_TRUE(config) << toml;
    const Result<Done> good = check_config(defaults(*config));
    return good ? "accepted" : good.error().message;
  };
  EXPECT_EQ(refusal("[mail]\nmessage_id_domain = 'a b'\n"),
            "jobd.toml:2:21: mail.message_id_domain must be a domain, like \"example.com\"");
  EXPECT_THAT(refusal("[mail]\nmessage_id_domain = 'ü\u3000.de'\n"), StartsWith("jobd.toml:2:21: mail.message"));
  EXPECT_THAT(refusal("[mail]\n\nredirect_all_to = 'a@xn--\u00fc.de'\n"), StartsWith("jobd.toml:3:19: mail.redirect"));
  EXPECT_THAT(refusal("[mail]\nallow_recipients = ['@xn--\u00fc.de']\n"), StartsWith("jobd.toml:2:20: mail.allow"));
  EXPECT_THAT(refusal("[retry]\nmax = '1s'\n"), StartsWith("jobd.toml:2:7: retry.max"));
  EXPECT_THAT(refusal("[mail]\ntransport = 'pigeon:'\n"), StartsWith("jobd.toml:2:13: "));
}

TEST(Config, WhatGoesOutOfDomainsIsInAscii) {
  const auto config = parsed("[mail]\nmessage_id_domain = 'München.de'\nehlo_name = 'BÜCHER.example'\n");
  ASSERT_TRUE(config);
  EXPECT_EQ(defaults(*config).message_id_domain, "xn--mnchen-3ya.de");
  EXPECT_EQ(defaults(*config).ehlo_name, "xn--bcher-kva.example");
  EXPECT_TRUE(check_config(defaults(*config)));
}

TEST(Config, AMissingFileIsToldApartFromABadOne) {
  Config config;
  EXPECT_EQ(read_config_file("/nonexistent/jobd.toml", config).error().code, Code::not_found);
  EXPECT_EQ(read_config_file("/dev/null/jobd.toml", config).error().code, Code::unavailable);
  EXPECT_EQ(read_config_file("/tmp", config).error().code, Code::unavailable) << "a folder is no empty configuration";
}

}  // namespace
}  // namespace jobd
