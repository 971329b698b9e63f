// --wait: how long it is asked for, when it ends and what is told then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmd/exit_code.h"
#include "shared/codec.h"
#include "tests/cmd/run_fixture.h"

namespace jobd::cmd {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

TEST_F(RunTest, SubmitWaitsInCallsOfAMinuteUntilTheEnd) {
  serve_replies({accepted(), told(JobStatus::pending), told(JobStatus::processing), told(JobStatus::completed)});
  const Outcome outcome = submit({"--body", "x", "--wait"}, SteppingClock{seconds(60)});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_EQ(outcome.out, std::string(kId) + "\n");
  EXPECT_EQ(outcome.err, "");
  for (std::size_t call = 1; call <= 3; ++call) EXPECT_EQ(heard_wait(call), seconds(60));
}

TEST_F(RunTest, SubmitSaysWhyAnAwaitedJobFailed) {
  Job failed = a_job(JobStatus::failed);
  failed.error = JobError{Failure::rejected, "no such user", kNoon, 550, "5.1.1"};
  serve_replies({accepted(), encode_reply({}, failed)});
  const Outcome outcome = submit({"--body", "x", "--wait"});
  EXPECT_EQ(outcome.code, kUnsuccessful);
  EXPECT_EQ(outcome.out, std::string(kId) + "\n");
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("refused it for good"), HasSubstr("550 5.1.1 no such user")));
}

TEST_F(RunTest, AWaitThatRunsOutExits4) {
  serve_replies({accepted(), told(JobStatus::pending), told(JobStatus::pending), told(JobStatus::pending)});
  const SteppingClock clock{seconds(60)};
  const Outcome outcome = submit({"--body", "x", "--wait=90s"}, clock);
  EXPECT_EQ(outcome.code, kUnfinished);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("is pending"), Not(HasSubstr("stopping"))));
  ASSERT_THAT(server_->lines(), SizeIs(3));
  EXPECT_EQ(heard_wait(1), seconds(60));
  EXPECT_EQ(heard_wait(2), seconds(30));
}

// While it drains jobd answers every wait at once.
TEST_F(RunTest, AWaitEndsWhenJobdIsStopping) {
  const std::string processing = told(JobStatus::processing);
  serve_replies({accepted(), processing, processing, processing, processing});
  const SteppingClock clock{seconds(2)};
  const Outcome submitted = submit({"--body", "x", "--wait"}, clock);
  EXPECT_EQ(submitted.code, kUnfinished);
  EXPECT_EQ(submitted.out, std::string(kId) + "\n");
  EXPECT_THAT(submitted.err, AllOf(HasSubstr("jobd is stopping"), HasSubstr("is processing")));
  const Outcome status = jobctl({"status", kId, "--wait=90s"}, clock);
  EXPECT_EQ(status.code, kUnfinished);
  EXPECT_THAT(status.out, HasSubstr("processing"));
  EXPECT_THAT(status.err, HasSubstr("jobd is stopping"));
  EXPECT_THAT(server_->lines(), SizeIs(3));
}

TEST_F(RunTest, AnAnswerAHairTooEarlyDoesNotEndAWait) {
  serve_replies({accepted(), told(JobStatus::pending), told(JobStatus::completed)});
  EXPECT_EQ(submit({"--body", "x", "--wait"}, SteppingClock{Duration(59'999)}).code, kDone);
}

TEST_F(RunTest, AWaitGoesOnAfterOneLostConnection) {
  serve_replies({accepted(), std::nullopt, told(JobStatus::completed)});
  EXPECT_EQ(submit({"--body", "x", "--wait"}).code, kDone);
}

TEST_F(RunTest, AnAcceptedJobIsNeverSaidToBeNotAccepted) {
  serve_replies({accepted()});
  const Outcome outcome = submit({"--body", "x", "--wait"});
  EXPECT_EQ(outcome.code, kUnfinished);
  EXPECT_EQ(outcome.out, std::string(kId) + "\n");
  EXPECT_THAT(outcome.err, HasSubstr("was accepted"));
}

TEST_F(RunTest, StatusThatWaitsExitsWithTheEnd) {
  serve_replies({told(JobStatus::completed), told(JobStatus::failed), told(JobStatus::held), told(JobStatus::pending)});
  EXPECT_EQ(jobctl({"status", kId, "--wait"}).code, kDone);
  EXPECT_EQ(jobctl({"status", kId, "--wait"}).code, kUnsuccessful);
  EXPECT_EQ(jobctl({"status", kId, "--wait"}).code, kPartly);
  EXPECT_EQ(jobctl({"status", kId, "--wait=1s"}).code, kUnfinished);
}

}  // namespace
}  // namespace jobd::cmd
