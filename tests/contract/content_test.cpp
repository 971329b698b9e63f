// Contents, small ones with their submit, large ones in pieces before it.
#include "tests/contract/store_contract.h"

namespace jobd::testing {
namespace {

using ::testing::SizeIs;

class Contents : public StoreContract {
 protected:
  // A message of three pieces and a bit; its pieces, then its submit.
  struct Large {
    std::string whole;
    std::vector<Command> pieces;
    Submit submit;
  };
  Large a_large(MailBuilder mail = a_mail()) {
    Large large;
    for (std::size_t i = 0; i < 3 * limits::kChunkBytes + 5; ++i)
      large.whole.push_back(static_cast<char>('a' + i % 23));
    large.submit = mail.content(large.whole).build(clock_.now());
    large.submit.chunks = 3;
    for (std::uint32_t i = 0; i < 3; ++i) {
      large.pieces.emplace_back(
          StoreChunk{large.submit.record.id, i, large.whole.substr(i * limits::kChunkBytes, limits::kChunkBytes)});
    }
    large.submit.content = std::make_shared<const std::string>(large.whole.substr(3 * limits::kChunkBytes));
    return large;
  }
};
JOBD_CONTRACT(Contents, all_stores);

class DurableContents : public Contents {};
JOBD_CONTRACT(DurableContents, durable_stores);

TEST_P(Contents, of_many_pieces_come_over_several_batches_and_out_as_one) {
  Large large = a_large();
  for (const Command& piece : large.pieces) ASSERT_TRUE(apply_one(piece).ok());
  EXPECT_EQ(count(JobStatus::pending), 0U);
  ASSERT_TRUE(apply_one(large.submit).ok());
  EXPECT_EQ(content(large.submit.record), large.whole);
  const BatchResult batch = apply({}, room());
  ASSERT_THAT(batch.claims, SizeIs(1));
  EXPECT_EQ(*batch.claims[0].content, large.whole);
}

TEST_P(Contents, of_many_pieces_go_whole_into_a_claim_with_their_insert) {
  Large large = a_large();
  large.pieces.emplace_back(large.submit);
  const BatchResult batch = apply(std::move(large.pieces), room());
  ASSERT_THAT(batch.claims, SizeIs(1));
  EXPECT_EQ(*batch.claims[0].content, large.whole);
}

TEST_P(Contents, stay_after_the_end) {
  submit(a_mail().content("words"));
  EXPECT_EQ(content(finish(claim_one(), delivered())), "words");
}

TEST_P(Contents, may_be_empty) {
  EXPECT_EQ(content(submit(a_mail().content(""))), "");
}

TEST_P(Contents, repeated_pieces_and_submits_change_nothing) {
  Large large = a_large();
  ASSERT_TRUE(apply_one(large.pieces[0]).ok());
  ASSERT_TRUE(apply_one(large.pieces[0]).ok());
  ASSERT_TRUE(apply_one(large.pieces[1]).ok());
  ASSERT_TRUE(apply_one(large.pieces[0]).ok());
  ASSERT_TRUE(apply_one(large.pieces[2]).ok());
  ASSERT_TRUE(apply_one(large.submit).ok());
  for (const Command& piece : large.pieces) ASSERT_TRUE(apply_one(piece).ok());
  const Outcome again = apply_one(large.submit);
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(std::get<Accepted>(*again).repeated);
  EXPECT_EQ(content(large.submit.record), large.whole);
}

TEST_P(Contents, with_a_gap_are_refused) {
  Large large = a_large();
  ASSERT_TRUE(apply_one(large.pieces[0]).ok());
  EXPECT_EQ(refused(large.pieces[2]), Code::unavailable);
  EXPECT_EQ(refused(large.submit), Code::unavailable);
  EXPECT_EQ(store_->get(large.submit.record.id, true).error().code, Code::not_found);
}

TEST_P(Contents, of_a_refused_submit_are_dropped_and_can_come_again) {
  Large large = a_large();
  ASSERT_TRUE(apply_one(large.pieces[0]).ok());
  EXPECT_EQ(refused(large.submit), Code::unavailable);
  for (const Command& piece : large.pieces) ASSERT_TRUE(apply_one(piece).ok());
  ASSERT_TRUE(apply_one(large.submit).ok());
  EXPECT_EQ(content(large.submit.record), large.whole);
}

TEST_P(DurableContents, without_a_submit_are_swept_at_the_next_start) {
  Large large = a_large();
  const Record other = submit(a_mail().content("words"));
  ASSERT_TRUE(apply_one(large.pieces[0]).ok());
  Recovery recovery = reopen();
  EXPECT_EQ(recovery.orphans_swept, 1U);
  EXPECT_GE(recovery.seq_floor, large.submit.record.id.seq());
  EXPECT_EQ(reopen().orphans_swept, 0U);
  EXPECT_EQ(refused(large.pieces[1]), Code::unavailable);
  EXPECT_EQ(content(other), "words");
}

TEST_P(DurableContents, of_a_repeated_submit_are_dropped) {
  const Record first = submit(a_mail().key("k").content("words"));
  Large large = a_large(a_mail().key("k"));
  for (const Command& piece : large.pieces) ASSERT_TRUE(apply_one(piece).ok());
  const Outcome again = apply_one(large.submit);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(std::get<Accepted>(*again).record.id, first.id);
  EXPECT_EQ(reopen().orphans_swept, 0U);
  EXPECT_EQ(content(first), "words");
}

TEST_P(DurableContents, of_many_pieces_outlive_a_restart) {
  Large large = a_large();
  for (const Command& piece : large.pieces) ASSERT_TRUE(apply_one(piece).ok());
  ASSERT_TRUE(apply_one(large.submit).ok());
  reopen();
  EXPECT_EQ(content(large.submit.record), large.whole);
}

}  // namespace
}  // namespace jobd::testing
