// What comes of attempts, and the fence that keeps late ones out.
#include "tests/contract/store_contract.h"

namespace jobd::testing {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Attempts : public StoreContract {};
JOBD_CONTRACT(Attempts, all_stores);

TEST_P(Attempts, a_claimed_job_is_processing_for_every_reader) {
  submit(a_mail());
  const Record processing = claim_one();
  EXPECT_EQ(get(processing), processing);
  EXPECT_EQ(std::get<Processing>(processing.state).started, clock_.now());
  EXPECT_EQ(processing.started_at, clock_.now());
  EXPECT_EQ(count(JobStatus::processing), 1U);
  EXPECT_EQ(count(JobStatus::pending), 0U);
  EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(Attempts, a_delivered_job_is_completed) {
  submit(a_mail());
  const Record processing = claim_one();
  clock_.advance(kAttemptTook);
  const Record done = finish(processing, delivered());
  EXPECT_EQ(done.status(), JobStatus::completed);
  EXPECT_EQ(done.recipients[0].status, RecipientStatus::delivered);
  EXPECT_EQ(done.history.size(), 1U);
  EXPECT_EQ(get(done), done);
  EXPECT_EQ(count(JobStatus::completed), 1U);
}

TEST_P(Attempts, a_temporary_failure_waits_for_its_backoff) {
  submit(a_mail());
  const Record waiting = finish(claim_one(), temporary());
  EXPECT_EQ(due(waiting), clock_.now() + minutes(2));
  EXPECT_EQ(get(waiting), waiting);
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(next_due(), clock_.now() + minutes(2));
  clock_.advance(minutes(2));
  const Record again = claim_one();
  EXPECT_EQ(again.id, waiting.id);
  EXPECT_EQ(again.claims, 2U);
  EXPECT_EQ(again.attempts, 1);
}

TEST_P(Attempts, a_finish_and_the_next_claim_share_a_batch) {
  submit_all({a_mail(), a_mail()});
  const Record first = claim_one();
  const BatchResult batch = apply({Finish{result_of(first, delivered()), 0, {}}}, room(1));
  ASSERT_EQ(batch.claims.size(), 1U);
  EXPECT_NE(batch.claims[0].record.id, first.id);
}

TEST_P(Attempts, the_same_finish_again_is_a_conflict_and_changes_nothing) {
  submit(a_mail());
  const Record processing = claim_one();
  const Record done = finish(processing, delivered());
  EXPECT_EQ(refused(Finish{result_of(processing, permanent()), 0, {}}), Code::conflict);
  EXPECT_EQ(get(done), done);
}

TEST_P(Attempts, a_result_of_an_earlier_claim_is_a_conflict) {
  submit(a_mail());
  const Record first = claim_one();
  finish(first, temporary());
  clock_.advance(minutes(2));
  const Record second = claim_one();
  EXPECT_EQ(refused(Finish{result_of(first, delivered()), 0, {}}), Code::conflict);
  EXPECT_EQ(get(second), second);
}

TEST_P(Attempts, a_result_for_a_job_of_almost_that_id_is_a_conflict) {
  submit(a_mail());
  const Record processing = claim_one();
  AttemptResult result = result_of(processing, delivered());
  result.ref.id = JobId::from_parts(processing.id.seq(), static_cast<std::uint64_t>(processing.id.random()) ^ 1U);
  EXPECT_EQ(refused(Finish{result, 0, {}}), Code::conflict);
  result = result_of(processing, delivered());
  result.ref.part = 1;
  EXPECT_EQ(refused(Finish{result, 0, {}}), Code::conflict);
}

TEST_P(Attempts, a_step_over_the_dot_is_seen_and_fenced) {
  submit(a_mail().hold());
  const Record processing = claim_one();
  const Outcome outcome = apply_one(StepOverDot{processing.in_flight()});
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(std::get<Processing>(get(processing).state).past_dot);
  AttemptRef late = processing.in_flight();
  ++late.claim;
  EXPECT_EQ(refused(StepOverDot{late}), Code::conflict);
  finish(processing, delivered());
  EXPECT_EQ(refused(StepOverDot{processing.in_flight()}), Code::conflict);
}

TEST_P(Attempts, a_job_in_doubt_is_held_where_its_submitter_wants_that) {
  submit(a_mail().hold());
  const Record held = finish(claim_one(), uncertain());
  EXPECT_EQ(held.status(), JobStatus::held);
  EXPECT_EQ(get(held), held);
  EXPECT_EQ(next_due(), std::nullopt);
  EXPECT_EQ(count(JobStatus::held), 1U);
}

TEST_P(Attempts, cancel_takes_a_waiting_job_out_of_the_queue) {
  const Record record = submit(a_mail());
  const Outcome outcome = apply_one(Cancel{record.id});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(std::get<Moved>(*outcome).record->status(), JobStatus::cancelled);
  EXPECT_EQ(status(record), JobStatus::cancelled);
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(next_due(), std::nullopt);
  EXPECT_EQ(next_expiry(), std::nullopt);
}

TEST_P(Attempts, cancel_and_retry_of_what_runs_or_is_complete_are_conflicts) {
  submit(a_mail());
  const Record processing = claim_one();
  EXPECT_EQ(refused(Cancel{processing.id}), Code::conflict);
  EXPECT_EQ(refused(Retry{processing.id, {}}), Code::conflict);
  finish(processing, delivered());
  EXPECT_EQ(refused(Cancel{processing.id}), Code::conflict);
  EXPECT_EQ(refused(Retry{processing.id, {}}), Code::conflict);
}

TEST_P(Attempts, cancel_and_retry_of_an_unknown_job_are_not_found) {
  const JobId unknown = a_record(clock_.now()).id;
  EXPECT_EQ(refused(Cancel{unknown}), Code::not_found);
  EXPECT_EQ(refused(Retry{unknown, {}}), Code::not_found);
}

TEST_P(Attempts, retry_sends_a_waiting_job_now) {
  const Record record = submit(a_mail().due_in(minutes(30)));
  EXPECT_THAT(claim(), IsEmpty());
  ASSERT_TRUE(apply_one(Retry{record.id, {}}).ok());
  EXPECT_THAT(ids(claim()), ElementsAre(record.id));
  EXPECT_EQ(next_due(), std::nullopt);
}

TEST_P(Attempts, retry_begins_a_failed_job_anew) {
  submit(a_mail());
  const Record failed = finish(claim_one(), permanent());
  EXPECT_EQ(failed.status(), JobStatus::failed);
  ASSERT_TRUE(apply_one(Retry{failed.id, {}}).ok());
  const Record again = claim_one();
  EXPECT_EQ(again.id, failed.id);
  EXPECT_EQ(again.attempts, 0);
  EXPECT_EQ(again.claims, 2U);
  EXPECT_EQ(finish(again, delivered()).history.size(), 2U);
}

TEST_P(Attempts, retry_of_an_expired_job_needs_a_new_ttl) {
  const Record record = submit(a_mail().living(minutes(5)));
  clock_.advance(minutes(5));
  apply({});
  EXPECT_EQ(status(record), JobStatus::failed);
  EXPECT_EQ(refused(Retry{record.id, {}}), Code::conflict);
  ASSERT_TRUE(apply_one(Retry{record.id, minutes(10)}).ok());
  EXPECT_EQ(next_expiry(), clock_.now() + minutes(10));
  EXPECT_THAT(ids(claim()), ElementsAre(record.id));
}

}  // namespace
}  // namespace jobd::testing
