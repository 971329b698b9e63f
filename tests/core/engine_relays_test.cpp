// Attempts of an engine that has several relays.
#include "tests/core/engine_fixture.h"

namespace jobd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

RelayTable two_tiers() {
  const RelayRules rules = testing::rules_of({testing::a_relay("first", 2, 0), testing::a_relay("backup", 2, 10)});
  return {rules, testing::lanes_of(rules)};
}

struct EngineRelays : EngineTest {
  EngineRelays() : EngineTest(two_tiers()) {}
};

TEST_F(EngineRelays, AnAttemptSaysWhichRelayItGoesTo) {
  submit();
  turn();
  EXPECT_EQ(attempts.at(0).relay, 0U);
  trouble(attempts.at(0), Trouble::connect);
  turn();
  ASSERT_EQ(attempts.size(), 2U) << "at once, through the backup";
  EXPECT_EQ(attempts.at(1).relay, 1U);
  EXPECT_THAT(notices, Contains(StartsWith("nothing goes to first until")));
  EXPECT_THAT(notices, Contains("mail goes to backup now"));
  deliver(attempts.at(1));
  turn();
  EXPECT_EQ(settled.size(), 1U);
}

TEST_F(EngineRelays, WakesForTheProbeOfTheFirst) {
  submit();
  turn();
  trouble(attempts.at(0), Trouble::connect);
  turn();
  deliver(attempts.at(1));
  turn();
  EXPECT_EQ(engine.next_wake(), clock.now() + seconds(5));
  clock.advance(seconds(5));
  submit();
  submit();
  turn();
  ASSERT_EQ(attempts.size(), 4U);
  EXPECT_EQ(attempts[2].relay, 0U) << "one probe";
  EXPECT_EQ(attempts[3].relay, 1U);
}

TEST_F(EngineRelays, AReloadTriesARefusedLoginAgain) {
  submit();
  turn();
  trouble(attempts.at(0), Trouble::auth);
  turn();
  trouble(attempts.at(1), Trouble::auth);
  const JobId id = submit();
  turn();
  read(id);
  turn();
  EXPECT_EQ(waiting_for, WaitingFor::relay_auth);
  EXPECT_EQ(waiting_until, clock.now() + minutes(15));
  ASSERT_EQ(attempts.size(), 2U);
  engine.reopen_relays();
  turn();
  EXPECT_EQ(attempts.size(), 4U) << "a probe each";
  EXPECT_THAT(notices, Contains("first is tried again now"));
}

TEST_F(EngineRelays, StatsTellOfAllOfThem) {
  submit();
  turn();
  query(StatsQuery{});
  turn();
  const auto& stats = std::get<QueueStats>(*views.at(0));
  EXPECT_EQ(stats.slots, 4U);
  ASSERT_EQ(stats.relays.size(), 2U);
  EXPECT_EQ(stats.relays[0].connections_in_use, 1U);
  EXPECT_EQ(stats.routes.at(0).in_use, std::vector<std::string>{"first"});
}

struct EngineQuotas : EngineTest {
  static RelayTable with(Rate rate) {
    RelayRules rules = testing::rules_of({testing::a_relay("ses", 10)});
    rules.relays[0].rates = {rate};
    return {rules, testing::lanes_of(rules)};
  }
  EngineQuotas() : EngineTest(with({2, std::chrono::hours(24)})) {}
  std::int64_t kept(std::size_t turn) const { return store.sent().at(turn).at(0).steps.at(0).recipients; }
};

TEST_F(EngineQuotas, AreKeptWithTheResults) {
  submit();
  turn();
  turn();
  EXPECT_TRUE(store.sent().empty()) << "for a claim alone nothing is written";
  deliver(attempts.at(0));
  submit();
  turn();
  ASSERT_EQ(store.sent().size(), 1U);
  EXPECT_EQ(kept(0), 1) << "what was claimed in this very turn comes with the next";
  deliver(attempts.at(1));
  turn();
  ASSERT_EQ(store.sent().size(), 2U);
  EXPECT_EQ(kept(1), 2);
  submit();
  turn();
  EXPECT_EQ(store.sent().size(), 2U) << "nothing went out";
}

TEST_F(EngineQuotas, ThatCouldNotBeKeptComeAgain) {
  submit();
  turn();
  deliver(attempts.at(0));
  store.fail_next_commit({Code::unavailable, "disk"});
  turn();
  clock.advance(seconds(1));
  turn();
  ASSERT_EQ(store.sent().size(), 1U);
  EXPECT_EQ(kept(0), 1);
}

TEST(EngineRates, OfASecondAreNotKept) {
  struct Short : EngineTest {
    Short() : EngineTest(EngineQuotas::with({14, seconds(1)})) {}
    void TestBody() override {}
  } story;
  story.submit();
  story.turn();
  story.deliver(story.attempts.at(0));
  story.turn();
  EXPECT_TRUE(story.store.sent().empty());
}

TEST(EngineRates, HoldAJobAndWakeWhenItMayGo) {
  struct Limited : EngineTest {
    static RelayTable limited() {
      RelayRules rules = testing::rules_of({testing::a_relay("ses", 10)});
      rules.relays[0].rates = {{2, seconds(1)}};
      return {rules, testing::lanes_of(rules)};
    }
    Limited() : EngineTest(limited()) {}
    void TestBody() override {}
  } story;
  for (int i = 0; i < 3; ++i) story.submit();
  story.turn();
  EXPECT_EQ(story.attempts.size(), 2U);
  const auto wake = story.engine.next_wake();
  ASSERT_TRUE(wake);
  EXPECT_EQ(*wake, story.clock.now() + std::chrono::milliseconds(1020));
  story.clock.set(*wake);
  story.turn();
  EXPECT_EQ(story.attempts.size(), 3U);
  EXPECT_FALSE(story.engine.next_wake() && *story.engine.next_wake() < story.clock.now() + seconds(1));
}

}  // namespace
}  // namespace jobd
