// A relay that takes fewer connections than it is configured to have.
#include "tests/core/relay_story.h"

namespace jobd {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;

struct CrowdedRelay : ::testing::Test {
  testing::RelayStory story{testing::rules_of({testing::a_relay("mx", 10)})};
};

TEST_F(CrowdedRelay, TroubleOfOneSessionWhileOthersAreServedCostsAConnection) {
  story.claim();
  const auto hung = story.pop();
  story.now += seconds(30);
  while (!story.in_flight.empty()) story.served();
  story.claim();
  story.trouble_of(hung, Trouble::greeting);
  EXPECT_EQ(story.state(), "open");
  EXPECT_THAT(story.log(), ElementsAre("mx gets fewer connections for now: words"));
  EXPECT_EQ(story.claims(), 0U);
  story.served();
  EXPECT_EQ(story.claims(), 1U);
  EXPECT_EQ(story.table.relay_stats(story.now)[0].connections_allowed, 9U);
  story.now += seconds(30);
  EXPECT_EQ(story.claims(), 1U) << "one more each half minute";
}

TEST_F(CrowdedRelay, TakesNoMoreConnectionsThanItHasLeftUs) {
  story.claim();
  for (std::size_t left = 9; left >= 3; --left) story.refused(left);
  EXPECT_EQ(story.state(), "open");
  EXPECT_THAT(story.log(), ElementsAre("mx gets fewer connections for now: words"));
  EXPECT_EQ(story.table.relay_stats(story.now)[0].connections_allowed, 3U);
  story.now += seconds(30);
  story.claims();
  EXPECT_EQ(story.table.relay_stats(story.now)[0].connections_allowed, 4U);
  story.now += seconds(90);
  story.claims();
  EXPECT_EQ(story.table.relay_stats(story.now)[0].connections_allowed, 10U) << "6, 9, 10: half as many more each time";
}

TEST_F(CrowdedRelay, MayHaveAllAgainWhenItWasAway) {
  story.claim(4);
  story.refused(2);
  story.now += seconds(10);
  while (!story.in_flight.empty()) story.trouble(Trouble::connect);
  EXPECT_EQ(story.state(), "down");
  story.now += seconds(5);
  ASSERT_EQ(story.claims(), 1U);
  story.served();
  EXPECT_EQ(story.table.relay_stats(story.now)[0].connections_allowed, 10U);
}

}  // namespace
}  // namespace jobd
