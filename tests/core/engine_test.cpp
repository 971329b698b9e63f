#include "tests/core/engine_fixture.h"

namespace jobd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::a_record;

TEST_F(EngineTest, ASubmitIsAnsweredAndStartedInOneTurn) {
  const JobId id = submit();
  turn();
  EXPECT_THAT(answers, ::testing::ElementsAre("accepted"));
  ASSERT_EQ(attempts.size(), 1U);
  EXPECT_EQ(attempts[0].ref.id, id);
  EXPECT_EQ(store.batches(), 1U);
}

TEST_F(EngineTest, NoMoreAttemptsThanSlots) {
  for (int i = 0; i < 5; ++i) submit();
  turn();
  EXPECT_EQ(attempts.size(), 2U);
}

TEST_F(EngineTest, AResultFreesItsSlotForTheSameTurn) {
  for (int i = 0; i < 3; ++i) submit();
  turn();
  deliver(attempts[0]);
  turn();
  EXPECT_EQ(attempts.size(), 3U);
  EXPECT_THAT(settled, ::testing::ElementsAre(attempts[0].ref.id));
}

TEST_F(EngineTest, ReadsSeeTheWritesOfTheirTurn) {
  write(SetPaused{true});
  read(submit());
  turn();
  EXPECT_THAT(answers, ::testing::ElementsAre("done", "accepted", "pending"));
  EXPECT_EQ(waiting_for, WaitingFor::paused);
}

TEST_F(EngineTest, AFailedCommitIsToldAndItsResultsComeFirstNextTime) {
  const JobId first = submit();
  turn();
  deliver(attempts[0]);
  submit();
  store.fail_next_commit({Code::storage_full, "disk full"});
  turn();
  EXPECT_THAT(answers, ::testing::ElementsAre("accepted", "storage_full"));
  EXPECT_FALSE(engine.idle());
  EXPECT_EQ(engine.next_wake(), clock.now() + seconds(1)) << "it tries again by itself";
  turn();
  EXPECT_EQ(store.job(first).status(), JobStatus::completed);
  EXPECT_TRUE(engine.idle());
}

TEST_F(EngineTest, AResultThatTheStoreCannotTakeStaysAndKeepsItsSlot) {
  const JobId id = submit();
  turn();
  AttemptResult unfit;
  unfit.ref = attempts[0].ref;
  input.results.push_back(unfit);  // no verdict for its recipient: refused by the lifecycle
  turn();
  EXPECT_FALSE(engine.idle());
  EXPECT_EQ(engine.next_wake(), clock.now() + seconds(1));
  EXPECT_EQ(store.job(id).status(), JobStatus::processing);
  EXPECT_THAT(notices, ::testing::Contains(::testing::HasSubstr("cannot be recorded")));
}

TEST_F(EngineTest, TheLogHearsOfAFailingStoreOnceAndOfItsRecovery) {
  for (int i = 0; i < 2; ++i) {
    store.fail_next_commit({Code::storage_full, "disk full"});
    submit();
    turn();
  }
  turn();
  EXPECT_THAT(notices, ::testing::ElementsAre("the store takes no writes: disk full")) << "there was nothing to write";
  submit();
  turn();
  EXPECT_THAT(notices, ::testing::ElementsAre("the store takes no writes: disk full", "the store takes writes again"));
}

TEST_F(EngineTest, AVerdictOfOursDoesNotOpenALane) {
  submit();
  submit();
  turn();
  trouble(attempts[0], Trouble::connect);
  turn();
  result(attempts[1], {Verdict::permanent, 0, "", "cannot be composed"});
  input.results.back().relay_spoke = false;
  turn();
  EXPECT_EQ(engine.next_wake(), clock.now() + seconds(5)) << "still closed";
}

TEST_F(EngineTest, AStepOverTheDotIsCommittedOrRefused) {
  Record record = a_record(clock.now());
  record.on_uncertain = OnUncertain::hold;
  submit(std::move(record));
  turn();
  std::vector<bool> goes;
  input.dots.push_back({attempts[0].ref, [&](bool go) { goes.push_back(go); }});
  turn();
  input.dots.push_back({{attempts[0].ref.id, 0, 99}, [&](bool go) { goes.push_back(go); }});
  turn();
  input.dots.push_back({attempts[0].ref, [&](bool go) { goes.push_back(go); }});
  store.fail_next_commit({Code::unavailable, "io"});
  turn();
  EXPECT_THAT(goes, ::testing::ElementsAre(true, false, false));
}

