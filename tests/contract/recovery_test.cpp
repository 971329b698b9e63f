// What a new start finds.
#include "daemon/core/lifecycle.h"
#include "tests/contract/store_contract.h"

namespace jobd::testing {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

JOBD_CONTRACT(DurableStoreContract, durable_stores);

class FirstStart : public StoreContract {};
JOBD_CONTRACT(FirstStart, all_stores);

TEST_P(FirstStart, of_an_empty_store_finds_nothing) {
  const Recovery recovery = reopen();
  EXPECT_EQ(recovery.seq_floor, 0);
  EXPECT_THAT(recovery.interrupted, IsEmpty());
  EXPECT_EQ(recovery.orphans_swept, 0U);
  EXPECT_EQ(store_->counts().jobs, (std::array<std::uint64_t, 6>{}));
  EXPECT_FALSE(store_->counts().paused);
  EXPECT_EQ(next_due(), std::nullopt);
}

TEST_P(DurableStoreContract, every_state_outlives_a_restart) {
  submit_all({a_mail().tag("t").key("k"), a_mail(), a_mail().hold(), a_mail(), a_mail().due_in(minutes(9))});
  const std::vector<Record> running = claim(4);
  const std::vector<Record> before = {finish(running[0], delivered()), finish(running[1], permanent()),
                                      finish(running[2], uncertain()), finish(running[3], temporary()), get(list()[0])};
  const Counts counts = store_->counts();
  const Recovery recovery = reopen();
  EXPECT_GE(recovery.seq_floor, before.back().id.seq());
  EXPECT_THAT(recovery.interrupted, IsEmpty());
  for (const Record& record : before) EXPECT_EQ(get(record), record);
  EXPECT_EQ(store_->counts().jobs, counts.jobs);
  EXPECT_EQ(next_due(), clock_.now() + minutes(2));
  EXPECT_EQ(submit(a_mail().key("k")).id, before[0].id);
}

TEST_P(DurableStoreContract, an_attempt_that_jobd_died_in_is_made_again) {
  submit(a_mail());
  const Record lost = claim_one();
  clock_.advance(minutes(1));
  const Recovery recovery = reopen();
  ASSERT_THAT(recovery.interrupted, SizeIs(1));
  EXPECT_EQ(get(lost), recovery.interrupted[0]);
  EXPECT_EQ(get(lost).status(), JobStatus::pending);
  EXPECT_EQ(get(lost).crashes, 1U);
  EXPECT_EQ(get(lost).attempts, 0);
  EXPECT_EQ(refused(Finish{result_of(lost, delivered()), 0, {}}), Code::conflict);
  const Record again = claim_one();
  EXPECT_EQ(again.claims, 2U);
  EXPECT_EQ(refused(Finish{result_of(lost, delivered()), 0, {}}), Code::conflict);
  EXPECT_EQ(finish(again, delivered()).status(), JobStatus::completed);
}

TEST_P(DurableStoreContract, a_job_claimed_with_its_insert_is_found_interrupted_as_well) {
  const BatchResult batch = submit_all({a_mail()}, room());
  EXPECT_THAT(ids(reopen().interrupted), ElementsAre(batch.claims[0].record.id));
}

TEST_P(DurableStoreContract, a_hold_job_past_its_dot_is_held) {
  submit_all({a_mail().hold(), a_mail().hold(), a_mail()});
  const std::vector<Record> running = claim(3);
  for (const Record& record : {running[0], running[2]}) ASSERT_TRUE(apply_one(StepOverDot{record.in_flight()}).ok());
  reopen();
  EXPECT_EQ(status(running[0]), JobStatus::held);
  EXPECT_EQ(get(running[0]).recipients[0].status, RecipientStatus::uncertain);
  EXPECT_EQ(status(running[1]), JobStatus::pending);
  EXPECT_EQ(status(running[2]), JobStatus::pending);
}

TEST_P(DurableStoreContract, a_job_that_kills_its_process_runs_alone_and_then_fails) {
  submit_all({a_mail(), a_mail()});
  const JobId killer = claim(1)[0].id;
  reopen();
  EXPECT_THAT(claim(), SizeIs(2)) << "once may be chance";
  finish(get(list()[0]), delivered());
  reopen();
  EXPECT_THAT(claim(), IsEmpty()) << "twice is suspicious: others first";
  clock_.advance(lifecycle::kPauseBeforeAlone);
  const Record innocent = submit(a_mail());
  EXPECT_THAT(ids(claim()), ElementsAre(killer)) << "and then alone";
  const Recovery recovery = reopen();
  ASSERT_THAT(ids(recovery.interrupted), ElementsAre(killer));
  EXPECT_EQ(get(killer).status(), JobStatus::failed);
  EXPECT_EQ(get(killer).error->code, Failure::crash_loop);
  EXPECT_THAT(ids(claim()), ElementsAre(innocent.id));
}

TEST_P(DurableStoreContract, a_pause_outlives_a_restart) {
  submit(a_mail());
  ASSERT_TRUE(apply_one(SetPaused{true}).ok());
  reopen();
  EXPECT_TRUE(store_->counts().paused);
  EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(DurableStoreContract, jobs_of_closed_lanes_and_their_order_outlive_a_restart) {
  submit_all({a_mail().lane(7), a_mail().lane(7).priority(9), a_mail().lane(8)});
  const Admission closed = only({{7, 0}, {8, 0}});
  EXPECT_THAT(claim(5, closed), IsEmpty());
  reopen();
  EXPECT_EQ(next_due(closed), std::nullopt);
  EXPECT_THAT(submit_all({a_mail()}, room(5, closed)).claims, SizeIs(1));
  const auto all = list();
  EXPECT_THAT(ids(claim(1, only({{8, 0}}))), ElementsAre(all[2]));
  EXPECT_THAT(ids(claim()), ElementsAre(all[3], all[1]));
}

TEST_P(DurableStoreContract, an_interrupted_attempt_tells_where_it_was_to_go) {
  ASSERT_TRUE(store_->name_relays(std::vector<std::string>{"first", "second"}).ok());
  const Record lost = submit(a_mail());
  Admission::Draws draws;
  draws.emplace(kDefaultLane, Admission::Draw{{}, {1}, {}});
  const Admission to_second{std::make_shared<const Admission::Draws>(draws), std::vector<Admission::Pool>(2)};
  ASSERT_THAT(claim(1, to_second), SizeIs(1));
  ASSERT_THAT(submit_all({a_mail()}, room(1)).claims, SizeIs(1)) << "claimed in its insert, to the first";
  const Recovery recovery = reopen();
  ASSERT_THAT(recovery.interrupted, SizeIs(2));
  EXPECT_EQ(recovery.interrupted[0].id, lost.id);
  EXPECT_EQ(recovery.interrupted[0].history.at(0).relay, "second");
  EXPECT_EQ(recovery.interrupted[1].history.at(0).relay, "first");
  EXPECT_EQ(get(lost).history.at(0).outcome, AttemptOutcome::interrupted);

  ASSERT_TRUE(store_->name_relays(std::vector<std::string>{"other"}).ok()) << "a new configuration";
  ASSERT_THAT(claim(1), SizeIs(1));
  EXPECT_EQ(reopen().interrupted.at(0).history.at(1).relay, "other");
}

TEST_P(DurableStoreContract, what_rates_have_let_out_outlives_a_restart) {
  const Time now = clock_.now();
  const Sent day{"relay=ses", std::chrono::hours(24), {{now - minutes(29), 3}, {now, 4}}};
  const Sent minute{"domain=gmail.com", minutes(1), {{now, 2}}};
  Sent more = day;
  more.steps.back().recipients = 9;
  ASSERT_TRUE(apply_one(KeepSent{{day, minute}}).ok());
  EXPECT_THAT(reopen().sent, ElementsAre(minute, day));
  ASSERT_TRUE(apply_one(KeepSent{{more}}).ok());
  ASSERT_TRUE(apply_one(KeepSent{{more}}).ok());
  EXPECT_THAT(reopen().sent, ElementsAre(minute, more)) << "in place of what was there";
  clock_.advance(minutes(10));
  EXPECT_THAT(reopen().sent, ElementsAre(more)) << "what is past is dropped";
}

}  // namespace
}  // namespace jobd::testing
