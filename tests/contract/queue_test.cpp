// In which order jobs are claimed, and what keeps them waiting.
#include <algorithm>
#include <set>

#include "tests/contract/store_contract.h"

namespace jobd::testing {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class Queue : public StoreContract {
 protected:
  static constexpr LaneId kBlocked = 7;
  static Admission closed() { return only({{kBlocked, 0}}); }
  // Of the relay that the default lane goes to.
  static Admission with_content(std::int64_t bytes, bool idle) {
    Admission::Pool pool;
    pool.content_bytes = bytes;
    pool.idle = idle;
    Admission::Draw draw;
    draw.any = {0};
    return {std::make_shared<const Admission::Draws>(Admission::Draws{{kDefaultLane, draw}}), {pool}};
  }
  static Admission probing() { return only({{kBlocked, 1}}); }
};
JOBD_CONTRACT(Queue, all_stores);

TEST_P(Queue, higher_priorities_go_first) {
  const auto all = ids(accepted(submit_all({a_mail().priority(0), a_mail().priority(9), a_mail().priority(5)})));
  EXPECT_THAT(ids(claim(2)), ElementsAre(all[1], all[2]));
  EXPECT_THAT(ids(claim(2)), ElementsAre(all[0]));
}

TEST_P(Queue, within_a_priority_the_longest_due_goes_first) {
  const auto all = ids(
      accepted(submit_all({a_mail().due_in(seconds(3)), a_mail().due_in(seconds(1)), a_mail().due_in(seconds(2))})));
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(next_due(), clock_.now() + seconds(1));
  clock_.advance(seconds(2));
  EXPECT_THAT(ids(claim()), ElementsAre(all[1], all[2]));
  EXPECT_EQ(next_due(), clock_.now() + seconds(1));
}

TEST_P(Queue, a_job_that_waits_for_a_slot_is_due_in_the_past) {
  submit(a_mail());
  clock_.advance(seconds(1));
  EXPECT_THAT(claim(0), IsEmpty());
  EXPECT_EQ(next_due(), clock_.now() - seconds(1));
}

TEST_P(Queue, an_empty_batch_with_nothing_due_does_nothing) {
  submit(a_mail().due_in(minutes(1)));
  const BatchResult batch = apply({}, room());
  EXPECT_THAT(batch.claims, IsEmpty());
  EXPECT_FALSE(batch.more);
  EXPECT_EQ(batch.now, clock_.now());
}

TEST_P(Queue, while_paused_nothing_is_claimed) {
  submit(a_mail());
  ASSERT_TRUE(apply_one(SetPaused{true}).ok());
  EXPECT_TRUE(store_->counts().paused);
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_THAT(submit_all({a_mail()}, room()).claims, IsEmpty());
  EXPECT_EQ(next_due(), std::nullopt);
  EXPECT_THAT(apply({SetPaused{false}}, room()).claims, SizeIs(2));
}

TEST_P(Queue, a_pause_holds_for_the_submits_after_it_in_its_batch) {
  std::vector<Command> commands;
  commands.emplace_back(SetPaused{true});
  commands.emplace_back(a_mail().build(clock_.now()));
  EXPECT_THAT(apply(std::move(commands), room()).claims, IsEmpty());
}

TEST_P(Queue, contents_in_flight_stay_within_the_budget) {
  const auto all = ids(accepted(submit_all(
      {a_mail().content(std::string(60, 'a')), a_mail().content(std::string(60, 'b')), a_mail().content("small")})));
  const std::vector<Claimed> claims = apply({}, room(10, with_content(100, true))).claims;
  EXPECT_THAT(ids(claims), ElementsAre(all[0])) << "what is small does not overtake what is large";
  EXPECT_THAT(apply({}, room(10, with_content(40, false))).claims, IsEmpty());
  const ClaimBudget idle = room(10, with_content(40, true));
  EXPECT_THAT(ids(apply({Finish{result_of(claims[0].record, delivered()), 0, {}}}, idle).claims), ElementsAre(all[1]))
      << "what exceeds the budget goes when nothing else is in flight";
}

TEST_P(Queue, a_submit_beyond_the_budget_waits) {
  const BatchResult batch =
      submit_all({a_mail(), a_mail().content(std::string(200, 'x'))}, room(10, with_content(100, true)));
  EXPECT_THAT(batch.claims, SizeIs(1));
}

TEST_P(Queue, jobs_of_a_closed_lane_are_passed_by) {
  const auto all = ids(accepted(submit_all({a_mail().lane(kBlocked), a_mail(), a_mail().lane(kBlocked)})));
  EXPECT_THAT(ids(claim(10, closed())), ElementsAre(all[1]));
  EXPECT_EQ(next_due(closed()), std::nullopt) << "a closed lane wakes nobody";
  EXPECT_EQ(next_due(), clock_.now());
  EXPECT_THAT(ids(claim()), ElementsAre(all[0], all[2]));
  EXPECT_EQ(next_due(), std::nullopt);
}

TEST_P(Queue, a_submit_for_a_closed_lane_waits_and_others_start) {
  const BatchResult batch = submit_all({a_mail().lane(kBlocked)}, room(10, closed()));
  EXPECT_THAT(batch.claims, IsEmpty());
  EXPECT_EQ(next_due(closed()), std::nullopt);
  EXPECT_THAT(submit_all({a_mail()}, room(10, closed())).claims, SizeIs(1)) << "others still start at once";
  EXPECT_THAT(ids(claim()), ElementsAre(accepted(batch)[0].id));
}

TEST_P(Queue, a_probe_lets_one_through) {
  const auto all =
      ids(accepted(submit_all({a_mail().lane(kBlocked), a_mail().lane(kBlocked), a_mail().lane(kBlocked), a_mail()})));
  EXPECT_THAT(ids(claim(10, probing())), UnorderedElementsAre(all[0], all[3]));
  EXPECT_THAT(claim(10, closed()), IsEmpty());
  EXPECT_THAT(ids(claim(10, probing())), ElementsAre(all[1]));
  EXPECT_THAT(ids(claim()), ElementsAre(all[2]));
}

TEST_P(Queue, when_a_lane_opens_its_jobs_go_in_the_order_they_are_due) {
  std::vector<JobId> order;
  for (int i = 0; i < 3; ++i) {
    order.push_back(accepted(submit_all({a_mail().lane(kBlocked)}, room(9, closed())))[0].id);
    clock_.advance(seconds(1));
  }
  const BatchResult opened = submit_all({a_mail().lane(kBlocked)}, room(1));
  order.push_back(accepted(opened)[0].id);
  EXPECT_THAT(ids(opened.claims), ElementsAre(order[0])) << "what is new does not overtake them";
  order.erase(order.begin());
  EXPECT_EQ(ids(claim()), order);
}

TEST_P(Queue, a_job_of_a_closed_lane_can_be_cancelled_and_sent_now) {
  const auto all = ids(accepted(submit_all({a_mail().lane(kBlocked), a_mail().lane(kBlocked)})));
  claim(10, closed());
  ASSERT_TRUE(apply_one(Cancel{all[0]}).ok());
  ASSERT_TRUE(apply_one(Retry{all[1], {}}).ok());
  EXPECT_THAT(ids(claim()), ElementsAre(all[1]));
  EXPECT_EQ(next_due(), std::nullopt);
}

TEST_P(Queue, a_failed_attempt_of_a_closed_lane_waits_for_it) {
  submit(a_mail().lane(kBlocked));
  const Record processing = claim_one();
  const BatchResult batch = apply({Finish{trouble_of(processing, Trouble::connect), 0, {}}}, room(10, closed()));
  EXPECT_THAT(batch.claims, IsEmpty());
  EXPECT_EQ(next_due(closed()), std::nullopt);
  EXPECT_THAT(ids(claim(10, probing())), ElementsAre(processing.id));
}

TEST_P(Queue, many_jobs_are_all_claimed_once) {
  submit_all(std::vector<MailBuilder>(700, a_mail()));
  std::vector<Record> all;
  for (std::vector<Record> some = claim(90); !some.empty(); some = claim(90))
    all.insert(all.end(), some.begin(), some.end());
  std::vector<JobId> claimed = ids(all);
  const std::set<JobId> different(claimed.begin(), claimed.end());
  EXPECT_TRUE(std::is_sorted(claimed.begin(), claimed.end()));
  EXPECT_THAT(different, SizeIs(700));
}

TEST_P(Queue, what_was_due_is_due_still_when_the_clock_is_set_back) {
  submit_all({a_mail(), a_mail().lane(7).priority(9), a_mail().parts({3, 4}), a_mail().due_in(minutes(70))});
  const Record flying = claim_one();
  submit(a_mail());
  clock_.advance(minutes(1));
  finish(flying, temporary());
  const std::vector<JobId> all = list();
  clock_.advance(-std::chrono::hours(1));
  EXPECT_THAT(claim(100, only({{3, 0}, {7, 0}})), SizeIs(2)) << "a part, and what came later";
  EXPECT_THAT(claim(), SizeIs(2)) << "of the lanes that were closed";
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(due(get(flying)), clock_.now() + std::chrono::hours(1) + minutes(2)) << "it had not been due";
  EXPECT_EQ(next_due(), clock_.now() + std::chrono::hours(1) + minutes(2));
  EXPECT_EQ(due(get(all[1])), clock_.now() + std::chrono::hours(1) + minutes(69)) << "scheduled";
}

TEST_P(Queue, what_is_scheduled_by_a_clock_that_was_set_back_is_not_due) {
  submit(a_mail());
  clock_.advance(-std::chrono::hours(1));
  submit(a_mail().due_in(minutes(15)));
  EXPECT_THAT(claim(), SizeIs(1));
  EXPECT_EQ(next_due(), clock_.now() + minutes(15));
}

TEST_P(Queue, what_is_scheduled_while_many_are_brought_back_is_not_due) {
  submit_all(std::vector<MailBuilder>(1200, a_mail()));
  clock_.advance(-std::chrono::hours(1));
  submit(a_mail().due_in(minutes(15)));
  while (apply({}).more) {
  }
  EXPECT_THAT(claim(2000), SizeIs(1200));
  EXPECT_EQ(next_due(), clock_.now() + minutes(15));
}

TEST_P(Queue, of_many_jobs_is_brought_back_turn_by_turn) {
  submit_all(std::vector<MailBuilder>(1200, a_mail()));
  clock_.advance(-std::chrono::hours(1));
  EXPECT_TRUE(apply({}).more);
  EXPECT_TRUE(apply({}).more);
  EXPECT_FALSE(apply({}).more);
  EXPECT_THAT(claim(2000), SizeIs(1200));
}

}  // namespace
}  // namespace jobd::testing