TEST_F(EngineTest, ALateResultFreesNothing) {
  submit();
  turn();
  Attempt other = attempts[0];
  other.ref.claim = 99;
  deliver(other);
  turn();
  EXPECT_FALSE(engine.idle());
}

TEST_F(EngineTest, TroubleClosesTheLaneAndAProbeOpensIt) {
  const JobId id = submit();
  submit();
  turn();
  trouble(attempts[0], Trouble::connect);
  trouble(attempts[1], Trouble::connect);
  turn();
  turn();
  EXPECT_EQ(attempts.size(), 2U) << "nothing goes through a closed lane";
  read(id);
  turn();
  EXPECT_EQ(waiting_for, WaitingFor::relay_down);
  EXPECT_EQ(waiting_until, clock.now() + seconds(5)) << "when the lane reopens";
  EXPECT_EQ(engine.next_wake(), clock.now() + seconds(5));

  clock.advance(seconds(5));
  turn();
  EXPECT_EQ(attempts.size(), 3U) << "one goes as a probe";
}

TEST_F(EngineTest, TheStateOfAnAttemptThatWasStoppedSaysNothingOfTheRelay) {
  submit();
  turn();
  trouble(attempts[0], Trouble::stale);
  turn();
  EXPECT_EQ(attempts.size(), 2U) << "started again at once";
}

TEST_F(EngineTest, WaitingForSaysWhy) {
  Record scheduled = a_record(clock.now());
  scheduled.state = Pending{clock.now() + hours(1)};
  const JobId later = submit(std::move(scheduled));
  turn();
  read(later);
  turn();
  EXPECT_EQ(waiting_for, WaitingFor::scheduled);

  const JobId deferred = submit();
  turn();
  defer(attempts[0]);
  read(deferred);
  turn();
  EXPECT_EQ(waiting_for, WaitingFor::backoff);
}

TEST_F(EngineTest, WhatIsDueByTheTimeOfTheStoreIsNotToldToWaitForIt) {
  for (int i = 0; i < 2; ++i) submit();
  turn();
  read(submit());
  const TurnOutput output = engine.turn(std::exchange(input, {}), clock.now() - std::chrono::milliseconds(1));
  for (const auto& reply : output.replies) reply();
  EXPECT_EQ(waiting_for, WaitingFor::slot);
}

TEST_F(EngineTest, SleepsUntilTheNextDueTimeAndForeverWithoutOne) {
  EXPECT_FALSE(engine.next_wake());
  Record scheduled = a_record(clock.now());
  scheduled.state = Pending{clock.now() + minutes(7)};
  submit(std::move(scheduled));
  turn();
  EXPECT_EQ(engine.next_wake(), clock.now() + minutes(7));
}

TEST_F(EngineTest, WhatFallsDueDuringACommitIsNotForgotten) {
  Record scheduled = a_record(clock.now());
  const Time due = clock.now() + Duration(1);
  scheduled.state = Pending{due};
  submit(std::move(scheduled));
  turn();
  clock.advance(Duration(5));
  EXPECT_EQ(engine.next_wake(), due) << "a wake-up in the past is one at once";
}

TEST_F(EngineTest, DoesNotWakeForWhatWaitsForASlot) {
  for (int i = 0; i < 3; ++i) submit();
  turn();
  EXPECT_GE(engine.next_wake().value(), clock.now() + hours(71)) << "only the expiry is left";
}

TEST_F(EngineTest, DrainingStartsNothingAndIsIdleAtTheEnd) {
  submit();
  turn();
  engine.drain();
  submit();
  turn();
  EXPECT_EQ(attempts.size(), 1U);
  EXPECT_FALSE(engine.idle());
  deliver(attempts[0]);
  turn();
  EXPECT_TRUE(engine.idle());
}

TEST_F(EngineTest, ACancelledJobIsSettled) {
  write(SetPaused{true});
  const JobId id = submit();
  turn();
  write(Cancel{id});
  write(Cancel{JobId::from_parts(1, 1)});
  turn();
  EXPECT_THAT(answers, ::testing::ElementsAre("done", "accepted", "done", "not_found"));
  EXPECT_THAT(settled, ::testing::ElementsAre(id));
}

}  // namespace
}  // namespace jobd
