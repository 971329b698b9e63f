#include "daemon/core/pace.h"

#include <gtest/gtest.h>

#include "tests/support/fakes.h"

namespace jobd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::kNoon;

struct PaceTest : ::testing::Test {
  Pace pace;
  Time now = kNoon;
  // For so long, as much as it lets out.
  std::int64_t send(Duration length, std::int64_t a_second) {
    std::int64_t sent = 0;
    for (const Time end = now + length; now < end; now += seconds(1)) {
      const std::int64_t part = std::clamp<std::int64_t>(pace.room(now), 0, a_second);
      if (part > 0) pace.sent(part, now);
      sent += part;
    }
    return sent;
  }
};

TEST_F(PaceTest, IsNoneUntilARelayAsks) {
  EXPECT_EQ(send(minutes(1), 1000), 60'000);
  EXPECT_FALSE(pace.is_slowed(now));
  EXPECT_FALSE(pace.next_room(now));
}

TEST_F(PaceTest, HalvesWhatReallyWentOut) {
  send(seconds(20), 40);
  pace.slow_down(std::nullopt, now);
  EXPECT_NEAR(pace.per_second(now), 20, 1);
  EXPECT_LE(pace.room(now), 0) << "more has gone out already than the new rate allows";
  EXPECT_GT(pace.next_room(now), now);
  now += seconds(2);
  EXPECT_NEAR(static_cast<double>(send(seconds(8), 1000)) / 8, 20, 5);
}

TEST_F(PaceTest, ABurstOfASecondIsTakenForWhatItIs) {
  send(seconds(1), 100);
  pace.slow_down(std::nullopt, now);
  EXPECT_NEAR(pace.per_second(now), 50, 2);
}

TEST_F(PaceTest, GrowsBackUntilItIsFree) {
  send(seconds(10), 40);
  pace.slow_down(std::nullopt, now);
  double last = pace.per_second(now);
  for (int i = 0; i < 4; ++i) {
    now += Pace::kStep;
    EXPECT_GT(pace.per_second(now), last);
    last = pace.per_second(now);
  }
  now += minutes(1);
  EXPECT_FALSE(pace.is_slowed(now));
  EXPECT_GT(pace.room(now), 1'000'000);
}

TEST_F(PaceTest, NeverFallsBelowItsFloor) {
  for (int i = 0; i < 100; ++i) {
    pace.slow_down(std::nullopt, now);
    now += seconds(1);
  }
  EXPECT_NEAR(pace.per_second(now), 0.2, 0.001);
  now += seconds(6);
  EXPECT_EQ(pace.room(now), 1);
}

TEST_F(PaceTest, LeavesARelayAloneAsLongAsItAsks) {
  pace.slow_down(seconds(30), now);
  EXPECT_EQ(pace.next_room(now), now + seconds(30));
  EXPECT_EQ(pace.room(now + seconds(29)), 0);
  EXPECT_GT(pace.room(now + seconds(30)), 0);
}

}  // namespace
}  // namespace jobd
