// The life of a job: every legal transition, each one a pure function from a record to the record after
// it, time and chance as arguments. Nothing else in the program moves a job. Stores call these inside
// their compare-and-set, so that every store moves jobs alike.
//
//   state       event                                         becomes
//   -           submit                                        pending
//   pending     claim: due and there is room                  processing, claims+1
//   pending     expires_at passed                             failed, expired
//   pending     it was due, and the clock was set back        pending, due now
//   pending     cancel / retry                                cancelled / pending, due now
//   processing  every recipient delivered                     completed
//   processing  some temporary, attempts < max, not expired   pending, due after the backoff, only those recipients
//   processing  some delivered, the others go next            pending, not counted, due now, only those recipients
//   processing  nothing left to try, some recipient failed    failed: rejected, attempts_exhausted, expired
//   processing  relay-level trouble before the dot            pending, not counted, due when its lane reopens
//   processing  reply lost after the dot                      retry: counted as temporary (failed in_doubt at the
//                                                             last); hold: held; recipients uncertain
//   processing  jobd died in it, found at start               pending, not counted, crashes+1 (from the second on
//                                                             alone, after a pause); a hold job past its dot:
//                                                             held; the third crash: failed, crash_loop
//   failed, held, cancelled   retry                           pending, due now, attempts 0
//   held        cancel                                        cancelled
//   completed, failed, cancelled   delete                     nothing: it is forgotten
//   any other   cancel, retry, delete                         conflict
//
// Expiry is decided when the next attempt would be due: a job whose next attempt falls at or after
// expires_at fails at once, since waiting could change nothing. An attempt under way is never cut short
// by expiry. Delivered recipients are never tried again; a job with some delivered and some failed is
// failed, and its recipients tell the rest.
//
// A server that says when to come again (greylisting) is not asked before, whatever the backoff says.
//
// Each part of a job of several moves on its own (parts.h); cancel, retry and expiry move all that they concern.
//
// Three uncounted failures in a row, while the job's lane served others since the first of them, make
// the next one count: then the trouble is this message's own (a relay that hangs up on it alone).
#pragma once

#include "daemon/core/attempt.h"
#include "daemon/core/record.h"
#include "daemon/core/retry_policy.h"
#include "shared/result.h"

namespace jobd::lifecycle {

// After this many crashes a job runs alone; when it crashes once more, it alone was the cause, and it fails.
inline constexpr std::uint32_t kCrashesToRunAlone = 2;
// It does so only after this long, which leaves a jobd that it may kill again time for the others.
inline constexpr Duration kPauseBeforeAlone = std::chrono::seconds(5);
inline constexpr std::uint32_t kUncountedInRow = 3;

// The parts here are those that AttemptRef names; conflict for one that the job has not got.

bool must_run_alone(const Record& record, std::uint32_t part = 0);

// pending -> processing. Errors: conflict in any other state, and when expired (then expire() applies).
Result<Record> claim(Record record, Time now, std::uint32_t part = 0);

// pending -> failed, all parts that are pending. Errors: conflict when none is or before its time.
Result<Record> expire(Record record, Time now);

// pending -> pending, due now: all parts whose time had come by `then`, from which the clock was set back. Others stay
// as they are; no errors.
Result<Record> still_due(Record record, Time then, Time now);

// What finish() needs beyond the result: u in [0, 1) for the jitter; when the job's lane last had a
// message judged (a reply to it, good or bad), if ever.
struct FinishContext {
  Time now{};
  double u = 0;
  std::optional<Time> lane_served_at;
};

// processing -> any. Errors: conflict when not in flight under result.ref.claim: a late result changes nothing.
Result<Record> finish(Record record, const AttemptResult& result, const RetryPolicy& policy,
                      const FinishContext& context);

// processing of a hold job, before its dot. Errors: conflict when not in flight under this claim.
Result<Record> step_over_dot(Record record, std::uint32_t claim, std::uint32_t part = 0);

// processing -> what its daemon's death makes of it; found at start. relay: to whom it was to go, if that is known.
Result<Record> interrupted(Record record, Time now, std::uint32_t part = 0, const std::string& relay = {});

// All parts that are pending or held. Errors: conflict.
Result<Record> cancel(Record record, Time now);

// Of a pending job the pending parts, else all that are not completed. Errors: conflict (also when expired and no ttl
// given), gone when the content has been dropped.
Result<Record> retry(Record record, Time now, std::optional<Duration> ttl);

// Why a job in this state may not be forgotten: conflict. None: it has ended.
std::optional<Error> refuse_removal(JobStatus status);

}  // namespace jobd::lifecycle
