// A job of several parts: each moves by itself, and the whole is told as one.
#include "daemon/core/parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/core/acceptance.h"
#include "daemon/core/lifecycle.h"
#include "tests/support/fakes.h"
#include "tests/support/records.h"

namespace jobd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::a_record;
using ::testing::ElementsAre;
using testing::kNoon;

// The lane is the first letter's number, two recipients a mail at most in lane 2.
struct LetterRouter final : Router {
  LaneId lane_of(std::string_view /*envelope_from*/, std::string_view recipient) const override {
    return static_cast<LaneId>(recipient.front() - 'a') + kDefaultLane;
  }
  std::size_t recipients_max(LaneId lane) const override { return lane == 2 ? 2 : 100; }
};

Record divided(std::vector<std::string> recipients) {
  Record record = a_record(kNoon, std::move(recipients));
  divide(record, LetterRouter());
  return record;
}

TEST(Divide, LeavesAJobOfOneLaneWhole) {
  const Record record = divided({"b@x", "b2@x"});
  EXPECT_TRUE(record.parts.empty());
  EXPECT_EQ(record.lane, 2U);
}

TEST(Divide, GivesEachLaneItsPartAndEachMailNoMoreThanItsRelaysTake) {
  const Record record = divided({"a1@x", "b1@x", "a2@x", "b2@x", "b3@x"});
  ASSERT_EQ(record.part_count(), 3U);
  EXPECT_EQ(record.lane_of(0), 1U);
  EXPECT_THAT(record.parts[0].recipients, ElementsAre(0, 2));
  EXPECT_EQ(record.lane_of(1), 2U);
  EXPECT_THAT(record.parts[1].recipients, ElementsAre(1, 3));
  EXPECT_EQ(record.lane_of(2), 2U);
  EXPECT_THAT(record.parts[2].recipients, ElementsAre(4));
  EXPECT_EQ(record.status(), JobStatus::pending);
}

struct Parts : ::testing::Test {
  Record record = divided({"a1@x", "b1@x", "a2@x"});
  Time now = kNoon;
  RetryPolicy policy;

  Parts() { policy.jitter = 0; }
  void take(Result<Record> after) {
    ASSERT_TRUE(after.ok()) << after.error().message;
    record = *std::move(after);
  }
  void claim(std::uint32_t part) { take(lifecycle::claim(record, now, part)); }
  void finish(std::uint32_t part, Verdict verdict, std::optional<Duration> retry_after = std::nullopt) {
    AttemptResult result;
    result.ref = record.in_flight(part);
    result.started_at = now - seconds(1);
    result.finished_at = now;
    result.retry_after = retry_after;
    result.recipients.assign(count_to_try(record, part), {verdict, 250, "", part == 0 ? "first" : "second"});
    take(lifecycle::finish(record, result, policy, {now, 0, std::nullopt}));
  }
  std::vector<RecipientStatus> recipients() const {
    std::vector<RecipientStatus> out;
    for (const Recipient& recipient : record.recipients) out.push_back(recipient.status);
    return out;
  }
};

TEST_F(Parts, AnAttemptIsOfItsPartAlone) {
  claim(1);
  const Attempt attempt = attempt_for(record, 1, nullptr);
  EXPECT_EQ(attempt.ref, (AttemptRef{record.id, 1, 1}));
  EXPECT_EQ(attempt.lane, 2U);
  EXPECT_THAT(attempt.recipients, ElementsAre("b1@x"));
  EXPECT_TRUE(record.is_in_flight(1));
  EXPECT_TRUE(record.is_pending(0));
  EXPECT_EQ(record.status(), JobStatus::processing);
}

TEST_F(Parts, TheJobIsCompletedWithItsLastPart) {
  claim(0);
  claim(1);
  now += seconds(5);
  finish(1, Verdict::delivered);
  EXPECT_EQ(record.status(), JobStatus::processing);
  EXPECT_THAT(recipients(),
              ElementsAre(RecipientStatus::pending, RecipientStatus::delivered, RecipientStatus::pending));
  now += seconds(5);
  finish(0, Verdict::delivered);
  EXPECT_EQ(record.state, State(Completed{now}));
  EXPECT_EQ(record.attempts, 1);
  EXPECT_EQ(record.started_at, kNoon);
  EXPECT_EQ(record.duration, seconds(2));
  EXPECT_EQ(record.error, std::nullopt);
  EXPECT_EQ(record.history.size(), 2U);
}

TEST_F(Parts, AreRetriedOnTheirOwn) {
  claim(0);
  claim(1);
  finish(0, Verdict::temporary);
  finish(1, Verdict::delivered);
  EXPECT_EQ(record.state, State(Pending{now + policy.delay_after(1, 0)}));
  EXPECT_EQ(record.error->code, Failure::temporary);
  EXPECT_EQ(record.next_part(), 0U);
  now += hours(1);
  claim(0);
  EXPECT_EQ(attempt_for(record, 0, nullptr).number, 2);
  finish(0, Verdict::delivered);
  EXPECT_EQ(record.status(), JobStatus::completed);
  EXPECT_EQ(record.attempts, 2);
}

