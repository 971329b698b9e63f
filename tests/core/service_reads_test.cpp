// What is asked about jobs, from the request to its answer.
#include <gtest/gtest.h>

#include "tests/core/service_fixture.h"

namespace jobd {
namespace {

TEST_F(ServiceTest, AListGoesOnWhereItsPageEnded) {
  const JobId first = submitted();
  const JobId second = submitted();
  const JobId third = submitted();
  ask(ListJobs{{}, 2, ""});
  desk.turn();
  const JobPage page = std::get<JobPage>(*replies.back());
  ASSERT_EQ(page.jobs.size(), 2U);
  EXPECT_EQ(page.jobs[0].id, third);
  EXPECT_EQ(page.jobs[1].id, second);
  ASSERT_TRUE(page.next_cursor);
  ask(ListJobs{{}, 2, *page.next_cursor});
  desk.turn();
  const JobPage last = std::get<JobPage>(*replies.back());
  ASSERT_EQ(last.jobs.size(), 1U);
  EXPECT_EQ(last.jobs[0].id, first);
  EXPECT_FALSE(last.next_cursor);
}

TEST_F(ServiceTest, AJobIsGivenWithItsContentIfThatWasAskedFor) {
  SubmitEmail submit = a_mail();
  submit.email.subject = "Hello";
  submit.email.text = "Dear user";
  ask(std::move(submit));
  desk.turn();
  const JobId id = std::get<Submitted>(*replies.back()).job.id;
  ask(GetJob{id, {}, false});
  ask(GetJob{id, {}, true});
  desk.turn();
  EXPECT_EQ(std::get<Job>(*replies[1]).content, nullptr);
  ASSERT_NE(last_job().content, nullptr);
  EXPECT_EQ(last_job().content->subject, "Hello");
  EXPECT_EQ(last_job().content->text, "Dear user");
}

TEST_F(ServiceTest, ACancelledJobIsTriedAgainForAsLongAsTheRetrySays) {
  SubmitEmail submit = a_mail();
  submit.delay = std::chrono::minutes(1);
  ask(std::move(submit));
  desk.turn();
  const JobId id = std::get<Submitted>(*replies.back()).job.id;
  ask(CancelJob{id});
  desk.turn();
  ASSERT_TRUE(replies.back()) << replies.back().error().message;
  ASSERT_EQ(last_job().status, JobStatus::cancelled);
  ask(RetryJob{id, std::chrono::hours(1)});
  desk.turn();
  ASSERT_TRUE(replies.back()) << replies.back().error().message;
  EXPECT_EQ(desk.store.job(id).expires_at, clock.now() + std::chrono::hours(1));
}

// What a reader's thread has encoded ahead is the same mail as what the service encodes itself.
TEST_F(ServiceTest, APreparedSubmitIsTheOneThatWasNotPrepared) {
  SubmitEmail submit = a_mail();
  submit.email.text = "Dear user";
  ask(submit);
  Request prepared = submit;
  service.prepare(prepared);
  EXPECT_TRUE(std::get<SubmitEmail>(prepared).encoded);
  ask(std::move(prepared));
  desk.turn();
  const Record& plain = desk.store.job(std::get<Submitted>(*replies[0]).job.id);
  const Record& ahead = desk.store.job(std::get<Submitted>(*replies[1]).job.id);
  EXPECT_EQ(plain.fingerprint, ahead.fingerprint);
  EXPECT_EQ(plain.content_bytes, ahead.content_bytes);
}

TEST_F(ServiceTest, OfAPreparedBatchTheGoodItemsAreEncodedAndTheBadAnsweredAsEver) {
  SubmitEmails batch;
  batch.emails.emplace_back(a_mail());
  batch.emails.emplace_back(Error{Code::missing_field, "emails[1].to is missing", "emails[1].to"});
  Request prepared = std::move(batch);
  service.prepare(prepared);
  EXPECT_TRUE(std::get<SubmitEmails>(prepared).emails[0]->encoded);
  ask(std::move(prepared));
  desk.turn();
  const auto& items = std::get<SubmittedMany>(*replies[0]).items;
  ASSERT_EQ(items.size(), 2U);
  EXPECT_TRUE(items[0]);
  EXPECT_EQ(items[1].error().field, "emails[1].to");
}

}  // namespace
}  // namespace jobd
