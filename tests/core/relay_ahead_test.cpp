// How many attempts a relay gets: as its connections take, and ahead of them as it is quick.
#include <gtest/gtest.h>

#include "tests/core/relay_story.h"

namespace jobd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::a_relay;
using testing::RelayStory;
using testing::rules_of;

struct QuickRelay : ::testing::Test {
  static RelayRules rules() {
    auto rules = rules_of({a_relay("mx", 3)});
    rules.relays[0].attempts_per_connection = 2;
    rules.relays[0].attempts_ahead_per_connection = 4;
    return rules;
  }
  RelayStory story{rules()};
};

TEST_F(QuickRelay, GetsAsManyAheadAsItHasJustServed) {
  EXPECT_EQ(story.table.attempts(), 18U);
  EXPECT_EQ(story.claims(), 6U);
  for (int i = 0; i < 5; ++i) story.served();
  EXPECT_EQ(story.claims(), 10U) << "1 is left of 6, and 5 more are claimed ahead";
  story.now += milliseconds(1);
  for (int i = 0; i < 11; ++i) story.served();
  EXPECT_EQ(story.claims(), 17U);
  story.now += milliseconds(1);
  story.served();
  EXPECT_EQ(story.claims(), 1U) << "the turn before counts too, where turns are of different lengths";
  story.now += milliseconds(1);
  for (int i = 0; i < 17; ++i) story.served();
  EXPECT_EQ(story.claims(), 18U) << "never more than there are slots";
}

TEST_F(QuickRelay, TellsHowManyMailsGoThroughAtMost) {
  EXPECT_EQ(story.table.admission(story.now).most(kDefaultLane), 6U);
  story.claim(4);
  EXPECT_EQ(story.table.admission(story.now).most(kDefaultLane), 2U);
  EXPECT_EQ(Admission().most(kDefaultLane), SIZE_MAX) << "without limits";
}

TEST_F(QuickRelay, IsSlowAgainThoughTheClockWasSetBack) {
  story.claim();
  for (int i = 0; i < 6; ++i) story.served();
  story.now -= std::chrono::hours(1);
  story.table.admission(story.now);
  story.now += RelayTable::kJustServed + milliseconds(1);
  EXPECT_EQ(story.claims(), 6U);
}

TEST_F(QuickRelay, GetsNoneAheadOnceItIsSlow) {
  story.claim();
  for (int i = 0; i < 6; ++i) story.served();
  story.now += RelayTable::kJustServed + milliseconds(1);
  EXPECT_EQ(story.claims(), 6U);
  for (int i = 0; i < 2; ++i) {
    story.now += seconds(1);
    story.served();
  }
  EXPECT_EQ(story.claims(), 3U) << "2 are free, and 1 is claimed ahead";
}

}  // namespace
}  // namespace jobd
