// Every row of the table at the head of lifecycle.h, and every pair of state and event that it forbids.
#include "daemon/core/lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fakes.h"
#include "tests/support/records.h"

namespace jobd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::a_record;
using testing::kNoon;

RecipientResult said(Verdict verdict, int code = 0, std::string reply = "") {
  return {verdict, code, "", std::move(reply)};
}
RecipientResult delivered() {
  return said(Verdict::delivered, 250, "queued");
}
RecipientResult temporary() {
  return said(Verdict::temporary, 451, "later");
}
RecipientResult permanent() {
  return {Verdict::permanent, 550, "5.1.1", "no such user"};
}
RecipientResult uncertain() {
  return said(Verdict::uncertain, 0, "connection lost after the final dot");
}

// A job and its clock: each act is one event, and the record is what came of it.
struct Story {
  explicit Story(std::vector<std::string> recipients = {"user@example.com"})
      : record(a_record(kNoon, std::move(recipients))) {}

  Story& hold() {
    record.on_uncertain = OnUncertain::hold;
    return *this;
  }
  Story& claim() { return take(lifecycle::claim(record, now)); }
  Story& finish(std::vector<RecipientResult> results) {
    AttemptResult result = attempt();
    result.recipients = std::move(results);
    return take(lifecycle::finish(record, result, policy, context()));
  }
  Story& trouble(Trouble what) {
    AttemptResult result = attempt();
    result.trouble = what;
    result.trouble_reply = said(Verdict::temporary, 0, "connection refused");
    return take(lifecycle::finish(record, result, policy, context()));
  }
  Story& over_dot() { return take(lifecycle::step_over_dot(record, record.claims)); }
  Story& crash() { return take(lifecycle::interrupted(record, now)); }
  Story& expire() { return take(lifecycle::expire(record, now)); }
  Story& cancel() { return take(lifecycle::cancel(record, now)); }
  Story& retry(std::optional<Duration> ttl = std::nullopt) { return take(lifecycle::retry(record, now, ttl)); }
  Story& wait(Duration by) {
    now += by;
    return *this;
  }
  Story& until_due() {
    now = std::get<Pending>(record.state).due;
    return *this;
  }

  AttemptResult attempt() const {
    AttemptResult result;
    result.ref = record.in_flight();
    result.started_at = now - seconds(1);
    result.finished_at = now;
    result.relay = "smtp://relay:25";
    return result;
  }
  lifecycle::FinishContext context() const { return {now, u, lane_served_at}; }
  Story& take(Result<Record> after) {
    EXPECT_TRUE(after.ok()) << (after ? "" : after.error().message);
    if (after) record = *std::move(after);
    return *this;
  }

  JobStatus status() const { return record.status(); }
  Failure failure() const { return record.error ? record.error->code : Failure{255}; }
  RecipientStatus recipient(std::size_t i = 0) const { return record.recipients[i].status; }

  Record record;
  Time now = kNoon;
  RetryPolicy policy;
  double u = 0;
  std::optional<Time> lane_served_at;
};

TEST(Lifecycle, ClaimGoesProcessingAndRaisesTheFence) {
  Story job;
  job.claim();
  EXPECT_EQ(job.status(), JobStatus::processing);
  EXPECT_EQ(job.record.claims, 1U);
  EXPECT_EQ(job.record.attempts, 0) << "attempts is accounting, not the fence";
  EXPECT_EQ(job.record.started_at, kNoon);
}

TEST(Lifecycle, ClaimWaitsForItsTime) {
  Record record = a_record(kNoon);
  record.state = Pending{kNoon + minutes(1)};
  EXPECT_EQ(lifecycle::claim(record, kNoon).error().code, Code::conflict);
}

TEST(Lifecycle, EveryRecipientDeliveredCompletes) {
  Story job({"a@x.org", "b@x.org"});
  job.claim().wait(seconds(1)).finish({delivered(), delivered()});
  EXPECT_EQ(job.status(), JobStatus::completed);
  EXPECT_EQ(job.record.attempts, 1);
  EXPECT_EQ(job.record.duration, seconds(1));
  EXPECT_EQ(job.record.history.back().outcome, AttemptOutcome::delivered);
  EXPECT_FALSE(job.record.error);
  EXPECT_EQ(job.record.recipients[1].delivered_at, job.now);
}

