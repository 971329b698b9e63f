// Pending jobs whose time runs out fail, whatever keeps them waiting.
#include "tests/contract/store_contract.h"

namespace jobd::testing {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Expiry : public StoreContract {};
JOBD_CONTRACT(Expiry, all_stores);

TEST_P(Expiry, fails_a_pending_job_at_its_time) {
  const Record record = submit(a_mail().living(minutes(5)));
  EXPECT_EQ(next_expiry(), clock_.now() + minutes(5));
  clock_.advance(minutes(5) - Duration(1));
  EXPECT_THAT(apply({}).expired, IsEmpty());
  clock_.advance(Duration(1));
  const BatchResult batch = apply({}, room());
  EXPECT_THAT(ids(batch.expired), ElementsAre(record.id));
  EXPECT_THAT(batch.claims, IsEmpty());
  EXPECT_EQ(get(record), batch.expired[0]);
  EXPECT_EQ(get(record).error->code, Failure::expired);
  EXPECT_EQ(next_expiry(), std::nullopt);
  EXPECT_EQ(next_due(), std::nullopt);
}

TEST_P(Expiry, comes_to_paused_jobs_and_to_those_of_closed_lanes_too) {
  submit(a_mail().lane(7).living(minutes(5)));
  EXPECT_THAT(claim(1, only({{7, 0}})), IsEmpty());
  ASSERT_TRUE(apply_one(SetPaused{true}).ok());
  submit(a_mail().living(minutes(5)));
  clock_.advance(minutes(5));
  EXPECT_THAT(apply({}).expired, SizeIs(2));
}

TEST_P(Expiry, does_not_touch_what_is_in_flight_nor_wake_for_it) {
  submit(a_mail().living(minutes(5)));
  const Record processing = claim_one();
  EXPECT_EQ(next_expiry(), std::nullopt);
  clock_.advance(minutes(6));
  EXPECT_THAT(apply({}).expired, IsEmpty());
  EXPECT_EQ(finish(processing, delivered()).status(), JobStatus::completed);
}

TEST_P(Expiry, of_a_submit_that_comes_too_late_follows_at_once) {
  const BatchResult batch = submit_all({a_mail().living(Duration(0))}, room());
  EXPECT_TRUE(batch.outcomes[0].ok());
  EXPECT_THAT(batch.claims, IsEmpty());
  EXPECT_THAT(batch.expired, SizeIs(1));
}

TEST_P(Expiry, is_bounded_a_turn_and_says_that_more_is_left) {
  submit_all(std::vector<MailBuilder>(1200, a_mail().living(minutes(5))));
  clock_.advance(minutes(5));
  std::size_t expired = 0;
  bool more = true;
  for (int turns = 0; more && turns < 10; ++turns) {
    const BatchResult batch = apply({}, room());
    EXPECT_THAT(batch.claims, IsEmpty());
    EXPECT_LT(batch.expired.size(), 1200U);
    expired += batch.expired.size();
    more = batch.more;
  }
  EXPECT_FALSE(more);
  EXPECT_EQ(expired, 1200U);
  EXPECT_EQ(count(JobStatus::failed), 1200U);
}

}  // namespace
}  // namespace jobd::testing
