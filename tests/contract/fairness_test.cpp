// Lanes beside one another: each gets its turn, a closed one costs nothing.
#include <algorithm>

#include "tests/contract/fake_disk.h"
#include "tests/contract/store_contract.h"
#include "tests/support/temporary_folder.h"

namespace jobd::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr LaneId kBusy = 2;
constexpr LaneId kSmall = 3;

class Fairness : public StoreContract {
 protected:
  void submit_many(std::size_t count, const MailBuilder& mail) { submit_all(std::vector<MailBuilder>(count, mail)); }
  static std::size_t of_lane(const std::vector<Record>& records, LaneId lane) {
    return static_cast<std::size_t>(std::ranges::count(records, lane, &Record::lane));
  }
  // Claims one by one, as slots come free one by one.
  std::vector<LaneId> lanes_of(std::size_t claims) {
    std::vector<LaneId> lanes;
    while (lanes.size() < claims) lanes.push_back(claim_one().lane);
    return lanes;
  }
};
JOBD_CONTRACT(Fairness, all_stores);

TEST_P(Fairness, a_few_jobs_do_not_wait_for_another_lanes_burst) {
  submit_many(20'000, a_mail().lane(kBusy));
  submit_many(10, a_mail().lane(kSmall));
  const std::vector<Record> first = claim(50);
  EXPECT_THAT(first, SizeIs(50));
  EXPECT_EQ(of_lane(first, kSmall), 10U) << "in the next round";
}

TEST_P(Fairness, holds_where_slots_come_free_one_by_one) {
  submit_many(200, a_mail().lane(kBusy));
  submit_many(200, a_mail().lane(kSmall));
  const std::vector<LaneId> lanes = lanes_of(160);
  EXPECT_EQ(std::ranges::count(lanes, kBusy), 80);
}

TEST_P(Fairness, goes_by_what_the_mails_weigh) {
  submit_many(20, a_mail().lane(kBusy).content(std::string(700'000, 'x')));
  submit_many(300, a_mail().lane(kSmall));
  const std::vector<Record> first = claim(150);
  EXPECT_LE(of_lane(first, kBusy), 14U);
  EXPECT_GE(of_lane(first, kBusy), 10U);
}

TEST_P(Fairness, a_higher_priority_overtakes_within_its_lane_alone) {
  submit_many(100, a_mail().lane(kBusy).priority(9));
  submit_many(100, a_mail().lane(kSmall).priority(0));
  EXPECT_EQ(of_lane(claim(64), kSmall), 32U);
}

TEST_P(Fairness, a_submit_does_not_overtake_a_lane_that_waits) {
  submit_many(5, a_mail().lane(kBusy));
  const BatchResult batch = submit_all({a_mail().lane(kSmall)}, room(3));
  ASSERT_THAT(batch.claims, SizeIs(3));
  for (const Claimed& claimed : batch.claims) EXPECT_EQ(claimed.record.lane, kBusy);
}

TEST_P(Fairness, lanes_share_a_pool_in_turns) {
  submit_many(60, a_mail().lane(kBusy));
  submit_many(60, a_mail().lane(kSmall));
  Admission::Draw draw;
  draw.any = {0};
  const Admission::Draws draws = {{kBusy, draw}, {kSmall, draw}};
  std::size_t small = 0;
  for (int turn = 0; turn < 64; ++turn) {
    const Admission one(std::make_shared<const Admission::Draws>(draws), {{1, Admission::kUnlimited}});
    const std::vector<Record> claimed = claim(10, one);
    ASSERT_THAT(claimed, SizeIs(1)) << "the pool has one";
    small += of_lane(claimed, kSmall);
  }
  EXPECT_EQ(small, 32U);
}

TEST_P(Fairness, a_mail_that_waits_for_room_at_its_relay_holds_up_no_other_relay) {
  const std::string large(100, 'x');
  const auto jobs = ids(accepted(submit_all(
      {a_mail().lane(kBusy).content(large), a_mail().lane(kBusy).content("x"), a_mail().lane(kSmall).content("x")})));
  Admission::Draw to_first;
  to_first.any = {0};
  Admission::Draw to_second;
  to_second.any = {1};
  std::vector<Admission::Pool> relays(2);
  relays[0].content_bytes = 50;
  relays[0].idle = false;
  const Admission::Draws draws = {{kBusy, to_first}, {kSmall, to_second}};
  for (int turn = 0; turn < 2; ++turn) {
    const auto claimed = ids(claim(10, {std::make_shared<const Admission::Draws>(draws), relays}));
    EXPECT_EQ(claimed, turn == 0 ? std::vector{jobs[2]} : std::vector<JobId>()) << "what is small does not overtake it";
  }
  relays[0].content_bytes = 101;
  EXPECT_THAT(ids(claim(10, {std::make_shared<const Admission::Draws>(draws), relays})), SizeIs(2));
}

TEST_P(Fairness, a_mail_that_finds_no_room_at_one_relay_goes_to_the_next) {
  submit_all({a_mail().content(std::string(100, 'x'))});
  Admission::Draw draw;
  draw.any = {0, 1};
  std::vector<Admission::Pool> relays(2);
  relays[0].content_bytes = 50;
  relays[0].idle = false;
  relays[1].attempts = 1;
  const Admission two(std::make_shared<const Admission::Draws>(Admission::Draws{{kDefaultLane, draw}}), relays);
  const std::vector<Claimed> claims = apply({}, room(10, two)).claims;
  ASSERT_THAT(claims, SizeIs(1));
  EXPECT_EQ(claims[0].relay, 1U);
}

TEST_P(Fairness, recipients_are_counted_as_the_relay_counts_them) {
  submit_all({a_mail().to({"a@a", "b@a", "c@a"}), a_mail().to({"a@a", "b@a"}), a_mail()});
  Admission::Draw draw;
  draw.any = {0};
  draw.all = {1};
  const Admission four(std::make_shared<const Admission::Draws>(Admission::Draws{{kDefaultLane, draw}}),
                       {{}, {Admission::kUnlimited, 4}});
  EXPECT_THAT(claim(10, four), SizeIs(2)) << "a mail goes whole";
}

TEST_P(Fairness, the_claim_says_which_relay_it_was_let_through_to) {
  submit_all({a_mail(), a_mail()});
  Admission::Draw draw;
  draw.any = {1};
  const Admission second(std::make_shared<const Admission::Draws>(Admission::Draws{{kDefaultLane, draw}}), {{}, {}});
  const std::vector<Claimed> claims = apply({}, room(10, second)).claims;
  ASSERT_THAT(claims, SizeIs(2));
  for (const Claimed& claimed : claims) EXPECT_EQ(claimed.relay, 1U);
}

class Rules : public StoreContract {};
JOBD_CONTRACT(Rules, all_stores);

TEST_P(Rules, the_first_one_is_always_known) {
  const std::vector<LaneRule> lanes = store_->lanes({}).value();
  ASSERT_THAT(lanes, SizeIs(1));
  EXPECT_EQ(lanes[0].id, kDefaultLane);
  EXPECT_EQ(lanes[0].rule, "default");
}

TEST_P(Rules, each_new_one_gets_an_id_for_good) {
  const std::vector<std::string> first = {"default", "recipient=a.com", "recipient=b.com"};
  const std::vector<std::string> second = {"recipient=c.com", "recipient=a.com"};
  store_->lanes(first).value();
  const std::vector<LaneRule> lanes = store_->lanes(second).value();
  std::vector<std::string> rules;
  for (const LaneRule& lane : lanes) {
    EXPECT_EQ(lane.id, kDefaultLane + rules.size());
    rules.push_back(lane.rule);
  }
  EXPECT_THAT(rules, ElementsAre("default", "recipient=a.com", "recipient=b.com", "recipient=c.com"));
}

class DurableRules : public StoreContract {};
JOBD_CONTRACT(DurableRules, durable_stores);

TEST_P(DurableRules, outlive_a_restart) {
  const std::vector<std::string> rules = {"recipient=a.com"};
  store_->lanes(rules).value();
  reopen();
  EXPECT_THAT(store_->lanes({}).value(), SizeIs(2));
}

TEST(ClosedLane, is_never_written) {
  FakeDisk disk;
  TemporaryFolder folder;
  FakeClock clock;
  StoreSettings settings;
  settings.url = "sqlite:" + folder.file("jobs.db");
  settings.min_free_space_bytes = 0;
  auto store = open_repository(settings, clock, [](const std::string& message) { throw FlushFailed{message}; }).value();
  ASSERT_TRUE(store->recover().ok());
  std::vector<Command> submits;
  for (int i = 0; i < 500; ++i) submits.emplace_back(a_mail().lane(kBusy).build(clock.now()));
  ASSERT_TRUE(store->apply(submits, {}).ok());
  const ClaimBudget budget{100, only({{kBusy, 0}})};
  const int before = disk.operations();
  for (int turn = 0; turn < 20; ++turn) {
    std::vector<Command> nothing;
    EXPECT_THAT(store->apply(nothing, budget).value().claims, IsEmpty());
    EXPECT_EQ(store->queue(budget.admission).next_due, std::nullopt);
    clock.advance(std::chrono::seconds(1));
  }
  EXPECT_EQ(disk.operations(), before) << "not one write or flush";
}

}  // namespace
}  // namespace jobd::testing