TEST(Lifecycle, TemporaryComesAgainAfterTheBackoffAndOnlyForThoseNotDelivered) {
  Story job({"a@x.org", "b@x.org"});
  job.claim().finish({delivered(), temporary()});
  ASSERT_EQ(job.status(), JobStatus::pending);
  EXPECT_EQ(std::get<Pending>(job.record.state).due, kNoon + minutes(2));
  EXPECT_EQ(job.record.history.back().outcome, AttemptOutcome::partial);
  EXPECT_EQ(job.failure(), Failure::temporary);
  EXPECT_EQ(job.record.error->message, "b@x.org: 451 later");

  job.until_due().claim();
  EXPECT_THAT(attempt_for(job.record, 0, nullptr).recipients, ::testing::ElementsAre("b@x.org"));
  job.finish({delivered()});
  EXPECT_EQ(job.status(), JobStatus::completed);
  EXPECT_FALSE(job.record.error);
}

TEST(Lifecycle, TheDefaultsTryAtTwoAndAtEighteenMinutes) {
  Story job;
  job.claim().finish({temporary()}).until_due();
  EXPECT_EQ(job.now, kNoon + minutes(2));
  job.claim().finish({temporary()}).until_due();
  EXPECT_EQ(job.now, kNoon + minutes(18));
  job.claim().finish({temporary()});
  EXPECT_EQ(job.status(), JobStatus::failed);
  EXPECT_EQ(job.failure(), Failure::attempts_exhausted);
  EXPECT_EQ(job.recipient(), RecipientStatus::failed);
  EXPECT_EQ(job.record.attempts, 3);
}

TEST(Lifecycle, PermanentFailsAtOnce) {
  Story job;
  job.claim().finish({permanent()});
  EXPECT_EQ(job.status(), JobStatus::failed);
  EXPECT_EQ(job.failure(), Failure::rejected);
  EXPECT_EQ(job.record.error->smtp_code, 550);
  EXPECT_EQ(job.record.error->enhanced_code, "5.1.1");
  EXPECT_EQ(job.record.error->message, "user@example.com: 550 5.1.1 no such user");
}

TEST(Lifecycle, OneRejectedAmongDeliveredFailsWithTheRestTold) {
  Story job({"a@x.org", "b@x.org"});
  job.claim().finish({permanent(), temporary()});
  EXPECT_EQ(job.status(), JobStatus::pending);
  job.until_due().claim().finish({delivered()});
  EXPECT_EQ(job.status(), JobStatus::failed);
  EXPECT_EQ(job.failure(), Failure::rejected);
  EXPECT_EQ(job.record.error->message, "a@x.org: 550 5.1.1 no such user") << "the rejection was two attempts ago";
  EXPECT_EQ(job.recipient(0), RecipientStatus::failed);
  EXPECT_EQ(job.recipient(1), RecipientStatus::delivered);
}

TEST(Lifecycle, ANextAttemptAfterExpiryIsNotWaitedFor) {
  Story job;
  job.record.expires_at = kNoon + minutes(2);
  job.claim().finish({temporary()});
  EXPECT_EQ(job.status(), JobStatus::failed);
  EXPECT_EQ(job.failure(), Failure::expired);
  EXPECT_THAT(job.record.error->message, ::testing::HasSubstr("451 later"));
}

TEST(Lifecycle, PendingExpires) {
  Story job;
  job.wait(hours(72)).expire();
  EXPECT_EQ(job.status(), JobStatus::failed);
  EXPECT_EQ(job.failure(), Failure::expired);
  EXPECT_EQ(job.recipient(), RecipientStatus::failed);
}

TEST(Lifecycle, ExpiredIsNotClaimedAndUnexpiredNotExpired) {
  Story job;
  EXPECT_EQ(lifecycle::expire(job.record, kNoon).error().code, Code::conflict);
  EXPECT_EQ(lifecycle::claim(job.record, job.record.expires_at).error().code, Code::conflict);
}

TEST(Lifecycle, RelayTroubleIsNotCounted) {
  for (const Trouble what : {Trouble::resolve, Trouble::connect, Trouble::tls, Trouble::greeting, Trouble::auth,
                             Trouble::closing, Trouble::stale, Trouble::pacing}) {
    Story job;
    job.claim().trouble(what);
    EXPECT_EQ(job.status(), JobStatus::pending) << name(what);
    EXPECT_EQ(job.record.attempts, 0) << name(what);
    EXPECT_EQ(job.failure(), Failure::relay_trouble) << name(what);
    EXPECT_EQ(job.record.history.back().outcome, AttemptOutcome::relay_trouble) << name(what);
  }
}

TEST(Lifecycle, AShutdownBeforeTheDotIsAnInterruption) {
  Story job;
  job.claim().trouble(Trouble::shutdown);
  EXPECT_EQ(job.status(), JobStatus::pending);
  EXPECT_EQ(job.record.attempts, 0);
  EXPECT_EQ(job.record.history.back().outcome, AttemptOutcome::interrupted);
}

