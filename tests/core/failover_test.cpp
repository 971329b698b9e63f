// Routes with several relays.
#include "tests/core/relay_story.h"

namespace jobd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::a_relay;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::RelayStory;
using testing::rules_of;
using ::testing::SizeIs;

constexpr RelayId kFirst = 0;
constexpr RelayId kBackup = 1;

struct TwoTiers : ::testing::Test {
  RelayStory story{rules_of({a_relay("first", 4, 0), a_relay("backup", 4, 10)})};
  void end_all() {
    while (!story.in_flight.empty()) story.served();
  }
};

TEST_F(TwoTiers, TheBackupGetsNothingWhileTheFirstServes) {
  EXPECT_THAT(story.claim(), ElementsAre(kFirst, kFirst, kFirst, kFirst)) << "a full relay is waited for";
}

TEST_F(TwoTiers, TheBackupServesWhileTheFirstIsDown) {
  story.claim(1);
  story.trouble(Trouble::connect);
  EXPECT_THAT(story.claim(), ElementsAre(kBackup, kBackup, kBackup, kBackup));
  EXPECT_FALSE(story.table.closed(kDefaultLane, story.now));
  EXPECT_THAT(story.log(), Contains("warn: mail goes to backup now"));
  EXPECT_THAT(story.table.route_stats()[0].in_use, ElementsAre("backup"));
}

TEST_F(TwoTiers, ARefusedLoginIsAReasonToo) {
  story.claim(1);
  story.trouble(Trouble::auth);
  EXPECT_THAT(story.claim(), Each(kBackup));
}

TEST_F(TwoTiers, ARelayThatIsSlowOrHasHadItsQuotaIsWaitedFor) {
  story.claim(1);
  story.trouble(Trouble::quota);
  EXPECT_THAT(story.claim(), SizeIs(0));
  EXPECT_EQ(story.table.closed(kDefaultLane, story.now)->reason, WaitingFor::rate_limit);
}

TEST_F(TwoTiers, TheFirstGetsOneProbeAndTakesOverWhenItServes) {
  story.claim(1);
  story.trouble(Trouble::connect);
  story.claim();
  story.now += seconds(5);
  end_all();
  story.log();
  EXPECT_THAT(story.claim(), ElementsAre(kFirst, kBackup, kBackup, kBackup, kBackup));
  const auto probe = story.pop();
  end_all();
  EXPECT_THAT(story.claim(), ElementsAre(kBackup, kBackup, kBackup, kBackup)) << "one probe is enough";
  story.served_of(probe);
  end_all();
  EXPECT_THAT(story.claim(), ElementsAre(kFirst, kFirst, kFirst, kFirst));
  EXPECT_THAT(story.log(), ElementsAre("first takes mail again", "mail goes to first now"));
}

TEST_F(TwoTiers, WithAllDownMailWaitsForTheOneThatIsTriedFirst) {
  story.claim(1);
  story.trouble(Trouble::auth);
  story.claim(1);
  story.trouble(Trouble::connect);
  EXPECT_THAT(story.claim(), SizeIs(0));
  EXPECT_EQ(story.table.closed(kDefaultLane, story.now)->reason, WaitingFor::relay_down);
  EXPECT_EQ(story.opens_in(), seconds(5));
  story.now += seconds(5);
  EXPECT_THAT(story.claim(), ElementsAre(kBackup));
  story.served();
  EXPECT_THAT(story.claim(), SizeIs(4));
}

TEST(Tiers, EqualPrioritiesShare) {
  RelayStory story(rules_of({a_relay("a", 4), a_relay("b", 4), a_relay("c", 2)}));
  const std::vector<RelayId> relays = story.claim(8);
  EXPECT_EQ(std::ranges::count(relays, 0U), 4);
  EXPECT_EQ(std::ranges::count(relays, 1U), 3);
  EXPECT_EQ(std::ranges::count(relays, 2U), 1) << "it has half as many connections";
  story.trouble(Trouble::connect);
  story.claim();
  EXPECT_EQ(story.table.route_stats()[0].in_use, (std::vector<std::string>{"b", "c"}));
}

TEST(Tiers, ARouteHasItsOwnRelays) {
  RelayRules rules = rules_of({a_relay("out", 2), a_relay("inside", 2)});
  rules.routes = {{"", "corp.example", {1}}, {"", "", {0}}};
  RelayStory story(std::move(rules));
  constexpr LaneId kInside = 2;
  EXPECT_THAT(story.claim(), ElementsAre(0U, 0U));
  EXPECT_THAT(story.claim(100, kInside), ElementsAre(1U, 1U));
  story.trouble(Trouble::connect);
  EXPECT_TRUE(story.table.closed(kDefaultLane, story.now));
  EXPECT_FALSE(story.table.closed(kInside, story.now)) << "the trouble of one is none of the other's";
  EXPECT_EQ(story.table.attempts(), 4U);
}

}  // namespace
}  // namespace jobd
