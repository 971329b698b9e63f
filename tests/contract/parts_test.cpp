// Jobs of several parts in a store: each waits, is claimed and ends on its own.
#include "daemon/core/lifecycle.h"
#include "tests/contract/store_contract.h"

namespace jobd::testing {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr LaneId kOther = 2;

class JobParts : public StoreContract {
 protected:
  static MailBuilder a_divided_mail() { return a_mail().parts({kDefaultLane, kOther}); }
  Record end(const Claimed& claimed, RecipientResult each) {
    return finish(result_of(claimed.record, std::move(each), claimed.part));
  }
  std::vector<Claimed> claims(Admission admission = {}) { return apply({}, room(100, std::move(admission))).claims; }
};
JOBD_CONTRACT(JobParts, all_stores);

TEST_P(JobParts, are_claimed_side_by_side_in_the_turn_of_their_submit) {
  const BatchResult batch = submit_all({a_divided_mail()}, room());
  ASSERT_THAT(batch.claims, SizeIs(2));
  EXPECT_EQ(batch.claims[0].part, 0U);
  EXPECT_EQ(batch.claims[1].part, 1U);
  EXPECT_TRUE(batch.claims[1].record.is_in_flight(0)) << "the later claim knows of the one before";
  EXPECT_EQ(count(JobStatus::processing), 1U) << "one job";
  EXPECT_EQ(next_due(), std::nullopt);
}

TEST_P(JobParts, end_on_their_own_and_with_the_last_the_job_does) {
  submit(a_divided_mail());
  const std::vector<Claimed> running = claims();
  EXPECT_EQ(end(running[1], delivered()).status(), JobStatus::processing);
  EXPECT_EQ(status(running[0].record), JobStatus::processing);
  EXPECT_EQ(refused(Finish{result_of(running[1].record, delivered(), 1), 0, {}}), Code::conflict);
  const Record last = end(running[0], delivered());
  EXPECT_EQ(last.status(), JobStatus::completed);
  EXPECT_EQ(get(last), last);
  EXPECT_EQ(last.history.size(), 2U);
}

TEST_P(JobParts, wait_for_their_own_lanes) {
  submit(a_divided_mail());
  const std::vector<Claimed> first = claims(only({{kOther, 0}}));
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].part, 0U);
  EXPECT_EQ(end(first[0], delivered()).status(), JobStatus::pending);
  EXPECT_EQ(next_due(only({{kOther, 0}})), std::nullopt);
  const std::vector<Claimed> second = claims();
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].part, 1U);
  EXPECT_EQ(end(second[0], delivered()).status(), JobStatus::completed);
}

TEST_P(JobParts, are_retried_on_their_own) {
  submit(a_divided_mail());
  std::vector<Claimed> running = claims();
  end(running[0], temporary());
  EXPECT_THAT(claims(), IsEmpty());
  const Record waiting = end(running[1], delivered());
  EXPECT_EQ(waiting.status(), JobStatus::pending);
  EXPECT_EQ(get(waiting), waiting);
  EXPECT_EQ(next_due(), due(waiting));
  clock_.set(due(waiting));
  running = claims();
  ASSERT_THAT(running, SizeIs(1));
  EXPECT_EQ(running[0].part, 0U);
  EXPECT_EQ(running[0].record.in_flight(0).claim, 2U);
  EXPECT_EQ(end(running[0], delivered()).status(), JobStatus::completed);
}

TEST_P(JobParts, can_all_be_cancelled_retried_and_removed) {
  const Record record = submit(a_divided_mail());
  ASSERT_TRUE(apply_one(Retry{record.id, {}}).ok());
  ASSERT_TRUE(apply_one(Cancel{record.id}).ok());
  EXPECT_THAT(claims(), IsEmpty());
  ASSERT_TRUE(apply_one(Retry{record.id, {}}).ok());
  const std::vector<Claimed> running = claims();
  ASSERT_THAT(running, SizeIs(2));
  EXPECT_EQ(refused(Cancel{record.id}), Code::conflict);
  EXPECT_EQ(refused(Remove{record.id}), Code::conflict);
  for (const Claimed& claimed : running) end(claimed, permanent());
  EXPECT_EQ(status(record), JobStatus::failed);
  ASSERT_TRUE(apply_one(Remove{record.id}).ok());
  EXPECT_EQ(next_due(), std::nullopt);
}

