// Remove: an ended job is forgotten, all of it at once; no other is.
#include "tests/contract/store_contract.h"

namespace jobd::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Removal : public StoreContract {
 protected:
  bool remove(const Record& record) { return apply_one(Remove{record.id}).ok(); }
  void expect_gone(const Record& record) {
    EXPECT_EQ(store_->get(record.id, true).error().code, Code::not_found);
    EXPECT_EQ(refused(Cancel{record.id}), Code::not_found);
    EXPECT_EQ(refused(Retry{record.id, std::nullopt}), Code::not_found);
    EXPECT_THAT(list(), ::testing::Not(::testing::Contains(record.id)));
  }
  Record cancelled(const MailBuilder& mail = a_mail()) {
    const Record record = submit(mail);
    EXPECT_TRUE(apply_one(Cancel{record.id}).ok());
    return get(record);
  }
  // Until nothing is left to do.
  void tend() {
    while (store_->tend()) {
    }
  }
  // In pieces, then cancelled.
  Record large(std::uint32_t pieces) {
    Submit submit = a_mail().content("the end").build(clock_.now());
    for (; submit.chunks < pieces; ++submit.chunks) {
      EXPECT_TRUE(apply_one(StoreChunk{submit.record.id, submit.chunks, std::string(limits::kChunkBytes, 'x')}).ok());
    }
    EXPECT_TRUE(apply_one(submit).ok());
    EXPECT_TRUE(apply_one(Cancel{submit.record.id}).ok());
    return submit.record;
  }
};
JOBD_CONTRACT(Removal, all_stores);

class DurableRemoval : public Removal {};
JOBD_CONTRACT(DurableRemoval, durable_stores);

TEST_P(Removal, forgets_a_job_in_each_final_state) {
  submit_all({a_mail(), a_mail()});
  const std::vector<Record> running = claim(2);
  const std::vector<Record> ended = {finish(running[0], delivered()), finish(running[1], permanent()), cancelled()};
  const Record other = submit(a_mail().content("words"));
  for (const Record& record : ended) {
    EXPECT_TRUE(remove(record));
    expect_gone(record);
  }
  EXPECT_THAT(list(), ElementsAre(other.id));
  EXPECT_EQ(content(other), "words");
}

TEST_P(Removal, is_refused_before_a_jobs_end_and_changes_nothing) {
  submit_all({a_mail(), a_mail().hold()});
  const std::vector<Record> running = claim(2);
  const Record held = finish(running[1], uncertain());
  const Record pending = submit(a_mail());
  for (const Record& record : {running[0], held, pending}) {
    const Outcome outcome = apply_one(Remove{record.id});
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code, Code::conflict);
    EXPECT_EQ(get(record), record);
  }
  EXPECT_THAT(ids(claim()), ElementsAre(pending.id));
}

TEST_P(Removal, of_what_is_not_there_is_not_found) {
  const Record record = cancelled();
  EXPECT_EQ(refused(Remove{JobId::from_parts(record.id.seq(), 7)}), Code::not_found);
  EXPECT_EQ(refused(Remove{JobId{}}), Code::not_found);
  EXPECT_TRUE(remove(record));
  EXPECT_EQ(refused(Remove{record.id}), Code::not_found);
}

TEST_P(Removal, may_follow_the_end_in_one_batch) {
  submit(a_mail());
  const Record running = claim_one();
  const Record waiting = submit(a_mail());
  const BatchResult batch = apply({Finish{result_of(running, delivered()), 0, std::nullopt}, Remove{running.id},
                                   Cancel{waiting.id}, Remove{waiting.id}},
                                  room());
  for (const Outcome& outcome : batch.outcomes) EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(std::get<Moved>(batch.outcomes[1].value()).record, std::nullopt);
  EXPECT_THAT(batch.claims, IsEmpty());
  EXPECT_THAT(list(), IsEmpty());
  EXPECT_FALSE(next_due());
  EXPECT_FALSE(next_expiry());
}

TEST_P(Removal, frees_the_idempotency_key) {
  const Record first = cancelled(a_mail().key("k", "some"));
  EXPECT_TRUE(remove(first));
  const Record second = submit(a_mail().key("k", "other"));
  EXPECT_NE(second.id, first.id);
  EXPECT_THAT(list(), ElementsAre(second.id));
}

TEST_P(Removal, of_a_large_content_goes_in_slices_and_holds_nobody_up) {
  const Record record = large(2 * limits::kDroppedChunks);
  EXPECT_TRUE(remove(record));
  expect_gone(record);
  EXPECT_TRUE(store_->tend()) << "more is left";
  const Record other = submit(a_mail().content("words"));
  tend();
  EXPECT_FALSE(store_->tend());
  EXPECT_EQ(content(other), "words");
}

TEST_P(Removal, of_many_large_contents_comes_to_an_end) {
  std::vector<Command> commands;
  for (std::size_t i = 0; i < 5; ++i) commands.emplace_back(Remove{large(3).id});
  for (const Outcome& outcome : apply(std::move(commands)).outcomes) EXPECT_TRUE(outcome.ok());
  tend();
  EXPECT_THAT(list(), IsEmpty());
}

TEST_P(DurableRemoval, outlives_a_restart) {
  const Record record = cancelled(a_mail().key("k"));
  const Record other = submit(a_mail());
  EXPECT_TRUE(remove(record));
  reopen();
  expect_gone(record);
  EXPECT_THAT(list(), ElementsAre(other.id));
}

TEST_P(DurableRemoval, of_a_large_content_goes_on_after_a_restart) {
  const Record record = large(2 * limits::kDroppedChunks - 1);
  EXPECT_TRUE(remove(record));
  EXPECT_TRUE(store_->tend());
  const Recovery recovery = reopen();
  EXPECT_EQ(recovery.orphans_swept, 0U) << "no upload";
  EXPECT_GE(recovery.seq_floor, record.id.seq()) << "no new job may meet what is left of it";
  EXPECT_FALSE(store_->tend()) << "the rest was one slice";
}

}  // namespace
}  // namespace jobd::testing