TEST(Lifecycle, AfterThreeUncountedInARowTheNextCountsIfTheRelayServedOthers) {
  Story job;
  for (int i = 0; i < 3; ++i) job.claim().trouble(Trouble::closing);
  EXPECT_EQ(job.record.attempts, 0);
  job.lane_served_at = kNoon;
  job.claim().trouble(Trouble::closing);
  EXPECT_EQ(job.record.attempts, 1);
  EXPECT_EQ(job.failure(), Failure::temporary);
  EXPECT_EQ(std::get<Pending>(job.record.state).due, kNoon + minutes(2));
}

TEST(Lifecycle, TroubleOfARelayThatServesNobodyNeverCounts) {
  Story job;
  job.lane_served_at = kNoon - minutes(1);  // before the row began
  for (int i = 0; i < 50; ++i) job.claim().trouble(Trouble::connect);
  EXPECT_EQ(job.record.attempts, 0);
  EXPECT_EQ(job.record.history.size(), 40U) << "the first and the last twenty";
}

TEST(Lifecycle, AReplyLostAfterTheDotIsTemporaryForRetry) {
  Story job;
  job.claim().finish({uncertain()});
  EXPECT_EQ(job.status(), JobStatus::pending);
  EXPECT_EQ(job.record.attempts, 1);
  EXPECT_EQ(job.recipient(), RecipientStatus::uncertain);
  EXPECT_EQ(job.failure(), Failure::in_doubt);
  job.until_due().claim().finish({uncertain()}).until_due().claim().finish({uncertain()});
  EXPECT_EQ(job.status(), JobStatus::failed);
  EXPECT_EQ(job.failure(), Failure::in_doubt);
  EXPECT_EQ(job.recipient(), RecipientStatus::uncertain) << "nobody knows, so nobody says failed";
}

TEST(Lifecycle, AReplyLostAfterTheDotHoldsAHoldJob) {
  Story job;
  job.hold().claim().over_dot().finish({uncertain()});
  EXPECT_EQ(job.status(), JobStatus::held);
  EXPECT_EQ(job.recipient(), RecipientStatus::uncertain);
  EXPECT_EQ(job.failure(), Failure::in_doubt);
}

TEST(Lifecycle, FoundAtStartGoesPendingUncounted) {
  Story job;
  job.claim().crash();
  EXPECT_EQ(job.status(), JobStatus::pending);
  EXPECT_EQ(job.record.attempts, 0);
  EXPECT_EQ(job.record.crashes, 1U);
  EXPECT_EQ(job.record.history.back().outcome, AttemptOutcome::interrupted);
  EXPECT_FALSE(lifecycle::must_run_alone(job.record));
}

TEST(Lifecycle, FoundAtStartPastItsDotAHoldJobIsHeld) {
  Story job;
  job.hold().claim().over_dot().crash();
  EXPECT_EQ(job.status(), JobStatus::held);
  EXPECT_EQ(job.recipient(), RecipientStatus::uncertain);
  Story before_dot;
  before_dot.hold().claim().crash();
  EXPECT_EQ(before_dot.status(), JobStatus::pending);
}

TEST(Lifecycle, TwoCrashesRunAloneTheThirdFails) {
  Story job;
  job.claim().crash().claim().crash();
  EXPECT_TRUE(lifecycle::must_run_alone(job.record));
  EXPECT_EQ(job.status(), JobStatus::pending);
  EXPECT_EQ(std::get<Pending>(job.record.state).due, kNoon + seconds(5)) << "others first";
  job.until_due().claim().crash();
  EXPECT_EQ(job.status(), JobStatus::failed);
  EXPECT_EQ(job.failure(), Failure::crash_loop);
  EXPECT_EQ(job.recipient(), RecipientStatus::failed);
}

TEST(Lifecycle, AnAttemptThatEndsClearsTheCrashes) {
  Story job;
  job.claim().crash().claim().crash().until_due().claim().trouble(Trouble::connect);
  EXPECT_EQ(job.record.crashes, 0U);
  EXPECT_FALSE(lifecycle::must_run_alone(job.record));
}

TEST(Lifecycle, CancelEndsPendingAndHeld) {
  Story pending;
  pending.cancel();
  EXPECT_EQ(pending.status(), JobStatus::cancelled);
  Story held;
  held.hold().claim().finish({uncertain()}).cancel();
  EXPECT_EQ(held.status(), JobStatus::cancelled);
}

TEST(Lifecycle, RetryOfAPendingJobSendsItNow) {
  Story job;
  job.claim().finish({temporary()}).wait(seconds(10)).retry();
  EXPECT_EQ(std::get<Pending>(job.record.state).due, kNoon + seconds(10));
  EXPECT_EQ(job.record.attempts, 1) << "only a job that came to rest begins anew";
}

