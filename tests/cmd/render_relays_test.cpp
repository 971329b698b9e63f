#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cmd/render.h"
#include "shared/codec.h"
#include "shared/text.h"
#include "tests/support/fakes.h"

namespace jobd::cmd {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using testing::kNoon;

Stats some_relays() {
  Stats stats;
  stats.relays.resize(2);
  RelayStats& ses = stats.relays[0];
  ses.name = "ses";
  ses.url = "smtp://email-smtp.eu-west-1.amazonaws.com:587";
  ses.state = "throttled";
  ses.since = kNoon - seconds(123);
  ses.last_error = "454 Throttling failure: Maximum sending rate exceeded.";
  ses.connections_in_use = 3;
  ses.connections_allowed = 8;
  ses.connections_max = 10;
  ses.rates = {"14/s", "50000/day"};
  ses.rate_now = 7.04;
  ses.sent_last_minute = 840;
  ses.sent_last_day = 12'004;
  ses.delivered = 120'004;
  ses.failed = 12;
  RelayStats& backup = stats.relays[1];
  backup.name = "backup";
  backup.url = "smtp://10.0.0.2:25";
  backup.state = "down";
  backup.since = kNoon - seconds(5);
  backup.reopens_at = kNoon + seconds(5);
  backup.last_error = "connection \x1b[31mrefused";
  backup.connections_allowed = backup.connections_max = 1;
  stats.routes = {{"example.com", ".example.org", {"backup"}, {}}, {"", "", {"ses", "backup"}, {"ses"}}};
  stats.domains = {{"gmail.com", 1, 2, {"20/min"}, 3}, {"yahoo.com", 0, std::nullopt, {}, 0}};
  return stats;
}

TEST(RenderRelays, TellsAllOfIt) {
  EXPECT_EQ(
      render_relays(some_relays(), kNoon),
      "Relay      ses  throttled\n"
      "           since 2m 3s: 454 Throttling failure: Maximum sending rate exceeded.\n"
      "           smtp://email-smtp.eu-west-1.amazonaws.com:587\n"
      "           3 of 10 connections (8 allowed for now); at most 14/s, 50000/day; 7.0/s for now\n"
      "           840 sent in the last minute, 12,004 in the last day; 120,004 delivered and 12 refused for good since "
      "the "
      "start\n"
      "Relay      backup  down\n"
      "           since 5s, tried again in 5s: connection \\u001b[31mrefused\n"
      "           smtp://10.0.0.2:25\n"
      "           0 of 1 connection\n"
      "           0 sent in the last minute, 0 in the last day; 0 delivered and 0 refused for good since the start\n"
      "Route      from example.com to .example.org: backup (none serves now)\n"
      "Route      all other mail: ses, backup (now ses)\n"
      "Domain     gmail.com: 1 of 2 connections; at most 20/min; 3 tried in the last minute\n"
      "Domain     yahoo.com: 0 connections; 0 tried in the last minute\n");
}

TEST(RenderRelays, NoLineIsWiderThanTheTerminalWhereWordsAreNot) {
  for (std::size_t columns = 60; columns < 140; ++columns) {
    std::istringstream lines(render_relays(some_relays(), kNoon, {.columns = columns}));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(width(line), columns) << line;
  }
}

TEST(RenderRelays, ColorsTheState) {
  const std::string text = render_relays(some_relays(), kNoon, {.color = true});
  EXPECT_THAT(text, HasSubstr("ses  \x1b[33mthrottled\x1b[0m\n"));
  EXPECT_THAT(text, HasSubstr("backup  \x1b[31mdown\x1b[0m\n"));
}

TEST(RenderRelays, WhatJobdTellsReadsBack) {
  const std::string reply = encode_result(Response(some_relays()));
  const auto back = decode_stats(reply);
  ASSERT_TRUE(back);
  EXPECT_EQ(render_relays(*back, kNoon), render_relays(some_relays(), kNoon));
  const std::string json = relays_json(reply);
  EXPECT_THAT(json, ::testing::StartsWith(R"({"relays":[{"name":"ses","url":)"));
  EXPECT_THAT(json, HasSubstr(R"("domains":[{"name":"gmail.com","connections":{"in_use":1,"max":2})"));
}

}  // namespace
}  // namespace jobd::cmd
