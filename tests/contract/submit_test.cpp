// Submit: what is accepted, what is answered by an earlier job, what is refused.
#include "tests/contract/store_contract.h"

namespace jobd::testing {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

JOBD_CONTRACT(StoreContract, all_stores);

TEST_P(StoreContract, a_repeat_finds_its_job_even_when_it_could_make_none) {
  const Record first = submit(a_mail().key("k"));
  const auto refused = [&](MailBuilder mail) {
    Submit late = mail.build(clock_.now());
    late.refused = Error{Code::invalid_field, "its time has passed", "expires_at"};
    return apply_one(std::move(late));
  };
  const Outcome repeat = refused(a_mail().key("k"));
  ASSERT_TRUE(repeat.ok());
  EXPECT_EQ(std::get<Accepted>(*repeat).record.id, first.id);
  EXPECT_EQ(refused(a_mail().key("new")).error().field, "expires_at");
  EXPECT_EQ(list().size(), 1U);
}

TEST_P(StoreContract, a_submitted_job_is_there_as_it_was_accepted) {
  const Submit wanted = a_mail().to({"a@example.com", "b@example.com"}).tag("news").key("k").build(clock_.now());
  Submit given = wanted;
  given.record.metadata = {{"order", "17"}, {"shop", "west"}};
  given.record.traceparent = "00-1-2-01";
  const Record as_given = given.record;
  const Outcome outcome = apply_one(std::move(given));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(std::get<Accepted>(*outcome).record, as_given);
  EXPECT_FALSE(std::get<Accepted>(*outcome).repeated);
  EXPECT_EQ(get(as_given), as_given);
  EXPECT_EQ(content(as_given), *wanted.content);
}

TEST_P(StoreContract, a_job_nobody_submitted_is_not_found) {
  const Record stored = submit(a_mail());
  EXPECT_EQ(store_->get(a_record(clock_.now()).id, false).error().code, Code::not_found);
  const JobId guessed = JobId::from_parts(stored.id.seq(), static_cast<std::uint64_t>(stored.id.random()) ^ 1U);
  EXPECT_EQ(store_->get(guessed, false).error().code, Code::not_found);
}

TEST_P(StoreContract, a_submit_that_finds_an_empty_queue_is_claimed_in_its_own_batch) {
  const BatchResult batch = submit_all({a_mail().content("words")}, room(1));
  EXPECT_EQ(accepted(batch).front().status(), JobStatus::pending);
  ASSERT_EQ(batch.claims.size(), 1U);
  EXPECT_EQ(batch.claims[0].record.status(), JobStatus::processing);
  EXPECT_EQ(batch.claims[0].record.claims, 1U);
  EXPECT_EQ(*batch.claims[0].content, "words");
  EXPECT_EQ(get(batch.claims[0].record), batch.claims[0].record);
}

TEST_P(StoreContract, submits_beyond_the_slots_wait) {
  const BatchResult batch = submit_all({a_mail(), a_mail(), a_mail()}, room(2));
  const std::vector<JobId> all = ids(accepted(batch));
  EXPECT_THAT(ids(batch.claims), ElementsAre(all[0], all[1]));
  EXPECT_THAT(ids(claim()), ElementsAre(all[2]));
}

TEST_P(StoreContract, a_submit_does_not_overtake_a_job_that_waits) {
  const Record first = submit(a_mail());
  const BatchResult batch = submit_all({a_mail()}, room(1));
  EXPECT_THAT(ids(batch.claims), ElementsAre(first.id));
}

TEST_P(StoreContract, a_submit_for_later_is_not_claimed_with_its_insert) {
  EXPECT_THAT(submit_all({a_mail().due_in(minutes(1))}, room()).claims, IsEmpty());
}

TEST_P(StoreContract, the_same_submit_again_changes_nothing) {
  const Submit first = a_mail().build(clock_.now());
  ASSERT_TRUE(apply_one(first).ok());
  const Record processing = claim_one();
  const Outcome again = apply_one(first);
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(std::get<Accepted>(*again).repeated);
  EXPECT_EQ(std::get<Accepted>(*again).record, processing);
  EXPECT_THAT(list(), ElementsAre(first.record.id));
}

TEST_P(StoreContract, a_known_key_is_answered_by_its_job_whatever_its_state) {
  const Record first = submit(a_mail().key("order-17"));
  const auto repeat = [&] { return std::get<Accepted>(*apply_one(a_mail().key("order-17").build(clock_.now()))); };
  EXPECT_TRUE(repeat().repeated);
  EXPECT_EQ(repeat().record, first);
  const Record done = finish(claim_one(), delivered());
  EXPECT_EQ(repeat().record, done);
  EXPECT_THAT(list(), ElementsAre(first.id));
}

TEST_P(StoreContract, a_key_used_twice_in_one_batch_makes_one_job) {
  const BatchResult batch = submit_all({a_mail().key("k"), a_mail().key("k")}, room());
  EXPECT_EQ(accepted(batch)[0].id, accepted(batch)[1].id);
  EXPECT_EQ(batch.claims.size(), 1U);
}

TEST_P(StoreContract, a_known_key_with_other_words_is_a_mismatch) {
  submit(a_mail().key("k", "these words"));
  const Result<Record> other = try_submit(a_mail().key("k", "other words"));
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, Code::idempotency_mismatch);
  EXPECT_EQ(list().size(), 1U);
}

TEST_P(StoreContract, keys_are_each_submitters_own) {
  const Record mine = submit(a_mail().key("k"));
  const Record theirs = submit(a_mail().key("k", "other words").scope("uid:33"));
  EXPECT_NE(mine.id, theirs.id);
}

TEST_P(StoreContract, a_bad_submit_fails_alone) {
  submit(a_mail().key("k", "these words"));
  const BatchResult batch = submit_all({a_mail(), a_mail().key("k", "other words"), a_mail()});
  EXPECT_TRUE(batch.outcomes[0].ok());
  EXPECT_FALSE(batch.outcomes[1].ok());
  EXPECT_TRUE(batch.outcomes[2].ok());
  EXPECT_EQ(count(JobStatus::pending), 3U);
}

class FullQueue : public StoreContract {
 protected:
  void SetUp() override {
    settings_.max_queued_jobs = 2;
    StoreContract::SetUp();
  }
};
JOBD_CONTRACT(FullQueue, all_stores);

TEST_P(FullQueue, is_busy_until_a_job_has_ended) {
  submit_all({a_mail(), a_mail()});
  const Result<Record> third = try_submit(a_mail());
  ASSERT_FALSE(third.ok());
  EXPECT_EQ(third.error().code, Code::busy);
  EXPECT_EQ(third.error().retry_after, std::chrono::seconds(1));
  const Record processing = claim_one();
  EXPECT_FALSE(try_submit(a_mail()).ok());
  finish(processing, delivered());
  submit(a_mail());
}

TEST_P(FullQueue, is_told_before_anybody_submits) {
  submit(a_mail());
  EXPECT_TRUE(store_->takes_jobs().ok());
  const Record second = submit(a_mail());
  const Result<Done> refused = store_->takes_jobs();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::busy);
  ASSERT_TRUE(apply_one(Cancel{second.id}).ok());
  EXPECT_TRUE(store_->takes_jobs().ok());
}

TEST_P(FullQueue, still_answers_for_the_jobs_it_has) {
  const Record first = submit(a_mail().key("k"));
  submit(a_mail());
  EXPECT_EQ(submit(a_mail().key("k")).id, first.id);
  EXPECT_EQ(try_submit(a_mail().key("k", "other words")).error().code, Code::idempotency_mismatch);
}

}  // namespace
}  // namespace jobd::testing
