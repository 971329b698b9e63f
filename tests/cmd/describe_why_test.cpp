#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmd/render.h"
#include "shared/names.h"
#include "tests/support/fakes.h"

namespace jobd::cmd {
namespace {

using jobd::testing::kNoon;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Time kNow = kNoon + minutes(5);

Job a_job(JobStatus status) {
  Job job;
  job.id = *JobId::parse("01953f2a-7c00-7abc-8def-0123456789ab");
  job.status = status;
  job.attempts = 1;
  job.max_attempts = 3;
  job.created_at = job.updated_at = kNoon;
  job.expires_at = kNoon + hours(72);
  job.recipients.resize(2);
  job.recipients[0].address = "a@example.com";
  job.recipients[1].address = "b@example.com";
  return job;
}

Job waiting(WaitingFor reason) {
  Job job = a_job(JobStatus::pending);
  job.waiting_for = reason;
  job.next_attempt_at = kNow + seconds(90);
  return job;
}

Job failed(Failure code, const std::string& message, int smtp_code = 0) {
  Job job = a_job(JobStatus::failed);
  job.error = JobError{code, message, kNoon, smtp_code, ""};
  return job;
}

std::string why(const Job& job) {
  return describe_why(job, kNow);
}

TEST(DescribeWhy, EveryReasonToWait) {
  EXPECT_EQ(why(waiting(WaitingFor::scheduled)),
            "It is scheduled for 2026-03-01 12:06:30 UTC (in 1m 30s). "
            "jobctl retry 01953f2a-7c00-7abc-8def-0123456789ab sends it now.");
  Job backoff = waiting(WaitingFor::backoff);
  backoff.error = JobError{Failure::temporary, "4.7.1 Greylisted.", kNoon, 451, "4.7.1"};
  EXPECT_EQ(why(backoff),
            "Attempt 1 of 3 failed for now: 451 4.7.1 Greylisted. It is tried again in 1m 30s; "
            "jobctl retry 01953f2a-7c00-7abc-8def-0123456789ab tries at once.");
  EXPECT_EQ(why(waiting(WaitingFor::rate_limit)),
            "It waits for its turn under a rate limit and goes out by itself, in 1m 30s. "
            "A higher limit in jobd's configuration would send it sooner.");
  Job down = waiting(WaitingFor::relay_down);
  down.error = JobError{Failure::relay_trouble, "connection refused", kNoon, 0, ""};
  EXPECT_EQ(why(down),
            "Its relay cannot be reached: connection refused. jobd tries the relay again in 1m 30s and the job waits "
            "for that; see that the relay runs and that its URL is right.");
  EXPECT_EQ(why(waiting(WaitingFor::relay_auth)),
            "Its relay refuses jobd's login. jobd tries again in 1m 30s; "
            "correct the user name or password in its configuration, or in the relay.");
  EXPECT_EQ(why(waiting(WaitingFor::paused)), "The queue is paused: nothing is sent until jobctl resume.");
  EXPECT_EQ(why(waiting(WaitingFor::slot)), "It is due and waits for other deliveries to end; it goes out by itself.");
}

TEST(DescribeWhy, PendingForNothing) {
  EXPECT_EQ(why(a_job(JobStatus::pending)), "It is due and about to be sent; there is nothing to do.");
  Job interrupted = a_job(JobStatus::pending);
  interrupted.error = JobError{Failure::interrupted, "jobd was stopped", kNoon, 0, ""};
  EXPECT_EQ(
      why(interrupted),
      "It is due and about to be sent; there is nothing to do. Its last attempt did not succeed: jobd was stopped.");
}

TEST(DescribeWhy, EveryFailure) {
  EXPECT_EQ(
      why(failed(Failure::rejected, "5.1.1 no such user", 550)),
      "The server refused it for good: 550 5.1.1 no such user. Correct what it complains of and submit again; only "
      "if the server has changed its mind, jobctl retry 01953f2a-7c00-7abc-8def-0123456789ab sends it again.");
  EXPECT_EQ(why(failed(Failure::attempts_exhausted, "connection timed out")),
            "Its attempts are used up (1 of 3), the last failed: connection timed out. Once the cause is gone, "
            "jobctl retry 01953f2a-7c00-7abc-8def-0123456789ab sends it again.");
  EXPECT_EQ(why(failed(Failure::expired, "")),
            "Its time to live ended at 2026-03-04 12:00:00 UTC (in 2d 23h) before it was delivered. "
            "jobctl retry 01953f2a-7c00-7abc-8def-0123456789ab --ttl 1d sends it again, with a day more.");
  EXPECT_THAT(why(failed(Failure::in_doubt, "the connection broke")),
              HasSubstr("it may have been delivered: the connection broke. Look whether it arrived; if not, jobctl"));
  EXPECT_THAT(why(failed(Failure::crash_loop, "3 crashes")), HasSubstr("Look into jobd's log"));
  for (const Failure other : {Failure::temporary, Failure::relay_trouble, Failure::interrupted}) {
    EXPECT_THAT(why(failed(other, "of some kind")), HasSubstr("It failed: of some kind. Once the cause is gone"));
  }
  EXPECT_THAT(why(a_job(JobStatus::failed)), HasSubstr("nothing more is known"));
}

TEST(DescribeWhy, TellsWhoHasItAlready) {
  Job job = failed(Failure::attempts_exhausted, "451 later");
  job.recipients[0].status = RecipientStatus::delivered;
  EXPECT_THAT(why(job), HasSubstr(" sends it again to those who do not have it (1 of 2 have it)."));
}

TEST(DescribeWhy, CompletedNeedsNothing) {
  Job job = a_job(JobStatus::completed);
  job.finished_at = kNow - seconds(3);
  job.recipients[0].delivered_at = job.recipients[1].delivered_at = kNow - seconds(3);
  job.recipients[0].reply = "2.0.0 Ok: queued as 7";
  job.recipients[0].smtp_code = 250;
  job.history.resize(1);
  job.history.back().relay = "mx.example.com";
  EXPECT_EQ(why(job),
            "It was accepted by the relay mx.example.com for 2 recipients 3s ago: 250 2.0.0 Ok: queued as 7. "
            "There is nothing to do.");
  job.history.clear();
  EXPECT_THAT(why(job), HasSubstr("It was accepted by the relay for 2 recipients"));
}

TEST(DescribeWhy, CompletedSaysWhereNothingWasSent) {
  Job job = a_job(JobStatus::completed);
  job.finished_at = kNow - seconds(3);
  job.history.resize(1);
  job.history.back().relay = "simulate:";
  EXPECT_THAT(why(job), HasSubstr("Nothing was sent: jobd runs with simulate:, which only plays a delivery"));
  job.history.back().relay = "maildir:/var/lib/jobd/outbox";
  EXPECT_THAT(why(job),
              HasSubstr("It was written to the maildir /var/lib/jobd/outbox 3s ago; nothing was sent. To send"));
}

TEST(DescribeWhy, TheOtherStates) {
  EXPECT_EQ(why(a_job(JobStatus::processing)),
            "Attempt 2 of 3 runs just now. "
            "jobctl status 01953f2a-7c00-7abc-8def-0123456789ab --wait tells what comes of it.");
  EXPECT_THAT(why(a_job(JobStatus::held)), HasSubstr("Look whether it arrived; then jobctl cancel"));
  Job cancelled = a_job(JobStatus::cancelled);
  cancelled.finished_at = kNoon;
  EXPECT_EQ(why(cancelled),
            "It was cancelled 5m ago, so that nothing more is sent. "
            "jobctl retry 01953f2a-7c00-7abc-8def-0123456789ab sends it again, after all.");
}

// Every state, reason and failure that has a name, and so each that comes to be.
TEST(DescribeWhy, AlwaysSaysAWholeSentence) {
  std::vector<Job> jobs;
  for (std::size_t i = 0; i < every_name<JobStatus>().size(); ++i) jobs.push_back(a_job(static_cast<JobStatus>(i)));
  for (std::size_t i = 0; i < every_name<WaitingFor>().size(); ++i) jobs.push_back(waiting(static_cast<WaitingFor>(i)));
  for (std::size_t i = 0; i < every_name<Failure>().size(); ++i) {
    jobs.push_back(failed(static_cast<Failure>(i), "why.  "));
    jobs.push_back(failed(static_cast<Failure>(i), ""));
  }
  for (Job job : jobs) {
    for (const std::size_t recipients : {2U, 1U, 0U}) {
      job.recipients.resize(recipients);
      const std::string text = why(job);
      EXPECT_GT(text.size(), 20U);
      EXPECT_THAT(text, EndsWith("."));
      EXPECT_THAT(text, Not(HasSubstr("..")));
      EXPECT_THAT(text, Not(HasSubstr("  ")));
      EXPECT_THAT(text, Not(HasSubstr("\n")));
    }
  }
}

}  // namespace
}  // namespace jobd::cmd