TEST_F(Parts, TheFirstThatIsDueIsTheJobsNextAttempt) {
  claim(0);
  finish(0, Verdict::temporary);
  EXPECT_EQ(record.state, State(Pending{kNoon})) << "the other waits since noon";
  EXPECT_EQ(record.next_part(), 1U);
}

TEST_F(Parts, AFailedOneFailsTheJobWhenNoneIsLeft) {
  claim(0);
  finish(0, Verdict::permanent);
  EXPECT_EQ(record.status(), JobStatus::pending);
  claim(1);
  finish(1, Verdict::delivered);
  EXPECT_EQ(record.status(), JobStatus::failed);
  EXPECT_EQ(record.error->code, Failure::rejected);
  EXPECT_THAT(record.error->message, ::testing::HasSubstr("first"));
  EXPECT_THAT(recipients(), ElementsAre(RecipientStatus::failed, RecipientStatus::delivered, RecipientStatus::failed));
}

TEST_F(Parts, AHeldOneHoldsTheJobWhenNoneIsUnderWay) {
  record.on_uncertain = OnUncertain::hold;
  claim(0);
  claim(1);
  finish(0, Verdict::uncertain);
  EXPECT_EQ(record.status(), JobStatus::processing);
  finish(1, Verdict::permanent);
  EXPECT_EQ(record.state, State(Held{now}));
  EXPECT_EQ(record.error->code, Failure::in_doubt);
  take(lifecycle::retry(record, now, std::nullopt));
  EXPECT_TRUE(record.is_pending(0));
  EXPECT_TRUE(record.is_pending(1)) << "what has failed is tried again too";
}

TEST_F(Parts, RetrySendsAgainWhatIsNotDelivered) {
  claim(0);
  finish(0, Verdict::delivered);
  claim(1);
  finish(1, Verdict::permanent);
  now += hours(1);
  take(lifecycle::retry(record, now, std::nullopt));
  EXPECT_EQ(record.state, State(Pending{now}));
  EXPECT_EQ(record.parts[0].state, State(Completed{kNoon}));
  EXPECT_EQ(record.parts[1].attempts, 0);
  EXPECT_THAT(recipients(),
              ElementsAre(RecipientStatus::delivered, RecipientStatus::pending, RecipientStatus::delivered));
}

TEST_F(Parts, CancelStopsThoseThatWaitUnlessOneIsUnderWay) {
  claim(0);
  EXPECT_EQ(lifecycle::cancel(record, now).error().code, Code::conflict);
  EXPECT_EQ(lifecycle::retry(record, now, std::nullopt).error().code, Code::conflict);
  finish(0, Verdict::delivered);
  take(lifecycle::cancel(record, now));
  EXPECT_EQ(record.state, State(Cancelled{now}));
  EXPECT_EQ(record.parts[0].state, State(Completed{now}));
}

TEST_F(Parts, ExpiryEndsThoseThatWaitAndCutsNoneShort) {
  claim(0);
  now = record.expires_at;
  take(lifecycle::expire(record, now));
  EXPECT_EQ(record.status(), JobStatus::processing);
  EXPECT_EQ(lifecycle::expire(record, now).error().code, Code::conflict) << "there is none left";
  finish(0, Verdict::delivered);
  EXPECT_EQ(record.status(), JobStatus::failed);
  EXPECT_EQ(record.error->code, Failure::expired);
}

TEST_F(Parts, AFenceIsOfOnePart) {
  claim(0);
  AttemptResult late;
  late.ref = {record.id, 1, 1};
  late.trouble = Trouble::connect;
  EXPECT_EQ(lifecycle::finish(record, late, policy, {now, 0, std::nullopt}).error().code, Code::conflict);
  late.ref.part = 7;
  EXPECT_EQ(lifecycle::finish(record, late, policy, {now, 0, std::nullopt}).error().code, Code::conflict);
  EXPECT_EQ(lifecycle::claim(record, now, 0).error().code, Code::conflict);
  EXPECT_EQ(lifecycle::step_over_dot(record, 1, 1).error().code, Code::conflict);
}

TEST_F(Parts, ACrashIsOfThePartThatWasUnderWay) {
  for (int crash = 0; crash < 2; ++crash) {
    claim(1);
    take(lifecycle::interrupted(record, now, 1));
  }
  EXPECT_TRUE(lifecycle::must_run_alone(record, 1));
  EXPECT_FALSE(lifecycle::must_run_alone(record, 0));
  now += minutes(1);
  claim(0);
  finish(0, Verdict::delivered);
  claim(1);
  take(lifecycle::interrupted(record, now, 1));
  EXPECT_EQ(record.status(), JobStatus::failed);
  EXPECT_EQ(record.error->code, Failure::crash_loop);
}

TEST_F(Parts, AServersWaitHoldsWhereItIsLonger) {
  claim(0);
  finish(0, Verdict::temporary, hours(1));
  EXPECT_EQ(time_of(record.parts[0].state), now + hours(1));
  claim(1);
  finish(1, Verdict::temporary, seconds(1));
  EXPECT_EQ(time_of(record.parts[1].state), now + policy.delay_after(1, 0));
}

}  // namespace
}  // namespace jobd
