// cancel and retry by a filter: what is asked, what is done, what is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmd/exit_code.h"
#include "shared/codec.h"
#include "tests/cmd/run_fixture.h"

namespace jobd::cmd {
namespace {

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
  serve_replies({page(200, JobStatus::pending, "c"), page(2, JobStatus::pending), page(2, JobStatus::failed, "c"),
                 page(3, JobStatus::completed), changed(5, 2)});
  outside_.person = "";
  const Outcome no = jobctl({"cancel", "--tag", "x"});
  EXPECT_EQ(no.code, kUnsuccessful);
  EXPECT_EQ(no.err, "Cancel 202 jobs? [y/N] jobctl: nothing was changed\n");
  outside_.person = "y";
  const Outcome yes = jobctl({"retry", "--tag", "x"});
  EXPECT_EQ(yes.code, kDone);
  EXPECT_EQ(yes.err, "Retry 2 of 5 jobs that match? [y/N] ");
  EXPECT_EQ(yes.out, "retried 2 of 5 jobs that matched\n");
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
  EXPECT_THAT(outcome.err, StartsWith("Cancel what can be cancelled of more than 5,000 jobs? [y/N] "));
  EXPECT_THAT(server_->lines(), SizeIs(26));
  EXPECT_EQ(heard_as<ListJobs>(25).limit, 1U);
}

TEST_F(RunTest, ACountNeverGoesPastTheLimit) {
  serve([](const std::string&, std::size_t) { return page(3, JobStatus::pending, "more"); });
  outside_.person = "n";
  EXPECT_THAT(jobctl({"cancel", "--tag", "x", "--limit", "3"}).err, StartsWith("Cancel 3 jobs? "));
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
