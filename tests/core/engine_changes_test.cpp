// What the engine tells of changes to those who watch, and of what it is asked beside jobs.
#include "tests/core/engine_fixture.h"

namespace jobd {
namespace {

using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(EngineTest, TellsNoChangeToNobody) {
  submit();
  turn();
  deliver(attempts[0]);
  turn();
  EXPECT_THAT(changes, IsEmpty());
}

TEST_F(EngineTest, TellsALifeInItsOrder) {
  engine.observe(true);
  submit();
  turn();
  EXPECT_THAT(changes, ElementsAre("pending", "processing")) << "in one turn";
  deliver(attempts[0]);
  turn();
  EXPECT_THAT(changes, ElementsAre("pending", "processing", "completed"));
  engine.observe(false);
  submit();
  turn();
  EXPECT_EQ(changes.size(), 3U);
}

TEST_F(EngineTest, TellsWhyAChangedJobWaits) {
  engine.observe(true);
  submit();
  turn();
  defer(attempts[0]);
  turn();
  ASSERT_THAT(last_changes, SizeIs(1));
  ASSERT_TRUE(last_changes[0].waiting);
  EXPECT_EQ(last_changes[0].waiting->reason, WaitingFor::backoff);
}

TEST_F(EngineTest, TellsOfAResultBeforeTheClaimOfItsSlot) {
  for (int i = 0; i < 3; ++i) submit();
  turn();
  engine.observe(true);
  deliver(attempts[0]);
  turn();
  EXPECT_THAT(changes, ElementsAre("completed", "processing"));
}

TEST_F(EngineTest, TellsOfCancelAndRetryAndNotOfADelete) {
  write(SetPaused{true});
  const JobId id = submit();
  turn();
  engine.observe(true);
  write(Cancel{id});
  write(Retry{id, std::nullopt});
  write(Cancel{id});
  write(Cancel{id});
  write(Remove{id});
  turn();
  EXPECT_THAT(changes, ElementsAre("cancelled", "pending", "cancelled"));
  EXPECT_FALSE(store.has(id));
}

TEST_F(EngineTest, TellsOfNoRepeatedSubmitNorOfAFailedCommit) {
  engine.observe(true);
  store.repeat_next_submit();
  submit();
  turn();
  EXPECT_THAT(changes, ElementsAre("processing")) << "of the job that was there";
  changes.clear();
  store.fail_next_commit({Code::unavailable, "io"});
  submit();
  turn();
  EXPECT_THAT(changes, IsEmpty());
}

TEST_F(EngineTest, TellsOfExpiry) {
  engine.observe(true);
  write(SetPaused{true});
  submit();
  turn();
  clock.advance(hours(72));
  turn();
  EXPECT_THAT(changes, ElementsAre("pending", "failed"));
  EXPECT_THAT(settled, SizeIs(1));
}

TEST_F(EngineTest, IsReadyWhileTheStoreTakesJobs) {
  query(ReadyQuery{});
  turn();
  store.refuse_jobs(Error{Code::storage_full, "the disk is full"});
  query(ReadyQuery{});
  turn();
  ASSERT_THAT(views, SizeIs(2));
  EXPECT_TRUE(std::holds_alternative<Readiness>(*views[0]));
  EXPECT_EQ(views[1].error().code, Code::storage_full);
}

TEST_F(EngineTest, TellsTheIdsOfAListAlone) {
  const JobId first = submit();
  const JobId second = submit();
  query(IdsQuery{{}, 10, ""});
  turn();
  EXPECT_THAT(std::get<IdsPage>(*views[0]).ids, ElementsAre(second, first));
}

}  // namespace
}  // namespace jobd
