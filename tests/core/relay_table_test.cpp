// A relay and its troubles.
#include "daemon/core/relay_table.h"

#include "tests/core/relay_story.h"

namespace jobd {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::a_relay;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kNoon;
using testing::RelayStory;
using testing::rules_of;
using ::testing::StartsWith;

struct OneRelay : ::testing::Test {
  RelayStory story{rules_of({a_relay("mx", 10)})};
};

TEST_F(OneRelay, HasAsManyAttemptsAsConnections) {
  EXPECT_EQ(story.claims(), 10U);
  EXPECT_EQ(story.claims(), 0U);
  EXPECT_FALSE(story.table.closed(kDefaultLane, story.now)) << "they wait for a slot";
  EXPECT_FALSE(story.table.next_opening(story.now)) << "a result wakes us, not the time";
  story.served();
  EXPECT_EQ(story.claims(), 1U);
}

TEST(Connections, MayHaveTheNextMailAtHand) {
  auto rules = rules_of({a_relay("mx", 3)});
  rules.relays[0].attempts_per_connection = 2;
  RelayStory story(std::move(rules));
  EXPECT_EQ(story.table.attempts(), 6U);
  EXPECT_EQ(story.claims(), 6U);
  EXPECT_EQ(story.table.relay_stats(story.now)[0].connections_in_use, 3U);
}

TEST_F(OneRelay, ClosesOnTroubleAndSendsOneProbeWhenThePauseIsOver) {
  story.claim(1);
  story.trouble(Trouble::connect);
  EXPECT_EQ(story.claims(), 0U);
  EXPECT_EQ(story.state(), "down");
  EXPECT_EQ(story.table.closed(kDefaultLane, story.now)->reason, WaitingFor::relay_down);
  EXPECT_EQ(story.table.closed(kDefaultLane, story.now)->until, story.now + seconds(5));
  EXPECT_EQ(story.opens_in(), seconds(5));
  story.now += seconds(5);
  EXPECT_EQ(story.state(), "probing");
  EXPECT_EQ(story.claims(), 1U);
  EXPECT_FALSE(story.table.next_opening(story.now)) << "its result is what wakes us";
  story.served();
  EXPECT_EQ(story.state(), "open");
  EXPECT_EQ(story.claims(), 10U);
  EXPECT_EQ(story.table.served_at(0), story.now);
  EXPECT_THAT(story.log(),
              ElementsAre("warn: nothing goes to mx until 2026-03-01T12:00:05.000Z: words", "mx takes mail again"));
}

TEST_F(OneRelay, TenSessionsLostAtOnceAreOneEvent) {
  story.claim();
  for (int i = 0; i < 10; ++i) story.trouble(Trouble::connect);
  EXPECT_EQ(story.opens_in(), seconds(5));
  EXPECT_EQ(story.log().size(), 1U);
}

TEST_F(OneRelay, EachFailedProbeDoublesThePauseUpToFiveMinutes) {
  story.claim(1);
  story.trouble(Trouble::greeting);
  for (const int pause : {5, 10, 20, 40, 80, 160, 300, 300}) {
    EXPECT_EQ(story.opens_in(), seconds(pause));
    story.now += seconds(pause);
    ASSERT_EQ(story.claims(), 1U);
    story.trouble(Trouble::greeting);
  }
  EXPECT_EQ(story.log().size(), 1U) << "told once";
  story.now += minutes(5);
  story.claim();
  story.served();
  story.claim(1);
  story.trouble(Trouble::greeting);
  EXPECT_EQ(story.opens_in(), seconds(5)) << "the next time begins anew";
}

TEST_F(OneRelay, AServerThatNamesATimeIsBelieved) {
  story.claim(1);
  story.trouble(Trouble::closing, seconds(90));
  EXPECT_EQ(story.opens_in(), seconds(90));
  story.now += seconds(90);
  story.claim();
  story.trouble(Trouble::closing, hours(48));
  EXPECT_EQ(story.opens_in(), hours(1)) << "but not too much";
}

TEST_F(OneRelay, AProbeThatSaysNothingIsRepeatedAtOnce) {
  story.claim(1);
  story.trouble(Trouble::connect);
  story.now += seconds(5);
  story.claim();
  story.silent();
  EXPECT_EQ(story.claims(), 1U);
}

TEST_F(OneRelay, ASessionThatEndsWithoutAWordClosesNothing) {
  story.claim(1);
  story.silent();
  EXPECT_EQ(story.state(), "open");
}

TEST_F(OneRelay, SilenceAfterTheDotIsNoAnswer) {
  story.claim(1);
  story.uncertain();
  EXPECT_EQ(story.state(), "open") << "no other relay gets what this one may have taken";
  EXPECT_FALSE(story.table.served_at(0));
  story.claim(1);
  story.trouble(Trouble::connect);
  story.now += seconds(5);
  ASSERT_EQ(story.claims(), 1U);
  story.uncertain();
  EXPECT_EQ(story.state(), "down") << "the queue is not sent after it";
  EXPECT_EQ(story.opens_in(), seconds(10));
}

TEST_F(OneRelay, ARefusalBesideSessionsThatServeAllTheTimeClosesNothing) {
  story.claim(3);
  story.served();
  story.claim(1);
  const auto refused = story.in_flight.back();
  story.in_flight.pop_back();
  story.trouble_of(refused, Trouble::closing);
  EXPECT_EQ(story.state(), "open");
}

TEST(Connections, HaveNoNextMailAtHandWhileTheRelayTakesFewer) {
  auto rules = rules_of({a_relay("mx", 3)});
  rules.relays[0].attempts_per_connection = 2;
  RelayStory story(std::move(rules));
  story.claim(2);
  const auto refused = story.pop();
  story.served();
  story.trouble_of(refused, Trouble::greeting);
  EXPECT_EQ(story.claims(), 2U) << "it takes two connections, and two mails open no third";
}

TEST_F(OneRelay, ARelayThatTakesFiveConnectionsGetsFive) {
  for (int round = 0; round < 20; ++round) {
    story.claim();
    const std::size_t refused = story.in_flight.size() > 5 ? story.in_flight.size() - 5 : 0;
    while (story.in_flight.size() > refused) story.served();
    while (!story.in_flight.empty()) story.trouble(Trouble::greeting);
    EXPECT_EQ(story.state(), "open");
    story.now += seconds(1);
  }
  EXPECT_LE(story.table.relay_stats(story.now)[0].connections_allowed, 6U);
}

TEST_F(OneRelay, ClosesWhenNothingIsServedInBetween) {
  story.claim(2);
  story.served();
  story.trouble(Trouble::connect);
  EXPECT_EQ(story.state(), "open");
  story.claim(1);
  story.trouble(Trouble::connect);
  EXPECT_EQ(story.state(), "down");
}

TEST_F(OneRelay, AnOldSessionThatStillServesOpensARelayThatIsDown) {
  story.claim(2);
  story.trouble(Trouble::connect);
  EXPECT_EQ(story.state(), "down");
  story.served();
  EXPECT_EQ(story.state(), "open");
}

TEST_F(OneRelay, ARefusedLoginIsLoudAndHeldForAQuarterOfAnHour) {
  story.claim(2);
  story.trouble(Trouble::auth);
  story.served();
  EXPECT_EQ(story.state(), "auth") << "a session that logged in before says nothing of the login now";
  EXPECT_EQ(story.table.closed(kDefaultLane, story.now)->reason, WaitingFor::relay_auth);
  EXPECT_EQ(story.opens_in(), minutes(15));
  story.now += minutes(15);
  ASSERT_EQ(story.claims(), 1U);
  story.trouble(Trouble::auth);
  EXPECT_EQ(story.opens_in(), minutes(15));
  const auto log = story.log();
  ASSERT_EQ(log.size(), 2U) << "again at each probe";
  EXPECT_THAT(log[1], StartsWith("error: nothing goes to mx until 2026-03-01T12:30:00.000Z: words; mend"));
}

TEST_F(OneRelay, TheReplyIsToldWithItsCodes) {
  story.claim(1);
  AttemptResult result;
  result.trouble = Trouble::auth;
  result.trouble_reply = {Verdict::temporary, 535, "5.7.8", "no"};
  std::vector<Notice> notices;
  story.table.ended(story.pop(), result, story.now, notices);
  EXPECT_EQ(story.table.relay_stats(story.now)[0].last_error, "535 5.7.8 no");
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_THAT(notices[0].text, HasSubstr(": 535 5.7.8 no; mend its login"));
}

TEST_F(OneRelay, AReloadTriesWhatIsHeldAtOnce) {
  for (const Trouble what : {Trouble::auth, Trouble::quota, Trouble::connect}) {
    story.claim(1);
    story.trouble(what);
    ASSERT_EQ(story.claims(), 0U);
    std::vector<Notice> notices;
    story.table.reopen(story.now, notices);
    EXPECT_THAT(notices.at(0).text, HasSubstr("is tried again now"));
    ASSERT_EQ(story.claims(), 1U);
    story.served();
    EXPECT_EQ(story.state(), "open");
  }
  std::vector<Notice> notices;
  story.table.reopen(story.now, notices);
  EXPECT_THAT(notices, IsEmpty());
}

TEST_F(OneRelay, ACertificateThatIsWrongIsLoud) {
  story.claim(1);
  story.trouble(Trouble::tls);
  EXPECT_THAT(story.log(), ElementsAre(StartsWith("error: nothing goes to mx")));
  EXPECT_EQ(story.state(), "down");
}

TEST_F(OneRelay, AQuotaIsWaitedForAsLongAsItSays) {
  story.claim(1);
  story.trouble(Trouble::quota, hours(3));
  EXPECT_EQ(story.state(), "quota");
  EXPECT_EQ(story.opens_in(), hours(3));
  EXPECT_EQ(story.table.closed(kDefaultLane, story.now)->reason, WaitingFor::rate_limit);
  story.now += hours(3);
  ASSERT_EQ(story.claims(), 1U);
  story.trouble(Trouble::quota);
  EXPECT_EQ(story.opens_in(), hours(1)) << "without a time it is tried each hour";
}

TEST_F(OneRelay, AClockThatIsSetBackLengthensNoPause) {
  story.claim(1);
  story.trouble(Trouble::connect);
  story.now -= hours(10);
  EXPECT_EQ(story.claims(), 1U) << "it is over";
}

TEST_F(OneRelay, PacingHalvesTheRateOnceForAllThatWereUnderWay) {
  for (int second = 0; second < 10; ++second) {
    story.claim(10);
    for (int i = 0; i < 10; ++i) story.served();
    story.now += seconds(1);
  }
  story.claim(10);
  for (int i = 0; i < 10; ++i) story.trouble(Trouble::pacing);
  EXPECT_EQ(story.state(), "throttled");
  EXPECT_NEAR(*story.table.relay_stats(story.now)[0].rate_now, 5.5, 1);
  EXPECT_THAT(story.log(), ElementsAre("warn: mx is sent to more slowly: words"));
  EXPECT_EQ(story.claims(), 0U);
  EXPECT_EQ(story.table.closed(kDefaultLane, story.now)->reason, WaitingFor::rate_limit);
  EXPECT_GT(story.opens_in(), seconds(0));
  story.now += minutes(2);
  EXPECT_EQ(story.state(), "open");
  EXPECT_EQ(story.claims(), 10U);
}

TEST_F(OneRelay, IsSentToLessThoughItTookSomeRecipients) {
  story.claim(2);
  story.served_in_part(Trouble::pacing);
  EXPECT_EQ(story.state(), "throttled");
  EXPECT_EQ(story.table.relay_stats(story.now)[0].delivered, 1U);
  story.served_in_part(Trouble::quota, minutes(20));
  EXPECT_EQ(story.state(), "quota");
  EXPECT_EQ(story.opens_in(), minutes(20));
}

TEST_F(OneRelay, TellsWhatItHasDone) {
  story.claim(3);
  story.served();
  const auto stats = story.table.relay_stats(story.now)[0];
  EXPECT_EQ(stats.url, "smtp://mx:25");
  EXPECT_EQ(stats.connections_in_use, 2U);
  EXPECT_EQ(stats.connections_max, 10U);
  EXPECT_EQ(stats.delivered, 1U);
  EXPECT_EQ(stats.sent_last_minute, 1U);
  story.now += minutes(2);
  EXPECT_EQ(story.table.relay_stats(story.now)[0].sent_last_minute, 0U);
  EXPECT_EQ(story.table.relay_stats(story.now)[0].sent_last_day, 1U);
}

TEST(RelayRates, HoldNewClaimsUntilTheWindowIsPast) {
  auto rules = rules_of({a_relay("ses", 100)});
  rules.relays[0].rates = {{14, seconds(1)}, {20, hours(24)}};
  RelayStory story(std::move(rules));
  EXPECT_EQ(story.claims(), 14U);
  EXPECT_EQ(story.table.closed(kDefaultLane, story.now)->reason, WaitingFor::rate_limit);
  story.now += story.opens_in();
  EXPECT_EQ(story.now, kNoon + milliseconds(1020));
  EXPECT_EQ(story.claims(), 6U) << "all that is left of the day";
  EXPECT_GT(story.opens_in(), hours(23));
  EXPECT_EQ(story.table.relay_stats(story.now)[0].rates, (std::vector<std::string>{"14/s", "20/day"}));
}

TEST(RelayRates, CountRecipients) {
  auto rules = rules_of({a_relay("ses", 100)});
  rules.relays[0].rates = {{100, seconds(1)}};
  RelayStory story(std::move(rules));
  EXPECT_EQ(story.claims(1000, kDefaultLane, 30), 4U) << "the last goes whole";
  story.now += milliseconds(1020);
  EXPECT_EQ(story.claims(1000, kDefaultLane, 30), 3U) << "what it owed is paid now: 80 are left";
}

TEST(Domains, HaveLimitsOfTheirOwn) {
  auto rules = rules_of({a_relay("mx", 10)});
  rules.domains = {{"gmail.com", 2, {{5, minutes(1)}}}};
  RelayStory story(std::move(rules));
  constexpr LaneId kGmail = 2;
  EXPECT_EQ(story.claims(100, kGmail), 2U);
  EXPECT_EQ(story.claims(100, kDefaultLane), 8U) << "others are not touched";
  story.served();
  story.served();
  EXPECT_EQ(story.claims(100, kGmail), 2U);
  story.now += seconds(10);
  while (!story.in_flight.empty()) story.served();
  EXPECT_EQ(story.claims(100, kGmail), 1U) << "five a minute";
  EXPECT_EQ(story.table.closed(kGmail, story.now)->reason, WaitingFor::rate_limit);
  EXPECT_FALSE(story.table.closed(kDefaultLane, story.now));
  const auto stats = story.table.domain_stats(story.now)[0];
  EXPECT_EQ(stats.connections_in_use, 1U);
  EXPECT_EQ(stats.sent_last_minute, 5U);
}

RelayRules with_quotas() {
  auto rules = rules_of({a_relay("ses", 10)});
  rules.relays[0].rates = {{100, seconds(1)}, {5, hours(24)}};
  rules.domains = {{"gmail.com", 0, {{2, hours(1)}}}};
  return rules;
}

TEST(Quotas, OutliveARestart) {
  RelayStory before(with_quotas());
  EXPECT_THAT(before.table.unkept(), IsEmpty());
  EXPECT_EQ(before.claims(3, 2), 2U) << "to gmail.com";
  EXPECT_EQ(before.claims(), 3U);
  const std::vector<Sent> sent = before.table.unkept();
  ASSERT_EQ(sent.size(), 2U) << "of a second nothing is kept";
  EXPECT_EQ(sent[0].whose, "relay=ses");
  EXPECT_EQ(sent[1].whose, "domain=gmail.com");

  RelayStory after(with_quotas());
  after.now += hours(1) + minutes(2);
  after.table.remember(sent);
  EXPECT_EQ(after.claims(), 0U);
  EXPECT_EQ(after.table.closed(kDefaultLane, after.now)->reason, WaitingFor::rate_limit);
  EXPECT_THAT(after.table.unkept(), IsEmpty()) << "it is kept already";
  after.now += hours(24);
  EXPECT_EQ(after.claims(), 5U);

  RelayStory domain(with_quotas());
  domain.table.remember(std::vector<Sent>{sent[1], {"relay=gone", hours(24), sent[0].steps}});
  EXPECT_EQ(domain.claims(3, 2), 0U) << "the domain's own";
  EXPECT_EQ(domain.claims(), 5U);
}

TEST(Quotas, AreToldAgainUntilTheyAreKept) {
  RelayStory story(with_quotas());
  story.claim(1);
  EXPECT_EQ(story.table.unkept(), story.table.unkept());
  EXPECT_EQ(story.table.unkept().size(), 1U);
  story.table.kept();
  EXPECT_THAT(story.table.unkept(), IsEmpty());
  story.claim(1);
  EXPECT_EQ(story.table.unkept().at(0).steps.at(0).recipients, 2) << "all of it, not what came since";
}

}  // namespace
}  // namespace jobd
