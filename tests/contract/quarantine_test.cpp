// Jobs in which jobd died twice run alone.
#include "tests/contract/store_contract.h"

namespace jobd::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Quarantine : public StoreContract {
 protected:
  static MailBuilder a_suspect() { return a_mail().crashes(2); }
};
JOBD_CONTRACT(Quarantine, all_stores);

TEST_P(Quarantine, a_suspect_goes_first_and_alone) {
  const auto all = ids(accepted(submit_all({a_mail().priority(9), a_suspect(), a_suspect()})));
  EXPECT_THAT(ids(claim()), ElementsAre(all[1]));
  EXPECT_THAT(claim(), IsEmpty()) << "nothing beside it";
  EXPECT_THAT(submit_all({a_mail()}, room()).claims, IsEmpty()) << "not even what is new";
  finish(get(all[1]), delivered());
  EXPECT_THAT(ids(claim()), ElementsAre(all[2]));
  finish(get(all[2]), delivered());
  EXPECT_THAT(claim(), SizeIs(2));
}

TEST_P(Quarantine, a_suspect_waits_until_nothing_is_in_flight) {
  const auto others = submit_all({a_mail(), a_mail()}, room(1)).claims;
  const Record suspect = submit(a_suspect());
  EXPECT_THAT(claim(), IsEmpty()) << "the others drain";
  const BatchResult batch = apply({Finish{result_of(others[0].record, delivered()), 0, {}}}, room());
  EXPECT_THAT(ids(batch.claims), ElementsAre(suspect.id));
}

TEST_P(Quarantine, a_suspect_is_never_claimed_with_its_insert_beside_others) {
  const BatchResult batch = submit_all({a_mail(), a_suspect()}, room());
  EXPECT_THAT(ids(batch.claims), ElementsAre(accepted(batch)[0].id));
}

TEST_P(Quarantine, a_suspect_that_is_not_due_stops_nobody) {
  submit(a_suspect().due_in(std::chrono::minutes(1)));
  EXPECT_EQ(next_due(), clock_.now() + std::chrono::minutes(1));
  EXPECT_THAT(submit_all({a_mail()}, room()).claims, SizeIs(1));
}

TEST_P(Quarantine, a_suspect_of_a_closed_lane_stops_nobody) {
  const Record suspect = submit(a_suspect().lane(7));
  const Admission closed = only({{7, 0}});
  EXPECT_EQ(next_due(closed), std::nullopt);
  submit(a_mail());
  EXPECT_THAT(claim(10, closed), SizeIs(1));
  finish(get(list({JobStatus::processing, "", "", {}, {}})[0]), delivered());
  EXPECT_THAT(ids(claim()), ElementsAre(suspect.id));
}

TEST_P(Quarantine, an_attempt_that_ends_lifts_the_suspicion) {
  submit(a_suspect());
  const Record again = finish(claim_one(), temporary());
  clock_.set(due(again));
  submit(a_mail());
  EXPECT_THAT(claim(), SizeIs(2));
}

TEST_P(Quarantine, a_suspect_can_be_cancelled_and_can_expire) {
  const Record cancelled = submit(a_suspect());
  submit(a_suspect().living(std::chrono::minutes(1)));
  ASSERT_TRUE(apply_one(Cancel{cancelled.id}).ok());
  clock_.advance(std::chrono::minutes(1));
  EXPECT_THAT(apply({}, room()).expired, SizeIs(1));
  EXPECT_THAT(claim(), IsEmpty());
}

}  // namespace
}  // namespace jobd::testing
