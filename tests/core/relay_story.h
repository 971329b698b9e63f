// Stories of relays, told with a clock that stands still until told: claims as a store makes them, results as relays
// give them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/relay_table.h"
#include "tests/support/fakes.h"
#include "tests/support/relays.h"

namespace jobd::testing {

class RelayStory {
 public:
  explicit RelayStory(RelayRules said) : rules(std::move(said)), table(rules, lanes_of(rules)) {}

  // What a batch claims of a lane that always has jobs: the relays they go to. Their tickets wait in flight.
  std::vector<RelayId> claim(std::size_t most = 1000, LaneId lane = kDefaultLane, std::size_t recipients = 1) {
    std::vector<RelayId> out;
    Admission admission = table.admission(now);
    while (out.size() < most && admission.lets_through(lane)) {
      out.push_back(admission.pass(lane, {recipients}));
      in_flight.push_back(table.claimed(lane, out.back(), {recipients}, now));
    }
    return out;
  }
  std::size_t claims(std::size_t most = 1000, LaneId lane = kDefaultLane, std::size_t recipients = 1) {
    return claim(most, lane, recipients).size();
  }

  // The oldest attempt ends, or that one.
  void trouble(Trouble what, std::optional<Duration> asked = std::nullopt) { trouble_of(pop(), what, asked); }
  void served() { served_of(pop()); }
  void silent() {
    AttemptResult result;
    result.trouble = Trouble::stale;
    table.ended(pop(), result, now, notices_);
  }
  void trouble_of(const RelayTable::Ticket& ticket, Trouble what, std::optional<Duration> asked = std::nullopt) {
    AttemptResult result;
    result.trouble = what;
    result.trouble_reply.reply = "words";
    result.retry_after = asked;
    table.ended(ticket, result, now, notices_);
  }
  void served_of(const RelayTable::Ticket& ticket) {
    AttemptResult result;
    result.recipients = {{Verdict::delivered, 250, "", "ok"}};
    table.ended(ticket, result, now, notices_);
  }
  // While so many other connections are left.
  void refused(std::size_t others_left) {
    AttemptResult result;
    result.trouble = Trouble::closing;
    result.trouble_reply.reply = "words";
    result.others_left = others_left;
    table.ended(pop(), result, now, notices_);
  }
  // Some of its recipients got it, others were told this of the relay.
  void served_in_part(Trouble what, std::optional<Duration> asked = std::nullopt) {
    AttemptResult result;
    result.recipients = {{Verdict::delivered, 250, "", "ok"}, {Verdict::temporary, 454, "", "words", true}};
    result.beside = RelayWord{what, {Verdict::temporary, 0, "", "words"}, asked};
    table.ended(pop(), result, now, notices_);
  }
  // The oldest one: no reply to its dot.
  void uncertain() {
    AttemptResult result;
    result.recipients = {{Verdict::uncertain, 0, "", "lost after the final dot"}};
    table.ended(pop(), result, now, notices_);
  }
  RelayTable::Ticket pop() {
    const RelayTable::Ticket ticket = in_flight.front();
    in_flight.pop_front();
    return ticket;
  }

  std::string state(RelayId id = 0) { return table.relay_stats(now)[id].state; }
  Duration opens_in() { return table.next_opening(now).value_or(now) - now; }
  // What has been logged since the last call.
  std::vector<std::string> log() {
    std::vector<std::string> out;
    for (const Notice& notice : notices_) {
      const char* level = notice.level == Notice::Level::error  ? "error: "
                          : notice.level == Notice::Level::warn ? "warn: "
                                                                : "";
      out.push_back(level + notice.text);
    }
    notices_.clear();
    return out;
  }

  const RelayRules rules;
  RelayTable table;
  Time now = kNoon;
  std::deque<RelayTable::Ticket> in_flight;

 private:
  std::vector<Notice> notices_;
};

}  // namespace jobd::testing
