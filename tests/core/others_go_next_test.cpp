// RFC 5321 4.5.3.1.10: a server that takes ten recipients at a time has refused nobody.
#include <gtest/gtest.h>

#include "daemon/core/lifecycle.h"
#include "tests/support/fakes.h"
#include "tests/support/records.h"

namespace jobd {
namespace {

using testing::kNoon;

const RecipientResult kDelivered{Verdict::delivered, 250, "", "queued"};
const RecipientResult kTemporary{Verdict::temporary, 451, "", "later"};
const RecipientResult kPermanent{Verdict::permanent, 550, "", "no"};
const RecipientResult kNext{Verdict::temporary, 452, "4.5.3", "too many", true};

// One attempt after another, each as soon as it is due.
struct Job {
  explicit Job(std::size_t recipients)
      : record(testing::a_record(now, std::vector<std::string>(recipients, "a@x.org"))) {}

  void comes_to(std::vector<RecipientResult> results, std::optional<Duration> retry_after = std::nullopt) {
    now = std::get<Pending>(record.state).due;
    record = lifecycle::claim(record, now).value();
    AttemptResult result;
    result.ref = record.in_flight();
    result.started_at = result.finished_at = now;
    result.recipients = std::move(results);
    result.retry_after = retry_after;
    record = lifecycle::finish(record, result, RetryPolicy{}, {now, 0, std::nullopt}).value();
  }
  Duration waits() const { return std::get<Pending>(record.state).due - now; }

  Time now = kNoon;
  Record record;
};

TEST(OthersGoNext, AtOnceAndAtNoAttempt) {
  Job job(5);
  job.comes_to({kDelivered, kPermanent, kNext, kNext, kNext});
  EXPECT_EQ(job.record.attempts, 0);
  EXPECT_EQ(job.waits(), Duration(0));
  EXPECT_EQ(job.record.history.back().outcome, AttemptOutcome::partial);
  job.comes_to({kDelivered, kNext, kNext}, std::chrono::seconds(9));
  EXPECT_EQ(job.record.attempts, 0);
  EXPECT_EQ(job.waits(), std::chrono::seconds(9)) << "as it asks for";
  job.comes_to({kDelivered, kDelivered});
  EXPECT_EQ(job.record.attempts, 1);
  EXPECT_EQ(job.record.status(), JobStatus::failed) << "one was refused";
}

TEST(OthersGoNext, AtAnAttemptWhereNobodyGotIt) {
  Job job(2);
  job.comes_to({kTemporary, kNext});
  EXPECT_EQ(job.record.attempts, 1);
  EXPECT_GT(job.waits(), Duration(0));
}

// One that is greylisted must not use up the attempts of hundreds that were never asked.
TEST(OthersGoNext, AtOnceThoughSomebodyWaitsForSomethingElse) {
  Job job(3);
  job.comes_to({kDelivered, kTemporary, kNext});
  EXPECT_EQ(job.record.attempts, 0);
  EXPECT_EQ(job.waits(), Duration(0));
  job.comes_to({kTemporary, kDelivered});
  EXPECT_EQ(job.record.attempts, 1);
  EXPECT_GT(job.waits(), Duration(0));
}

}  // namespace
}  // namespace jobd
