#include "daemon/core/lanes.h"

#include <gtest/gtest.h>

#include "tests/support/fakes.h"

namespace jobd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::kNoon;

struct Lanes : ::testing::Test {
  LaneTable lanes{{{kDefaultLane, "default"}}};
  std::size_t gate(Time now) {
    const auto gates = lanes.gates(now);
    return gates.empty() ? 99 : gates.front().claims;
  }
};

TEST_F(Lanes, OpenUntilTrouble) {
  EXPECT_TRUE(lanes.gates(kNoon).empty());
  lanes.trouble(kDefaultLane, Trouble::connect, "refused", kNoon);
  EXPECT_EQ(gate(kNoon), 0U);
  EXPECT_EQ(lanes.next_reopening(kNoon), kNoon + seconds(5));
  EXPECT_EQ(lanes.closed(kDefaultLane)->reason, WaitingFor::relay_down);
  EXPECT_EQ(lanes.stats(kNoon).front().state, "down");
}

TEST_F(Lanes, TenSessionsLostAtOnceAreOneEvent) {
  for (int i = 0; i < 10; ++i) lanes.trouble(kDefaultLane, Trouble::connect, "refused", kNoon);
  EXPECT_EQ(lanes.next_reopening(kNoon), kNoon + seconds(5));
}

TEST_F(Lanes, OneProbeThenOpenWhenServed) {
  lanes.trouble(kDefaultLane, Trouble::connect, "refused", kNoon);
  const Time later = kNoon + seconds(5);
  EXPECT_EQ(gate(later), 1U);
  lanes.claimed(kDefaultLane);
  EXPECT_EQ(gate(later), 0U) << "the probe is in flight";
  EXPECT_FALSE(lanes.next_reopening(later)) << "its result is what wakes us";
  lanes.served(kDefaultLane, later);
  EXPECT_TRUE(lanes.gates(later).empty());
  EXPECT_EQ(lanes.served_at(kDefaultLane), later);
}

TEST_F(Lanes, EachFailedProbeDoublesThePauseUpToFiveMinutes) {
  Time now = kNoon;
  Duration last{};
  for (int i = 0; i < 10; ++i) {
    lanes.trouble(kDefaultLane, Trouble::auth, "535", now);
    last = *lanes.next_reopening(now) - now;
    now += last;
    lanes.claimed(kDefaultLane);
  }
  EXPECT_EQ(last, minutes(5));
  EXPECT_EQ(lanes.closed(kDefaultLane)->reason, WaitingFor::relay_auth);
}

TEST_F(Lanes, AProbeThatSaysNothingMayBeRepeated) {
  lanes.trouble(kDefaultLane, Trouble::pacing, "slow down", kNoon);
  lanes.claimed(kDefaultLane);
  lanes.ended_without_word(kDefaultLane);
  EXPECT_EQ(gate(kNoon + seconds(5)), 1U);
  EXPECT_EQ(lanes.closed(kDefaultLane)->reason, WaitingFor::rate_limit);
}

}  // namespace
}  // namespace jobd
