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
    rules.relays[0].attempts_ahead_per_connection = 20;
    return rules;
  }
  RelayStory story{rules()};
};

TEST_F(QuickRelay, GetsAFewTurnsWorthAhead) {
  ASSERT_EQ(RelayTable::kTurnsAhead, 4U);
  EXPECT_EQ(story.table.attempts(), 66U);
  EXPECT_EQ(story.claims(), 6U);
  for (int i = 0; i < 2; ++i) story.served();
  EXPECT_EQ(story.claims(), 10U) << "2 have become free, and 8 more are claimed ahead";
  story.now += milliseconds(1);
  for (int i = 0; i < 14; ++i) story.served();
  EXPECT_EQ(story.claims(), 62U);
  story.now += milliseconds(1);
  story.served();
  EXPECT_EQ(story.claims(), 1U) << "the turn before counts too, where turns are of different lengths";
  story.now += milliseconds(1);
  for (int i = 0; i < 62; ++i) story.served();
  EXPECT_EQ(story.claims(), 66U) << "never more than there are slots";
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
}

TEST_F(QuickRelay, GetsNoneAheadWhileItIsDoneWithOneInATurn) {
  story.claim();
  for (int i = 0; i < 2; ++i) {
    story.now += milliseconds(1);
    story.served();
  }
  EXPECT_EQ(story.claims(), 2U);
}

}  // namespace
}  // namespace jobd