TEST(Lifecycle, RetryBeginsAnewWithHistoryAndWithoutTheDelivered) {
  Story job({"a@x.org", "b@x.org"});
  job.claim().finish({delivered(), permanent()}).wait(minutes(1)).retry();
  EXPECT_EQ(job.status(), JobStatus::pending);
  EXPECT_EQ(job.record.attempts, 0);
  EXPECT_EQ(job.record.claims, 1U) << "claims only ever grows";
  EXPECT_EQ(job.record.history.size(), 1U);
  EXPECT_EQ(job.recipient(0), RecipientStatus::delivered);
  EXPECT_EQ(job.recipient(1), RecipientStatus::pending);
  EXPECT_FALSE(job.record.error);
}

TEST(Lifecycle, RetryOfHeldAndCancelled) {
  Story held;
  held.hold().claim().finish({uncertain()}).retry();
  EXPECT_EQ(held.status(), JobStatus::pending);
  EXPECT_EQ(held.recipient(), RecipientStatus::pending);
  Story cancelled;
  cancelled.cancel().retry();
  EXPECT_EQ(cancelled.status(), JobStatus::pending);
}

TEST(Lifecycle, RetryOfAnExpiredJobNeedsANewTimeToLive) {
  Story job;
  job.wait(hours(72)).expire();
  EXPECT_EQ(lifecycle::retry(job.record, job.now, std::nullopt).error().code, Code::conflict);
  job.retry(hours(1));
  EXPECT_EQ(job.record.expires_at, job.now + hours(1));
}

TEST(Lifecycle, RetryWithoutContentIsGone) {
  Story job;
  job.claim().finish({permanent()});
  job.record.content_dropped = true;
  EXPECT_EQ(lifecycle::retry(job.record, job.now, std::nullopt).error().code, Code::gone);
}

TEST(Lifecycle, ALateResultChangesNothing) {
  Story job;
  job.claim();
  AttemptResult late = job.attempt();
  job.crash().claim();
  late.recipients = {delivered()};
  EXPECT_EQ(lifecycle::finish(job.record, late, job.policy, job.context()).error().code, Code::conflict);
  EXPECT_EQ(lifecycle::step_over_dot(job.record, late.ref.claim).error().code, Code::conflict);
}

TEST(Lifecycle, AResultThatDoesNotFitIsRefused) {
  Story job({"a@x.org", "b@x.org"});
  job.claim();
  AttemptResult result = job.attempt();
  result.recipients = {delivered()};
  EXPECT_EQ(lifecycle::finish(job.record, result, job.policy, job.context()).error().code, Code::internal);
}

// The forbidden pairs: what the table does not name is a conflict and leaves the record alone.
class Forbidden : public ::testing::TestWithParam<State> {
 protected:
  Record in_state() {
    Record record = a_record(kNoon);
    record.claims = 1;
    record.state = GetParam();
    return record;
  }
  JobStatus status() { return status_of(GetParam()); }
  bool is(std::initializer_list<JobStatus> any) { return std::find(any.begin(), any.end(), status()) != any.end(); }
};

TEST_P(Forbidden, PairsConflict) {
  const Record record = in_state();
  AttemptResult result;
  result.ref = record.in_flight();
  result.recipients = {delivered()};
  EXPECT_EQ(lifecycle::claim(record, kNoon).ok(), is({JobStatus::pending}));
  EXPECT_EQ(lifecycle::expire(record, kNoon + hours(100)).ok(), is({JobStatus::pending}));
  EXPECT_EQ(lifecycle::finish(record, result, {}, {kNoon, 0, {}}).ok(), is({JobStatus::processing}));
  EXPECT_EQ(lifecycle::step_over_dot(record, 1).ok(), is({JobStatus::processing}));
  EXPECT_EQ(lifecycle::interrupted(record, kNoon).ok(), is({JobStatus::processing}));
  EXPECT_EQ(lifecycle::cancel(record, kNoon).ok(), is({JobStatus::pending, JobStatus::held}));
  EXPECT_EQ(lifecycle::retry(record, kNoon, std::nullopt).ok(), !is({JobStatus::processing, JobStatus::completed}));
  EXPECT_EQ(!lifecycle::refuse_removal(status()), is_final(status()));
}

INSTANTIATE_TEST_SUITE_P(EveryState, Forbidden,
                         ::testing::Values(State(Pending{kNoon}), State(Processing{kNoon}), State(Completed{kNoon}),
                                           State(Failed{kNoon}), State(Held{kNoon}), State(Cancelled{kNoon})));

}  // namespace
}  // namespace jobd
