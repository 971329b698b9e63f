// Repository: the port to whatever keeps the jobs. It takes batches of commands in job words and gives
// outcomes; a batch is one transaction, durable when apply() returns. Every command is idempotent and
// fenced: repeating a batch whose outcome was lost changes nothing a second time. Ids are made by the
// caller, the time is the store's, cursors are opaque, and nothing here assumes there is only one writer.
//
// One thread uses it. Blocking. tests/contract is the suite that every implementation passes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "daemon/core/admission.h"
#include "daemon/core/attempt.h"
#include "daemon/core/lane_rules.h"
#include "daemon/core/rate_window.h"
#include "daemon/core/record.h"
#include "daemon/core/retry_policy.h"
#include "shared/requests.h"
#include "shared/result.h"

namespace jobd {

// A piece of a content longer than limits::kChunkBytes, on its way before its Submit. Pieces come in order
// from 0, each kChunkBytes long. What has no Submit by the next start is swept.
struct StoreChunk {
  JobId id;
  std::uint32_t index = 0;
  std::string bytes;
};

// Adds record (its state Pending). Outcome: Accepted. The content is what no StoreChunk has brought: the last piece,
// index `chunks`. A living job with the same scope and key answers for it instead (repeated), or idempotency_mismatch
// when the fingerprints differ. Further errors: storage_full, busy (max_queued_jobs), unavailable when a chunk is
// missing.
struct Submit {
  Record record;
  std::shared_ptr<const std::string> content;
  std::uint32_t chunks = 0;                     // pieces that went before
  std::optional<Error> refused = std::nullopt;  // the outcome, unless the job is there already
};

// What came of an attempt (lifecycle::finish). Outcome: Moved; conflict for a late one.
struct Finish {
  AttemptResult result;
  double u = 0;
  std::optional<Time> lane_served_at;
};

// lifecycle::step_over_dot. Outcome: Moved; conflict when the attempt is no longer in flight.
struct StepOverDot {
  AttemptRef ref;
};

// Outcome of both: Moved; not_found, conflict, gone.
struct Cancel {
  JobId id;
};
struct Retry {
  JobId id;
  std::optional<Duration> ttl;
};

// lifecycle::refuse_removal. Outcome: Moved without a record, which is gone with its content and its key; not_found,
// conflict. A record that cannot be read is removed too once it is at rest: nothing else can become of it.
struct Remove {
  JobId id;
};

// Durable. While paused nothing is claimed. Outcome: Moved without a record.
struct SetPaused {
  bool paused = false;
};

// What rates have let out, for Recovery; each in place of what was there of it. Outcome: Moved without a record.
struct KeepSent {
  std::vector<Sent> sent;
};

using Command = std::variant<StoreChunk, Submit, Finish, StepOverDot, Cancel, Retry, Remove, SetPaused, KeepSent>;

struct Accepted {
  Record record;  // as accepted: pending, even when the same batch claimed it
  bool repeated = false;
};
struct Moved {
  std::optional<Record> record;  // after the transition
};
struct ChunkStored {};
using Outcome = Result<std::variant<Accepted, Moved, ChunkStored>>;

// What may be claimed at the end of a batch.
struct ClaimBudget {
  std::size_t slots = 0;
  Admission admission = {};
};

struct Claimed {
  Record record;  // its part is processing
  std::shared_ptr<const std::string> content;
  RelayId relay = 0;  // where the claim was let through to
  std::uint32_t part = 0;
};

struct BatchResult {
  Time now{};                     // the store's time, at which the batch happened
  std::vector<Outcome> outcomes;  // one per command, in order
  std::vector<Claimed> claims;
  std::vector<Record> expired;  // pending jobs whose expires_at passed, or such parts of jobs that go on
  // True when a bound of this turn left work for the next: call again soon.
  bool more = false;
};

// The queue as the scheduler needs it.
struct QueueView {
  std::optional<Time> next_due;     // the next job that could be claimed for reasons of time alone, of lanes that are
                                    // let through; in the past when it waits for a slot. None while paused.
  std::optional<Time> next_expiry;  // of any pending job
};

struct Counts {
  std::array<std::uint64_t, 6> jobs{};  // by JobStatus
  bool paused = false;
};

struct Found {
  Record record;
  std::optional<std::string> content;  // where asked for and not dropped
};

struct FoundPage {
  std::vector<Record> records;  // newest first
  std::optional<std::string> next_cursor;
};

// What the start found.
struct Recovery {
  std::int64_t seq_floor = 0;       // the largest seq there is: ids go on above it
  std::vector<Record> interrupted;  // jobs that were in flight, as they are now, each once
  std::vector<Sent> sent;           // what KeepSent told that is not past
  std::size_t orphans_swept = 0;    // uploads that no submit ended
};

class Repository {
 public:
  virtual ~Repository() = default;

  // Once, before anything else.
  virtual Result<Recovery> recover() = 0;

  // After recover(). Gives each rule that is new an id, durably, and answers with all there ever were, in the order of
  // their ids: "default" is kDefaultLane, no id is used twice. Errors: unavailable, storage_full.
  virtual Result<std::vector<LaneRule>> lanes(std::span<const std::string> rules) = 0;

  // After recover(), before the first claim: what relays 0, 1, ... are called in this life. The next start tells so of
  // attempts that it finds interrupted. Errors: unavailable, storage_full.
  virtual Result<Done> name_relays(std::span<const std::string> names) = 0;

  // One transaction in this order: after a clock that was set back the return of what was due by it
  // (lifecycle::still_due), the commands as given, expiry, claims within the budget. A refused command fails
  // alone. Submits that find an empty queue are claimed in their own insert. A failed commit is the error of the whole
  // batch: unavailable or storage_full, nothing of it is kept. Never throws for the disk's sake; a failed flush ends
  // the process (the caller's fatal handler): after one, what is on disk is unknown.
  virtual Result<BatchResult> apply(std::span<Command> commands, const ClaimBudget& budget) = 0;

  // Reads see every batch applied before.
  virtual Result<Found> get(const JobId& id, bool with_content) = 0;
  virtual Result<FoundPage> list(const JobFilter& filter, std::size_t limit, const std::string& cursor) = 0;
  virtual Counts counts() = 0;
  // Errors: why a submit would be refused now: storage_full, busy (max_queued_jobs), unavailable. After a batch that
  // failed it finds out by a write of its own.
  virtual Result<Done> takes_jobs() = 0;
  virtual QueueView queue(const Admission& admission) = 0;

  // Upkeep between turns, after the answers have gone out: checkpoints, a slice of the contents that are to be dropped.
  // True when there is more to do: call again soon.
  virtual bool tend() = 0;
};

}  // namespace jobd
