// cancel and retry by a filter: what is asked, what is done, what is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmd/exit_code.h"
#include "shared/codec.h"
#include "tests/cmd/run_fixture.h"

namespace jobd::cmd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string changed(std::uint64_t matched, std::uint64_t changed) {
  return encode_reply({}, Changed{matched, changed});
}
std::string page(std::size_t number, JobStatus status, std::optional<std::string> cursor = {}) {
  return encode_reply({}, JobPage{std::vector<Job>(number, a_job(status)), std::move(cursor)});
}

TEST_F(RunTest, AFilterIsOneRequestAndIsTold) {
  serve_replies({changed(20, 12), changed(1, 1)});
  EXPECT_EQ(jobctl({"cancel", "--tag", "x", "--limit", "30"}).out, "cancelled 12 of 20 jobs that matched\n");
  EXPECT_EQ(heard_as<CancelJobs>(0).filter.tag, "x");
  EXPECT_EQ(heard_as<CancelJobs>(0).limit, 30U);
  EXPECT_EQ(jobctl({"retry", "--status", "failed", "--ttl", "1h"}).out, "retried 1 of 1 job that matched\n");
  EXPECT_EQ(heard_as<RetryJobs>(1).ttl, std::chrono::hours(1));
}

TEST_F(RunTest, AFilterIsAskedForAtATerminalWithWhatItWouldMeet) {
  serve_replies({page(200, JobStatus::pending, "c"), page(2, JobStatus::pending), page(2, JobStatus::held, "c"),
                 page(3, JobStatus::completed), changed(5, 2), page(0, JobStatus::pending)});
  outside_.person = "";
  const Outcome no = jobctl({"cancel", "--tag", "x"});
  EXPECT_EQ(no.code, kUnsuccessful);
  EXPECT_EQ(no.err, "jobctl: nothing was changed\n");
  outside_.person = "y";
  const Outcome yes = jobctl({"cancel", "--tag", "x"});
  EXPECT_EQ(yes.code, kDone);
  EXPECT_EQ(yes.out, "cancelled 2 of 5 jobs that matched\n");
  EXPECT_THAT(outside_.asked, ElementsAre("Cancel 202 jobs? [y/N] ", "Cancel 2 of 5 jobs that match? [y/N] "));
  EXPECT_EQ(jobctl({"cancel", "--tag", "x"}).out, "cancelled 0 of 0 jobs that matched\n");  // without a request
  EXPECT_THAT(server_->lines(), SizeIs(6));
}

TEST_F(RunTest, OnlyJobsThatWereCountedAreChanged) {
  serve_replies({page(2, JobStatus::pending), changed(2, 2), page(2, JobStatus::pending, "c"), changed(2, 2),
                 page(2, JobStatus::pending), changed(2, 2)});
  outside_.person = "y";
  const Time made_at = JobId::parse(kId)->made_at();
  jobctl({"cancel", "--tag", "x"});
  EXPECT_EQ(heard_as<CancelJobs>(1).filter.until, made_at + Duration(1));
  EXPECT_FALSE(heard_as<CancelJobs>(1).filter.since);
  jobctl({"cancel", "--tag", "x", "--limit", "2"});
  EXPECT_EQ(heard_as<CancelJobs>(3).filter.since, made_at);  // else others would take the places of those that ended
  jobctl({"cancel", "--until", "2000-01-01T00:00:00Z"});
  EXPECT_LT(*heard_as<CancelJobs>(5).filter.until, made_at);
}

TEST_F(RunTest, AStateInWhichNothingWasCountedIsLeftAlone) {
  serve_replies({page(2, JobStatus::failed), page(0, JobStatus::held), changed(2, 2), changed(9, 9)});
  outside_.person = "y";
  EXPECT_EQ(jobctl({"retry", "--tag", "x"}).out, "retried 2 of 2 jobs that matched\n");
  EXPECT_EQ(heard_as<RetryJobs>(2).filter.status, JobStatus::failed);
  EXPECT_THAT(server_->lines(), SizeIs(3));
}

TEST_F(RunTest, RetryWithoutAStateTakesFailedAndHeldOnes) {
  serve_replies({page(1, JobStatus::failed), page(2, JobStatus::held), changed(1, 1), changed(2, 1), changed(3, 3),
                 changed(1, 1), refused(Code::busy, "busy")});
  outside_.person = "y";
  EXPECT_EQ(jobctl({"retry", "--tag", "x", "--limit", "9"}).out, "retried 2 of 3 jobs that matched\n");
  EXPECT_THAT(outside_.asked, ElementsAre("Retry 3 jobs that are failed or held? [y/N] "));
  EXPECT_EQ(heard_as<RetryJobs>(2).filter.status, JobStatus::failed);
  EXPECT_EQ(heard_as<RetryJobs>(3).filter.status, JobStatus::held);
  EXPECT_EQ(heard_as<RetryJobs>(3).limit, 8U);
  outside_.person.reset();
  EXPECT_EQ(jobctl({"retry", "--tag", "x", "--limit", "3"}).out, "retried 3 of 3 jobs that matched\n");
  const Outcome broken = jobctl({"retry", "--tag", "x"});
  EXPECT_EQ(broken.out, "retried 1 job\n");
  EXPECT_EQ(broken.code, row(Code::busy).exit_code);
}

TEST_F(RunTest, NobodyIsAskedForOneJobOrWithYesOrWhereNobodyIs) {
  serve_replies({page(1, JobStatus::failed), changed(1, 1), changed(9, 9), changed(9, 9)});
  outside_.person = "n";
  EXPECT_THAT(jobctl({"retry", "--status", "failed"}).err, IsEmpty());
  EXPECT_THAT(jobctl({"retry", "--status", "failed", "--yes"}).err, IsEmpty());
  outside_.person.reset();
  EXPECT_THAT(jobctl({"retry", "--status", "failed"}).err, IsEmpty());
  EXPECT_THAT(server_->lines(), SizeIs(4));
}

TEST_F(RunTest, CountingEndsAtFiveThousand) {
  serve([](const std::string&, std::size_t) { return page(200, JobStatus::pending, "more"); });
  outside_.person = "n";
  const Outcome outcome = jobctl({"cancel", "--tag", "x"});
  EXPECT_THAT(outside_.asked, ElementsAre("Cancel what can be cancelled of more than 5,000 jobs? [y/N] "));
  EXPECT_EQ(outcome.code, kUnsuccessful);
  EXPECT_THAT(server_->lines(), SizeIs(26));
  EXPECT_EQ(heard_as<ListJobs>(25).limit, 1U);
}

TEST_F(RunTest, ACountNeverGoesPastTheLimit) {
  serve([](const std::string&, std::size_t) { return page(3, JobStatus::pending, "more"); });
  outside_.person = "n";
  jobctl({"cancel", "--tag", "x", "--limit", "3"});
  EXPECT_THAT(outside_.asked, ElementsAre(StartsWith("Cancel 3 jobs? ")));
}

TEST_F(RunTest, WhatAFilterIsRefusedForIsTold) {
  serve_replies({refused(Code::forbidden, "you are not an admin"), std::nullopt});
  const Outcome outcome = jobctl({"cancel", "--tag", "x"});
  EXPECT_EQ(outcome.code, row(Code::forbidden).exit_code);
  EXPECT_THAT(outcome.err, HasSubstr("you are not an admin"));
  EXPECT_EQ(jobctl({"cancel", "--tag", "x"}).code, kUnavailable);
  EXPECT_THAT(server_->lines(), SizeIs(2));  // never heard twice
}

}  // namespace
}  // namespace jobd::cmd
