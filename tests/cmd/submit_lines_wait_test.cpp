// Lines that are waited for (--wait): asked again until the end, over all that may come between.
#include "cmd/submit_lines_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmd/exit_code.h"
#include "tests/cmd/line_window_fixture.h"

namespace jobd::cmd {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(LineWindowTest, WaitGivesTheLastState) {
  wait_for_ends();
  add_many(2);
  accept_all();
  EXPECT_THAT(results(), IsEmpty());
  const auto waits = requests();
  ASSERT_THAT(waits, SizeIs(2));
  EXPECT_EQ(wait_in(waits[0]), limits::kWaitMax);
  tell(waits[1], a_job(JobStatus::failed));
  EXPECT_THAT(results(), IsEmpty());
  tell(waits[0], a_job(JobStatus::completed));
  EXPECT_THAT(results(), ElementsAre("1 completed", "2 failed"));
  EXPECT_EQ(window().tally().exit_code, kUnsuccessful);
  EXPECT_EQ(window().tally().refused, 0U);
}

TEST_F(LineWindowTest, WaitAsksAgainUntilTheEnd) {
  wait_for_ends();
  add();
  accept_all();
  for (int i = 0; i < 3; ++i) {
    const auto waits = requests();
    ASSERT_THAT(waits, SizeIs(1));
    clock_.advance(limits::kWaitMax);
    tell(waits[0], a_job(JobStatus::pending));
  }
  tell(requests()[0], a_job(JobStatus::held));
  EXPECT_THAT(results(), ElementsAre("1 held"));
  EXPECT_EQ(window().tally().exit_code, kPartly);
}

TEST_F(LineWindowTest, WaitEndsAtItsLimitFromTheAcceptanceOn) {
  wait_for_ends(seconds(90));
  add();
  accept_all();
  clock_.advance(seconds(10));
  auto waits = requests();
  EXPECT_EQ(wait_in(waits[0]), seconds(60));
  clock_.advance(seconds(60));
  tell(waits[0], a_job(JobStatus::processing));
  waits = requests();
  EXPECT_EQ(wait_in(waits[0]), seconds(20));
  clock_.advance(seconds(20));
  tell(waits[0], a_job(JobStatus::processing));
  EXPECT_THAT(results(), ElementsAre("1 processing"));
  EXPECT_EQ(window().tally().exit_code, kUnfinished);
}

TEST_F(LineWindowTest, AWaitOfNothingIsAnsweredAtOnce) {
  wait_for_ends(seconds(0));
  add();
  accept_all();
  tell(requests()[0], a_job(JobStatus::pending));
  EXPECT_THAT(results(), ElementsAre("1 pending"));
  EXPECT_EQ(window().tally().exit_code, kUnfinished);
}

TEST_F(LineWindowTest, AWaitThatEndsEarlyMeansThatJobdStopsAndIsAskedAgain) {
  wait_for_ends();
  add();
  accept_all();
  const auto waits = requests();
  tell(waits[0], a_job(JobStatus::pending));
  EXPECT_THAT(requests(), IsEmpty());
  clock_.set(window().resume_at());
  EXPECT_EQ(requests(), waits);
}

TEST_F(LineWindowTest, WaitsAreAskedAgainAfterALostConnection) {
  wait_for_ends();
  add();
  accept_all();
  const auto waits = requests();
  window().lose_connection();
  EXPECT_EQ(requests(), waits);
  tell(waits[0], a_job(JobStatus::completed));
  EXPECT_THAT(results(), ElementsAre("1 completed"));
}

TEST_F(LineWindowTest, AnAcceptedLineIsNeverSubmittedAgainWhateverComes) {
  wait_for_ends();
  add();
  accept_all();
  refuse(requests()[0], {Code::busy, "full"});
  clock_.set(window().resume_at());
  const auto waits = requests();
  EXPECT_EQ(wait_in(waits[0]), limits::kWaitMax);
  window().give_up({Code::unavailable, "gone"});
  EXPECT_THAT(results(), ElementsAre("1 pending"));
  EXPECT_EQ(window().tally().exit_code, kUnfinished);
}

TEST_F(LineWindowTest, AJobThatEndedBeforeNeedsNoWait) {
  wait_for_ends();
  add();
  hear(encode_reply(id_of(requests()[0]), Submitted{a_job(JobStatus::completed), true}));
  EXPECT_THAT(requests(), IsEmpty());
  EXPECT_THAT(results(), ElementsAre("1 completed"));
}

TEST_F(LineWindowTest, AJobThatWasDeletedMeanwhileIsAnError) {
  wait_for_ends();
  add();
  accept_all();
  refuse(requests()[0], {Code::not_found, "no such job"});
  EXPECT_THAT(results(), ElementsAre("1 not_found"));
  EXPECT_EQ(window().tally().exit_code, kNoInput);
}

TEST_F(LineWindowTest, WaitsHoldTheWindowOpenNoFurther) {
  wait_for_ends();
  add_many(LineWindow::kLines);
  accept_all();
  EXPECT_THAT(requests(), SizeIs(LineWindow::kLines));
  EXPECT_FALSE(window().has_room());
  EXPECT_FALSE(window().has_requests());
  EXPECT_TRUE(window().is_unanswered());
}

}  // namespace
}  // namespace jobd::cmd
