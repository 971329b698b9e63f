#include "cmd/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "shared/text.h"
#include "tests/support/fakes.h"

namespace jobd::cmd {
namespace {

using jobd::testing::kNoon;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Time kNow = kNoon + minutes(5);

Recipient a_recipient(const std::string& address, RecipientStatus status, int code = 0, const std::string& reply = "") {
  Recipient recipient;
  recipient.address = address;
  recipient.status = status;
  recipient.smtp_code = code;
  recipient.reply = reply;
  return recipient;
}

Job a_job(JobStatus status) {
  Job job;
  job.id = *JobId::parse("01953f2a-7c00-7abc-8def-0123456789ab");
  job.status = status;
  job.max_attempts = 3;
  job.created_at = job.updated_at = kNoon;
  job.expires_at = kNoon + hours(72);
  job.from = "app@example.com";
  job.subject = "Hello";
  job.recipients = {a_recipient("user@example.com", RecipientStatus::pending)};
  return job;
}

TEST(RenderJob, Pending) {
  EXPECT_EQ(render_job(a_job(JobStatus::pending), kNow),
            "Job        01953f2a-7c00-7abc-8def-0123456789ab\n"
            "State      pending: about to be sent\n"
            "Subject    Hello\n"
            "From       app@example.com\n"
            "To         user@example.com  pending\n"
            "Attempts   0 of 3\n"
            "Created    2026-03-01 12:00:00 UTC (5m ago)\n"
            "Expires    2026-03-04 12:00:00 UTC (in 2d 23h)\n");
}

TEST(RenderJob, NextNeverLiesInThePast) {
  Job job = a_job(JobStatus::pending);
  job.next_attempt_at = kNow - seconds(3);
  EXPECT_THAT(render_job(job, kNow), HasSubstr("\nNext       now\n"));
  for (const WaitingFor reason : {WaitingFor::paused, WaitingFor::slot, WaitingFor::relay_down}) {
    job.waiting_for = reason;
    EXPECT_THAT(render_job(job, kNow), Not(HasSubstr("\nNext")));
  }
  job.next_attempt_at = kNow + seconds(3);
  EXPECT_THAT(render_job(job, kNow), HasSubstr("\nNext       2026-03-01 12:05:03 UTC (in 3s)\n"));
}

TEST(RenderJob, WaitingForItsNextAttempt) {
  Job job = a_job(JobStatus::pending);
  job.attempts = 1;
  job.started_at = kNoon + seconds(1);
  job.duration = milliseconds(320);
  job.next_attempt_at = kNow + minutes(4) + seconds(12);
  job.waiting_for = WaitingFor::backoff;
  job.error = JobError{Failure::temporary, "Greylisted, come back later", kNow - seconds(3), 451, "4.7.1"};
  job.recipients = {a_recipient("user@example.com", RecipientStatus::pending, 451, "451 4.7.1 Greylisted"),
                    a_recipient("b@example.com", RecipientStatus::delivered, 250, "2.0.0 Ok: queued as 7")};
  job.tags = {"reports", "daily"};
  job.metadata = {{"order", "17"}};
  job.history = {HistoryEntry{1, kNoon + seconds(1), kNoon + milliseconds(1320), AttemptOutcome::partial,
                              "mx.example.com", "451 4.7.1 Greylisted"}};
  EXPECT_EQ(render_job(job, kNow),
            "Job        01953f2a-7c00-7abc-8def-0123456789ab\n"
            "State      pending: tried without success, next attempt in 4m 12s\n"
            "Subject    Hello\n"
            "From       app@example.com\n"
            "To         user@example.com  pending: 451 4.7.1 Greylisted\n"
            "           b@example.com     delivered: 250 2.0.0 Ok: queued as 7\n"
            "Attempts   1 of 3\n"
            "Next       2026-03-01 12:09:12 UTC (in 4m 12s)\n"
            "Error      451 4.7.1 Greylisted, come back later (3s ago)\n"
            "Created    2026-03-01 12:00:00 UTC (5m ago)\n"
            "Expires    2026-03-04 12:00:00 UTC (in 2d 23h)\n"
            "Took       320 ms in attempts\n"
            "Tags       reports, daily\n"
            "Note       order = 17\n"
            "History    1  2026-03-01 12:00:01  partial after 320 ms, mx.example.com - 451 4.7.1 Greylisted\n");
}

TEST(RenderJob, Completed) {
  Job job = a_job(JobStatus::completed);
  job.attempts = 1;
  job.started_at = kNoon;
  job.finished_at = kNoon + seconds(2);
  job.duration = seconds(2);
  job.recipients = {a_recipient("user@example.com", RecipientStatus::delivered, 250, "250 Ok")};
  EXPECT_EQ(render_job(job, kNow),
            "Job        01953f2a-7c00-7abc-8def-0123456789ab\n"
            "State      completed\n"
            "Subject    Hello\n"
            "From       app@example.com\n"
            "To         user@example.com  delivered: 250 Ok\n"
            "Attempts   1 of 3\n"
            "Created    2026-03-01 12:00:00 UTC (5m ago)\n"
            "Finished   2026-03-01 12:00:02 UTC (4m 58s ago)\n"
            "Took       2s in attempts\n");
}

TEST(DescribeState, EveryState) {
  EXPECT_EQ(describe_state(a_job(JobStatus::processing), kNow), "processing: attempt 1 runs");
  EXPECT_EQ(describe_state(a_job(JobStatus::cancelled), kNow), "cancelled");
  EXPECT_THAT(describe_state(a_job(JobStatus::held), kNow), HasSubstr("held: it may have been delivered"));
  Job failed = a_job(JobStatus::failed);
  failed.error = JobError{Failure::rejected, "no such user", kNoon, 550, "5.1.1"};
  EXPECT_EQ(describe_state(failed, kNow), "failed: the server refused it for good");
  EXPECT_EQ(describe_error(failed), "550 5.1.1 no such user");
  failed.recipients.push_back(a_recipient("b@example.com", RecipientStatus::delivered));
  EXPECT_EQ(describe_state(failed, kNow), "failed: the server refused it for good (delivered to 1 of 2)");
}

TEST(DescribeState, CompletedSaysWhereNothingWasSent) {
  Job job = a_job(JobStatus::completed);
  EXPECT_EQ(describe_state(job, kNow), "completed");
  const auto through = [&job](const char* relay) {
    job.history = {HistoryEntry{1, kNoon, kNoon, AttemptOutcome::delivered, relay, ""}};
    return describe_state(job, kNow);
  };
  EXPECT_EQ(through("smtp://localhost:25"), "completed");
  EXPECT_EQ(through("simulate:"), "completed: nothing was sent (simulated)");
  EXPECT_EQ(through("maildir:/var/lib/jobd/outbox"), "completed: nothing was sent (maildir)");
  EXPECT_THAT(render_table(std::vector<Job>{job}), HasSubstr("  completed   2026"));
}

TEST(DescribeState, EveryFinalFailureHasWords) {
  Job job = a_job(JobStatus::failed);
  for (const Failure failure :
       {Failure::rejected, Failure::attempts_exhausted, Failure::expired, Failure::in_doubt, Failure::crash_loop}) {
    job.error = JobError{failure, "why", kNoon, 0, ""};
    EXPECT_GT(describe_state(job, kNow).size(), std::string("failed: ").size());
  }
}

TEST(DescribeState, EveryReasonToWait) {
  Job job = a_job(JobStatus::pending);
  const auto told = [&job](WaitingFor reason) {
    job.waiting_for = reason;
    return describe_state(job, kNow);
  };
  EXPECT_EQ(told(WaitingFor::paused), "pending: the queue is paused (jobctl resume)");
  EXPECT_EQ(told(WaitingFor::slot), "pending: waits for other deliveries to end");
  EXPECT_EQ(told(WaitingFor::relay_down), "pending: the relay cannot be reached");
  EXPECT_EQ(told(WaitingFor::relay_auth), "pending: the relay refuses jobd's login");
  EXPECT_EQ(told(WaitingFor::rate_limit), "pending: waits for its turn under a rate limit");
  job.next_attempt_at = kNow + hours(30);
  EXPECT_EQ(told(WaitingFor::scheduled), "pending: scheduled for later, first attempt in 1d 6h");
}

// Whatever a submitter or a server said: on the terminal stand only lines of ours.
TEST(RenderJob, HostileTextNeverReachesTheTerminal) {
  const std::string hostile =
      "\x1b]0;owned\x07\r\nState      completed\x7f\xc2\x9b"
      "2J\u202e\xff";
  Job job = a_job(JobStatus::failed);
  job.subject = job.from = hostile;
  job.tags = {hostile};
  job.metadata = {{hostile, hostile}};
  job.recipients = {a_recipient(hostile, RecipientStatus::failed, 550, hostile)};
  job.recipients.front().enhanced_code = hostile;
  job.error = JobError{Failure::rejected, hostile, kNoon, 550, hostile};
  job.history = {HistoryEntry{1, kNoon, kNoon, AttemptOutcome::permanent, hostile, hostile}};
  const std::vector<Job> jobs{job};
  for (const std::string& text : {render_job(job, kNow), render_table(jobs), describe_error(job),
                                  describe_why(job, kNow), render_change(job, kNow)}) {
    for (const char* bad : {"\x1b", "\x07", "\r", "\x7f", "\xc2\x9b", "\u202e", "\xff"}) {
      EXPECT_THAT(text, Not(HasSubstr(bad)));
    }
    EXPECT_THAT(text, Not(HasSubstr("\nState      completed")));
    EXPECT_THAT(text, HasSubstr("\\u001b]0;owned\\u0007 State"));
  }
}

Job a_long_job() {
  Job job = a_job(JobStatus::failed);
  job.subject = std::string(60, 'x');
  job.recipients = {a_recipient("a-very-long-local-part@subdomain.example.com", RecipientStatus::pending),
                    a_recipient("b@example.com", RecipientStatus::pending)};
  return job;
}

TEST(RenderTable, IsWholeWithoutATerminal) {
  Job job = a_job(JobStatus::pending);
  job.subject = "Grüße";
  const std::vector<Job> jobs{job, a_long_job()};
  EXPECT_EQ(
      render_table_head() + render_table(jobs),
      "ID                                    STATE       CREATED              TO                              SUBJECT\n"
      "01953f2a-7c00-7abc-8def-0123456789ab  pending     2026-03-01 12:00:00  user@example.com                Grüße\n"
      "01953f2a-7c00-7abc-8def-0123456789ab  failed      2026-03-01 12:00:00  "
      "a-very-long-local-part@subdomain.example.com +1  " +
          std::string(60, 'x') + "\n");
}

std::string table_of(std::size_t columns) {
  Job job = a_job(JobStatus::pending);
  job.subject = "日本語";
  const std::vector<Job> jobs{job, a_long_job()};
  const Screen screen{.terminal = 1, .columns = columns};
  return render_table_head(screen) + render_table(jobs, screen);
}

TEST(RenderTable, FitsTheTerminal) {
  EXPECT_EQ(table_of(120),
            "ID                                    STATE       CREATED              TO                       SUBJECT\n"
            "01953f2a-7c00-7abc-8def-0123456789ab  pending     2026-03-01 12:00:00  user@example.com         日本語\n"
            "01953f2a-7c00-7abc-8def-0123456789ab  failed      2026-03-01 12:00:00  a-very-long-local-p… +1  "
            "xxxxxxxxxxxxxxxxxxxxxxx…\n");
  EXPECT_EQ(table_of(100),
            "ID                                    STATE       CREATED      TO                   SUBJECT\n"
            "01953f2a-7c00-7abc-8def-0123456789ab  pending     03-01 12:00  user@example.com     日本語\n"
            "01953f2a-7c00-7abc-8def-0123456789ab  failed      03-01 12:00  a-very-long-loc… +1  xxxxxxxxxxxxxxx…\n");
  EXPECT_EQ(table_of(80),
            "ID                                    STATE       TO                SUBJECT\n"
            "01953f2a-7c00-7abc-8def-0123456789ab  pending     user@example.com  日本語\n"
            "01953f2a-7c00-7abc-8def-0123456789ab  failed      a-very-long-… +1  xxxxxxxxxxx…\n");
  EXPECT_EQ(table_of(70),
            "ID                                    STATE       TO\n"
            "01953f2a-7c00-7abc-8def-0123456789ab  pending     user@example.com\n"
            "01953f2a-7c00-7abc-8def-0123456789ab  failed      a-very-long-loca… +1\n");
  EXPECT_EQ(table_of(50),
            "ID                                    STATE\n"
            "01953f2a-7c00-7abc-8def-0123456789ab  pending\n"
            "01953f2a-7c00-7abc-8def-0123456789ab  failed\n");
  EXPECT_EQ(table_of(60),
            "ID                                    STATE       TO\n"
            "01953f2a-7c00-7abc-8def-0123456789ab  pending     user@exam…\n"
            "01953f2a-7c00-7abc-8def-0123456789ab  failed      a-very… +1\n");
  EXPECT_EQ(table_of(44),
            "ID                                    STATE\n"
            "01953f2a-7c00-7abc-8def-0123456789ab  pendi…\n"
            "01953f2a-7c00-7abc-8def-0123456789ab  failed\n");
  EXPECT_EQ(table_of(40), "ID\n01953f2a-7c00-7abc-8def-0123456789ab\n01953f2a-7c00-7abc-8def-0123456789ab\n");
  EXPECT_EQ(table_of(10), "ID\n01953f2a-…\n01953f2a-…\n");
}

TEST(RenderTable, NoLineIsEverWiderThanTheTerminal) {
  for (std::size_t columns = 1; columns < 300; ++columns) {
    std::istringstream lines(table_of(columns));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(width(line), columns);
  }
}

TEST(Colors, StandOnlyWhereTheScreenHasThem) {
  const Screen colored{.color = true};
  Job job = a_job(JobStatus::completed);
  job.recipients = {a_recipient("a@example.com", RecipientStatus::delivered),
                    a_recipient("b@example.com", RecipientStatus::uncertain)};
  const std::vector<Job> jobs{job, a_job(JobStatus::failed), a_job(JobStatus::held), a_job(JobStatus::pending)};
  const std::string table = render_table(jobs, colored);
  EXPECT_THAT(table, HasSubstr("  \x1b[32mcompleted \x1b[0m  \x1b[2m2026-03-01 12:00:00\x1b[0m  "));
  EXPECT_THAT(table, HasSubstr("\x1b[31mfailed    \x1b[0m"));
  EXPECT_THAT(table, HasSubstr("\x1b[33mheld      \x1b[0m"));
  EXPECT_THAT(table, HasSubstr("  pending     "));
  EXPECT_THAT(render_job(job, kNow, colored), HasSubstr("State      \x1b[32mcompleted\x1b[0m\n"));
  EXPECT_THAT(render_job(job, kNow, colored), HasSubstr("b@example.com  \x1b[33muncertain\x1b[0m"));
  EXPECT_THAT(render_job(job, kNow) + render_table(jobs), Not(HasSubstr("\x1b")));
}

TEST(RenderChange, IsALine) {
  Job job = a_long_job();
  job.error = JobError{Failure::rejected, "no such user", kNoon, 550, "5.1.1"};
  EXPECT_EQ(
      render_change(job, kNow),
      "2026-03-01 12:00:00  01953f2a-7c00-7abc-8def-0123456789ab  failed      "
      "a-very-long-local-part@subdomain.example.com +1  the server refused it for good  550 5.1.1 no such user\n");
  EXPECT_EQ(render_change(job, kNow, {.columns = 100}),
            "2026-03-01 12:00:00  01953f2a-7c00-7abc-8def-0123456789ab  failed      a-very-long-local-part@subdo…\n");
  EXPECT_EQ(render_change(job, kNow, {.columns = 70}),
            "12:00:00  01953f2a-7c00-7abc-8def-0123456789ab  failed      a-very-lo…\n");
  EXPECT_EQ(render_change(job, kNow, {.columns = 50}), "01953f2a-7c00-7abc-8def-0123456789ab  failed    \n");
  EXPECT_EQ(render_change(job, kNow, {.columns = 10}), "01953f2a-…\n");
}

TEST(RenderChange, NoLineIsEverWiderThanTheTerminal) {
  for (std::size_t columns = 1; columns < 200; ++columns) {
    EXPECT_LE(width(render_change(a_long_job(), kNow, {.columns = columns})), columns + width("\n"));
  }
}

Stats some_stats() {
  Stats stats;
  stats.version = "0.1.0";
  stats.started_at = kNoon;
  stats.jobs = {3, 2, 1'234'567, 1, 0, 4};
  stats.slots = 50;
  stats.submitted_per_second = 1234.56;
  stats.store = "sqlite:/var/lib/jobd/jobd.db";
  stats.transport = "smtp://localhost:25";
  stats.content_bytes = 25UL << 20;
  stats.line_bytes = 36UL << 20;
  stats.recipients = 1000;
  stats.max_queued_jobs = 10'000'000;
  stats.relays.resize(2);
  stats.relays[0].name = "default";
  stats.relays[0].state = "down";
  stats.relays[0].reopens_at = kNow + seconds(30);
  stats.relays[0].last_error = "connection refused";
  stats.relays[1].name = "ses";
  stats.relays[1].state = "open";
  return stats;
}

TEST(RenderStats, TellsAllOfIt) {
  EXPECT_EQ(render_stats(some_stats(), kNow),
            "jobd       0.1.0, up 5m\n"
            "Queue      running\n"
            "Jobs       pending             3\n"
            "           processing          2\n"
            "           completed   1,234,567\n"
            "           failed              1\n"
            "           held                0\n"
            "           cancelled           4\n"
            "Rates      1,234.6 submitted and 0.0 finished a second, over the last minute\n"
            "Slots      50 attempts under way at most\n"
            "Store      sqlite:/var/lib/jobd/jobd.db\n"
            "Transport  smtp://localhost:25\n"
            "Limits     25 MiB of content, 1,000 recipients, 36 MiB a request, 10,000,000 jobs queued\n"
            "Relays     default  down  tried again in 30s: connection refused\n"
            "           ses      open\n");
}

TEST(RenderStats, TellsWhyNothingGoesOut) {
  Stats stats = some_stats();
  stats.paused = true;
  EXPECT_THAT(render_stats(stats, kNow), HasSubstr("\nQueue      paused (jobctl resume)\n"));
  stats.draining = true;
  EXPECT_THAT(render_stats(stats, kNow), HasSubstr("\nQueue      stopping\n"));
}

TEST(RenderStats, ColorsWhatCallsForAPerson) {
  const std::string text = render_stats(some_stats(), kNow, {.color = true});
  EXPECT_THAT(text, HasSubstr("\x1b[31mfailed              1\x1b[0m\n"));
  EXPECT_THAT(text, HasSubstr("           held                0\n"));
  EXPECT_THAT(text, HasSubstr("default  \x1b[31mdown\x1b[0m  tried"));
}

}  // namespace
}  // namespace jobd::cmd
