#include "cmd/exit_code.h"

#include <gtest/gtest.h>

#include "shared/error.h"

namespace jobd::cmd {
namespace {

Job a_job(JobStatus status, std::vector<RecipientStatus> recipients = {RecipientStatus::pending}) {
  Job job;
  job.status = status;
  for (const RecipientStatus each : recipients) {
    Recipient recipient;
    recipient.status = each;
    job.recipients.push_back(recipient);
  }
  return job;
}

TEST(ExitCode, IsTheTableOfDesignForEveryError) {
  const std::vector<std::pair<Code, int>> expected{
      {Code::invalid_request, 65},
      {Code::invalid_json, 65},
      {Code::invalid_field, 65},
      {Code::missing_field, 65},
      {Code::unknown_field, 65},
      {Code::idempotency_mismatch, 65},
      {Code::unknown_operation, 64},
      {Code::not_found, 66},
      {Code::method_not_allowed, 64},
      {Code::conflict, 65},
      {Code::gone, 65},
      {Code::too_large, 65},
      {Code::unsupported_media_type, 65},
      {Code::unauthorized, 77},
      {Code::forbidden, 77},
      {Code::rate_limited, 75},
      {Code::busy, 75},
      {Code::draining, 75},
      {Code::unavailable, 75},
      {Code::storage_full, 75},
      {Code::internal, 70},
  };
  EXPECT_EQ(expected.size(), all_codes().size());
  for (const auto& [code, exit] : expected) EXPECT_EQ(exit_code(Error{code, ""}), exit) << row(code).name;
}

TEST(ExitCode, OfAnAwaitedJob) {
  using enum RecipientStatus;
  EXPECT_EQ(exit_code_awaited(a_job(JobStatus::completed, {delivered})), kDone);
  EXPECT_EQ(exit_code_awaited(a_job(JobStatus::failed, {failed, failed})), kUnsuccessful);
  EXPECT_EQ(exit_code_awaited(a_job(JobStatus::failed, {delivered, failed})), kPartly);
  EXPECT_EQ(exit_code_awaited(a_job(JobStatus::failed, {RecipientStatus::uncertain})), kPartly);
  EXPECT_EQ(exit_code_awaited(a_job(JobStatus::cancelled)), kUnsuccessful);
  EXPECT_EQ(exit_code_awaited(a_job(JobStatus::cancelled, {delivered, RecipientStatus::pending})), kPartly);
  EXPECT_EQ(exit_code_awaited(a_job(JobStatus::held, {uncertain})), kPartly);
  EXPECT_EQ(exit_code_awaited(a_job(JobStatus::pending)), kUnfinished);
  EXPECT_EQ(exit_code_awaited(a_job(JobStatus::processing)), kUnfinished);
}

TEST(ExitCode, AFailureInDoubtIsPartly) {
  Job job = a_job(JobStatus::failed, {RecipientStatus::failed});
  job.error = JobError{Failure::in_doubt, "the reply was lost", {}, 0, ""};
  EXPECT_EQ(exit_code_awaited(job), kPartly);
}

TEST(ExitCode, TheWorstIsTheLargest) {
  EXPECT_EQ(worse(kDone, kBadData), kBadData);
  EXPECT_EQ(worse(kUnavailable, kUnsuccessful), kUnavailable);
}

}  // namespace
}  // namespace jobd::cmd
