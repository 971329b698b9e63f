// Relays under random events: what holds whatever happens.
#include <algorithm>
#include <map>

#include "tests/core/relay_story.h"

namespace jobd {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::a_relay;
using testing::RelayStory;
using testing::rules_of;

constexpr LaneId kLimited = 2;

RelayRules some_rules() {
  RelayRules rules = rules_of({a_relay("a", 5), a_relay("b", 3), a_relay("backup", 4, 10)});
  rules.relays[0].rates = {{20, seconds(1)}};
  rules.relays[2].rates = {{30, seconds(5)}, {100, minutes(1)}};
  rules.domains = {{"slow.org", 2, {{7, seconds(10)}}}};
  return rules;
}

class Chaos {
 public:
  explicit Chaos(std::uint64_t seed) : random_(seed), story_(some_rules()) {}

  void run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      story_.now += milliseconds(static_cast<std::int64_t>(random_.unit() * random_.unit() * 1500));
      claim();
      end_some();
      if (random_.unit() < 0.002) story_.table.reopen(story_.now, notices_);
      if (story_.in_flight.empty()) expect_that_time_helps();
    }
    for (std::size_t relay = 0; relay < kDomain; ++relay) expect_rates(relay, story_.rules.relays[relay].rates);
    expect_rates(kDomain, story_.rules.domains[0].rates);
    EXPECT_GT(claims_, steps / 10) << "nothing went on";
  }

 private:
  static constexpr std::size_t kDomain = 3;
  struct Sent {
    Time at;
    std::int64_t recipients;
  };

  void claim() {
    const auto before = story_.table.relay_stats(story_.now);
    std::map<RelayId, int> count;
    for (const LaneId lane : {kDefaultLane, kLimited}) {
      const auto recipients = static_cast<std::int64_t>(1 + random_.unit() * kMost);
      for (const RelayId id : story_.claim(1 + static_cast<std::size_t>(random_.unit() * 10), lane,
                                           static_cast<std::size_t>(recipients))) {
        ++count[id];
        ++claims_;
        sent_[id].push_back({story_.now, recipients});
        if (lane == kLimited) sent_[kDomain].push_back({story_.now, recipients});
      }
    }
    const auto after = story_.table.relay_stats(story_.now);
    for (RelayId id = 0; id < after.size(); ++id) {
      EXPECT_LE(after[id].connections_in_use, after[id].connections_max);
      const bool was_closed = before[id].state != "open" && before[id].state != "throttled";
      if (!was_closed) continue;
      EXPECT_LE(count[id], before[id].state == "probing" ? 1 : 0) << "one probe, and none in the pause";
    }
    EXPECT_LE(story_.table.domain_stats(story_.now)[0].connections_in_use, 2U);
  }

  void end_some() {
    while (!story_.in_flight.empty() && random_.unit() < 0.7) {
      const auto at = static_cast<std::size_t>(random_.unit() * static_cast<double>(story_.in_flight.size()));
      std::swap(story_.in_flight.front(), story_.in_flight[at]);
      const double what = random_.unit();
      if (what < 0.7) {
        story_.served();
      } else if (what < 0.75) {
        story_.silent();
      } else {
        constexpr Trouble kTroubles[] = {Trouble::connect, Trouble::tls, Trouble::auth, Trouble::pacing,
                                         Trouble::quota};
        story_.trouble(kTroubles[static_cast<std::size_t>(random_.unit() * 5)]);
      }
    }
  }

  // With nothing under way either something can go now, or the time is known at which it can.
  void expect_that_time_helps() {
    for (int i = 0; i < 1000; ++i) {
      Admission admission = story_.table.admission(story_.now);
      if (admission.lets_through(kDefaultLane)) return;
      EXPECT_TRUE(story_.table.closed(kDefaultLane, story_.now)) << "and a reason is given";
      const auto next = story_.table.next_opening(story_.now);
      ASSERT_TRUE(next);
      ASSERT_GT(*next, story_.now);
      story_.now = *next;
    }
    FAIL() << "no time is the right one";
  }

  void expect_rates(std::size_t whose, const std::vector<Rate>& rates) {
    const std::vector<Sent>& sent = sent_[whose];
    for (const Rate& rate : rates) {
      std::int64_t sum = 0;
      for (std::size_t first = 0, last = 0; last < sent.size(); ++last) {
        sum += sent[last].recipients;
        while (sent[last].at - sent[first].at > rate.per) sum -= sent[first++].recipients;
        ASSERT_LT(sum, rate.recipients + kMost + 1) << whose;
      }
    }
  }

  static constexpr std::int64_t kMost = 4;  // recipients of a mail, and one less
  testing::FakeRandom random_;
  RelayStory story_;
  std::array<std::vector<Sent>, 4> sent_;
  std::vector<Notice> notices_;
  int claims_ = 0;
};

TEST(RelayProperties, HoldWhateverHappens) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    Chaos(seed).run(1500);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace jobd
