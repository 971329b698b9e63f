#include "daemon/core/service.h"

#include <gtest/gtest.h>

#include "tests/core/service_fixture.h"

namespace jobd {
namespace {

using std::chrono::seconds;

TEST_F(ServiceTest, ASubmitIsAnsweredByTheCommitNotBefore) {
  ask(a_mail());
  EXPECT_TRUE(replies.empty());
  desk.turn();
  ASSERT_EQ(replies.size(), 1U);
  const auto& answer = std::get<Submitted>(*replies[0]);
  EXPECT_EQ(answer.job.status, JobStatus::pending);
  EXPECT_EQ(answer.job.submitted_by, "uid:1000");
  EXPECT_EQ(status_of(*replies[0]), 202);
}

TEST_F(ServiceTest, IdsAscend) {
  const JobId first = submitted();
  EXPECT_LT(first, submitted());
}

TEST_F(ServiceTest, ABadItemOfABatchFailsAlone) {
  SubmitEmails batch;
  batch.emails.emplace_back(a_mail());
  batch.emails.emplace_back(Error{Code::missing_field, "emails[1].to is missing", "emails[1].to"});
  batch.emails.emplace_back(a_mail());
  ask(std::move(batch));
  EXPECT_EQ(desk.asks(), 1U) << "one ask is one transaction";
  desk.turn();
  const auto& items = std::get<SubmittedMany>(*replies[0]).items;
  ASSERT_EQ(items.size(), 3U);
  EXPECT_TRUE(items[0]);
  EXPECT_EQ(items[1].error().field, "emails[1].to");
  EXPECT_TRUE(items[2]);
}

TEST_F(ServiceTest, ALargeContentGoesAheadInChunks) {
  SubmitEmail submit = a_mail();
  submit.email.text = std::string(600UL << 10, 'x');
  ask(std::move(submit));
  EXPECT_EQ(desk.asks(), 3U) << "two chunks of 256 KiB, then the submit with the rest";
  desk.turn();
  EXPECT_TRUE(replies[0]);
}

TEST_F(ServiceTest, WhatBefellAPieceIsTheSubmitsError) {
  SubmitEmail submit = a_mail();
  submit.email.text = std::string(600UL << 10, 'x');
  ask(std::move(submit));
  desk.store.refuse_chunks({Code::storage_full, "the disk is full"});
  desk.turn();
  EXPECT_EQ(replies[0].error().code, Code::storage_full) << "and not that a piece is missing";
}

TEST_F(ServiceTest, ATimeThatHasPassedIsTheStoresToRefuse) {
  SubmitEmail submit = a_mail();
  submit.expires_at = clock.now();
  ask(std::move(submit));
  EXPECT_TRUE(replies.empty()) << "an equal request before may have made the job";
  desk.turn();
  EXPECT_EQ(replies[0].error().field, "expires_at");
}

TEST_F(ServiceTest, AnErrorOfABatchsItemSaysWhichOne) {
  SubmitEmails batch;
  batch.emails.emplace_back(a_mail());
  batch.emails.emplace_back(a_mail());
  batch.emails[1]->expires_at = clock.now();
  ask(std::move(batch));
  desk.turn();
  EXPECT_EQ(std::get<SubmittedMany>(*replies[0]).items[1].error().field, "emails[1].expires_at");
}

TEST_F(ServiceTest, AFullInboxIsBusy) {
  desk.full = true;
  ask(a_mail());
  EXPECT_EQ(replies[0].error().code, Code::busy);
  EXPECT_TRUE(replies[0].error().retry_after);
}

TEST_F(ServiceTest, DrainingRefusesSubmitsAndReleasesWaits) {
  const JobId id = submitted();
  ask(GetJob{id, seconds(30), false});
  desk.turn();
  service.drain();
  desk.turn();
  EXPECT_EQ(last_job().status, JobStatus::processing);
  ask(a_mail());
  EXPECT_EQ(replies.back().error().code, Code::draining);
  ask(GetStats{});
  desk.turn();
  EXPECT_TRUE(std::get<Stats>(*replies.back()).draining);
}

TEST_F(ServiceTest, PauseAndResumeTellTheState) {
  ask(Pause{});
  desk.turn();
  EXPECT_TRUE(std::get<QueueState>(*replies.back()).paused);
  const JobId id = submitted();
  ask(GetJob{id});
  desk.turn();
  EXPECT_EQ(last_job().waiting_for, WaitingFor::paused);
  ask(Resume{});
  desk.turn();
  EXPECT_FALSE(std::get<QueueState>(*replies.back()).paused);
}

TEST_F(ServiceTest, CancelsWhatAFilterFindsPageByPage) {
  constexpr std::size_t kJobs = 2 * limits::kBulkChangeJobs + 1;
  ask(Pause{});
  for (std::size_t i = 0; i < kJobs; ++i) ask(a_mail());
  desk.turn();
  CancelJobs cancel;
  cancel.filter.status = JobStatus::pending;
  ask(cancel);
  int turns = 0;
  for (const std::size_t before = replies.size(); replies.size() == before; ++turns) desk.turn();
  EXPECT_EQ(turns, 6) << "a read and a write each";
  EXPECT_EQ(std::get<Changed>(*replies.back()).matched, kJobs);
  EXPECT_EQ(std::get<Changed>(*replies.back()).changed, kJobs);
  EXPECT_EQ(desk.store.counts().jobs[static_cast<std::size_t>(JobStatus::cancelled)], kJobs);
}

TEST_F(ServiceTest, RetriesWhatAFilterFindsWithANewTimeToLive) {
  ask(Pause{});
  const JobId id = submitted();
  ask(CancelJob{id});
  desk.turn();
  RetryJobs retry;
  retry.filter.status = JobStatus::cancelled;
  retry.limit = 5;
  retry.ttl = seconds(7);
  ask(retry);
  desk.turn();
  desk.turn();
  EXPECT_EQ(std::get<Changed>(*replies.back()).changed, 1U);
  EXPECT_EQ(desk.store.job(id).status(), JobStatus::pending);
  EXPECT_EQ(desk.store.job(id).expires_at, clock.now() + seconds(7));
}

TEST_F(ServiceTest, DrainingEndsAChangeOfManyAtItsNextPage) {
  ask(Pause{});
  for (std::size_t i = 0; i <= limits::kBulkChangeJobs; ++i) ask(a_mail());
  desk.turn();
  ask(CancelJobs{});
  desk.turn();
  service.drain();
  desk.turn();
  EXPECT_EQ(replies.back().error().code, Code::draining);
}

TEST_F(ServiceTest, DeletesAJobAtItsEndAndNotBefore) {
  ask(Pause{});
  const JobId id = submitted();
  ask(DeleteJob{id});
  desk.turn();
  EXPECT_EQ(replies.back().error().code, Code::conflict);
  ask(CancelJob{id});
  ask(DeleteJob{id});
  desk.turn();
  EXPECT_EQ(status_of(*replies.back()), 204);
  ask(DeleteJob{id});
  desk.turn();
  EXPECT_EQ(replies.back().error().code, Code::not_found);
}

TEST_F(ServiceTest, IsReadyOrSaysWhyNot) {
  ask(GetReady{});
  desk.turn();
  EXPECT_TRUE(std::holds_alternative<Readiness>(*replies.back()));
  desk.store.refuse_jobs({Code::storage_full, "the disk is full"});
  ask(GetReady{});
  desk.turn();
  EXPECT_EQ(replies.back().error().code, Code::unavailable);
  EXPECT_EQ(replies.back().error().message, "the disk is full");
  desk.full = true;
  ask(GetReady{});
  EXPECT_EQ(replies.back().error().code, Code::unavailable);
  service.drain();
  ask(GetReady{});
  EXPECT_EQ(replies.back().error().code, Code::draining) << "whatever the store would say";
}

TEST_F(ServiceTest, AWatchIsToldOfEachChange) {
  int woken = 0;
  const auto watch = service.watch({}, [&] { ++woken; });
  const JobId id = submitted();
  service.changed(std::move(desk.changes));
  EXPECT_EQ(woken, 1);
  const Event accepted = watch->next().value();
  EXPECT_EQ(accepted.job->id, id);
  EXPECT_EQ(accepted.job->status, JobStatus::pending);
  EXPECT_EQ(watch->next()->job->status, JobStatus::processing);
  EXPECT_FALSE(watch->next());
}

TEST_F(ServiceTest, AWatchIsNothingToHandle) {
  ask(Watch{});
  ask(Unwatch{});
  for (const auto& reply : replies) EXPECT_EQ(reply.error().code, Code::internal);
}

TEST_F(ServiceTest, PingNeedsNoStore) {
  desk.full = true;
  ask(Ping{});
  EXPECT_TRUE(replies[0]);
}

}  // namespace
}  // namespace jobd
