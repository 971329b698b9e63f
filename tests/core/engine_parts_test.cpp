// The engine knows the parts of one job apart.
#include "tests/core/engine_fixture.h"

namespace jobd {
namespace {

Record a_divided_record(Time now) {
  Record record = testing::a_record(now, {"a@x", "b@x"});
  for (const std::uint32_t place : {0U, 1U}) {
    Part& part = record.parts.emplace_back();
    part.recipients = {place};
    part.state = record.state;
  }
  return record;
}

TEST_F(EngineTest, TheAttemptsOfAJobsPartsEndEachForItself) {
  const JobId id = submit(a_divided_record(clock.now()));
  turn();
  ASSERT_EQ(attempts.size(), 2U);
  EXPECT_THAT(attempts[0].recipients, ::testing::ElementsAre("a@x"));
  EXPECT_THAT(attempts[1].recipients, ::testing::ElementsAre("b@x"));
  deliver(attempts[1]);
  turn();
  EXPECT_THAT(settled, ::testing::IsEmpty());
  EXPECT_FALSE(engine.idle()) << "the other one is under way";
  deliver(attempts[1]);
  turn();
  EXPECT_FALSE(engine.idle()) << "a late result frees nothing";
  deliver(attempts[0]);
  turn();
  EXPECT_THAT(settled, ::testing::ElementsAre(id));
  EXPECT_TRUE(engine.idle());
  EXPECT_EQ(store.job(id).status(), JobStatus::completed);
}

TEST_F(EngineTest, APartThatExpiresSettlesNothingWhileAnotherIsUnderWay) {
  const JobId id = submit(a_divided_record(clock.now()));
  turn();
  defer(attempts[0]);
  turn();
  clock.set(store.job(id).expires_at);
  turn();
  EXPECT_THAT(settled, ::testing::IsEmpty());
  deliver(attempts[1]);
  turn();
  EXPECT_THAT(settled, ::testing::ElementsAre(id));
  EXPECT_EQ(store.job(id).status(), JobStatus::failed);
}

}  // namespace
}  // namespace jobd