TEST_P(JobParts, expire_together) {
  submit(a_divided_mail().living(minutes(1)));
  clock_.advance(minutes(1));
  const BatchResult batch = apply({}, room());
  ASSERT_THAT(batch.expired, SizeIs(1));
  EXPECT_EQ(batch.expired[0].status(), JobStatus::failed);
  EXPECT_EQ(next_expiry(), std::nullopt);
}

TEST_P(JobParts, that_wait_expire_while_another_runs) {
  submit(a_divided_mail().living(minutes(1)));
  const std::vector<Claimed> running = claims(only({{kOther, 0}}));
  clock_.advance(minutes(1));
  const BatchResult batch = apply({}, room());
  ASSERT_THAT(batch.expired, SizeIs(1));
  EXPECT_EQ(batch.expired[0].status(), JobStatus::processing);
  EXPECT_EQ(get(batch.expired[0]), batch.expired[0]);
  const Record after = end(running[0], delivered());
  EXPECT_EQ(after.status(), JobStatus::failed);
  EXPECT_EQ(after.error->code, Failure::expired);
}

TEST_P(JobParts, step_over_their_own_dots) {
  submit(a_divided_mail().hold());
  const std::vector<Claimed> running = claims();
  ASSERT_TRUE(apply_one(StepOverDot{running[1].record.in_flight(1)}).ok());
  EXPECT_EQ(refused(StepOverDot{{running[1].record.id, 2, 1}}), Code::conflict);
  end(running[1], uncertain());
  EXPECT_EQ(status(running[0].record), JobStatus::processing);
  EXPECT_EQ(end(running[0], delivered()).status(), JobStatus::held);
}

class DurableParts : public JobParts {};
JOBD_CONTRACT(DurableParts, durable_stores);

TEST_P(DurableParts, outlive_a_restart_wherever_they_are) {
  submit(a_mail().parts({1, 2, 3, 4}).hold());
  const std::vector<Claimed> running = claims(only({{4, 0}}));
  ASSERT_THAT(running, SizeIs(3));
  end(running[0], temporary());
  ASSERT_TRUE(apply_one(StepOverDot{running[1].record.in_flight(1)}).ok());
  clock_.advance(minutes(1));
  const Recovery recovery = reopen();
  ASSERT_THAT(recovery.interrupted, SizeIs(1)) << "one job";
  const Record after = recovery.interrupted[0];
  EXPECT_EQ(get(after), after);
  EXPECT_TRUE(after.is_pending(0));
  EXPECT_EQ(status_of(after.state_of(1)), JobStatus::held) << "it was past its dot";
  EXPECT_TRUE(after.is_pending(2));
  EXPECT_EQ(after.parts[2].crashes, 1U);
  EXPECT_EQ(after.parts[3].claims, 0U);
  EXPECT_EQ(after.status(), JobStatus::pending);
  EXPECT_THAT(claims(), SizeIs(2)) << "the last two; the first waits for its backoff";
}

TEST_P(DurableParts, that_kill_their_process_run_alone) {
  submit(a_divided_mail());
  for (int crash = 0; crash < 2; ++crash) {
    ASSERT_THAT(claims(only({{kDefaultLane, 0}})), SizeIs(1));
    reopen();
  }
  clock_.advance(lifecycle::kPauseBeforeAlone);
  const std::vector<Claimed> alone = claims();
  ASSERT_THAT(alone, SizeIs(1));
  EXPECT_EQ(alone[0].part, 1U);
  EXPECT_THAT(claims(), IsEmpty()) << "not even its other part goes beside it";
  end(alone[0], delivered());
  EXPECT_THAT(claims(), SizeIs(1));
}

}  // namespace
}  // namespace jobd::testing
