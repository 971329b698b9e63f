// The typed requests and responses: what the controllers make of bytes and what the service understands.
// One struct per operation of shared/operations; a Request is exactly one of them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/uuid/uuid.hpp>

#include "shared/email.h"
#include "shared/job.h"
#include "shared/limits.h"
#include "shared/result.h"

namespace jobd {

// What a request's id on the socket may be; it is echoed as it came.
using RequestId = std::variant<std::monostate, std::string, std::int64_t>;

// What is kept of an email, and what idempotency compares. It depends on the request alone; for a large email it takes
// long to make, so it may be made ahead, on a thread that nobody waits for.
struct EncodedEmail {
  std::string content;  // encode_email, its sender filled in
  boost::uuids::uuid fingerprint{};
};

struct SubmitEmail {
  Email email;
  std::vector<std::string> tags;
  Metadata metadata;
  std::optional<int> priority;
  std::optional<Time> scheduled_at;  // at most one of these two
  std::optional<Duration> delay;
  std::optional<Duration> ttl;  // at most one of these two
  std::optional<Time> expires_at;
  std::optional<int> max_attempts;
  std::string idempotency_key;  // empty: none
  std::optional<OnUncertain> on_uncertain;
  std::optional<std::string> envelope_from;            // "" is the null sender
  std::string traceparent;                             // W3C trace context, kept with the job
  std::optional<EncodedEmail> encoded = std::nullopt;  // where it was made ahead
};

// A bad item fails alone: it stands as the error that its result will be.
struct SubmitEmails {
  std::vector<Result<SubmitEmail>> emails;
};

struct GetJob {
  JobId id;
  Duration wait{};  // 0: answer at once; else at the job's end or after this long
  bool include_content = false;
};

struct JobFilter {
  std::optional<JobStatus> status;
  std::string tag;            // empty: any
  std::string recipient;      // an address, compared without case; empty: any
  std::optional<Time> since;  // created_at >= since
  std::optional<Time> until;  // created_at < until
};

struct ListJobs {
  JobFilter filter;
  std::size_t limit = limits::kListLimitDefault;
  std::string cursor;  // opaque; empty: from the newest
};

struct CancelJob {
  JobId id;
};
struct RetryJob {
  JobId id;
  std::optional<Duration> ttl;  // a new time to live from now
};
// All jobs that list_jobs would give, the newest first, `limit` at most. The filter asks for something.
struct CancelJobs {
  JobFilter filter;
  std::optional<std::uint64_t> limit;  // none: all
};
struct RetryJobs {
  JobFilter filter;
  std::optional<std::uint64_t> limit;
  std::optional<Duration> ttl;
};
// An ended job (completed, failed, cancelled), its content and its idempotency key.
struct DeleteJob {
  JobId id;
};
// Events from now on, or those after `after` first.
struct Watch {
  std::optional<JobId> job;  // of this one only
  std::optional<std::uint64_t> after;
};
struct Unwatch {
  RequestId id;  // of the watch on this connection
};
struct GetStats {};
struct Pause {};
struct Resume {};
struct Ping {};
struct GetReady {};

using Request = std::variant<SubmitEmail, SubmitEmails, GetJob, ListJobs, CancelJob, RetryJob, CancelJobs, RetryJobs,
                             DeleteJob, Watch, Unwatch, GetStats, Pause, Resume, Ping, GetReady>;

// A submit's answer: 202 with the new job, or 200 with the one that an equal idempotency key made before.
struct Submitted {
  Job job;
  bool repeated = false;
};

struct SubmittedMany {
  std::vector<Result<Submitted>> items;  // in the order of the request
};

// A page may be short, even empty, where much had to be looked through; only no cursor means the end.
struct JobPage {
  std::vector<Job> jobs;
  std::optional<std::string> next_cursor;
};

struct RelayStats {
  std::string name;   // of the lane's rule
  std::string state;  // "open", "down" or "probing"
  std::optional<Time> reopens_at;
  std::string last_error;
};

struct Stats {
  std::string version;
  Time started_at{};
  bool paused = false;
  bool draining = false;
  std::array<std::uint64_t, 6> jobs{};  // by JobStatus
  std::uint64_t slots = 0;              // attempts that may run at once
  double submitted_per_second = 0;      // over the last minute
  double finished_per_second = 0;
  std::string store;  // the URLs in force, without secrets
  std::string transport;
  std::size_t line_bytes = 0, content_bytes = 0, recipients = 0;
  std::uint64_t max_queued_jobs = 0;
  std::vector<RelayStats> relays;
};

struct QueueState {
  bool paused = false;
};
struct Pong {
  std::string version;
};
// Of cancel_jobs and retry_jobs: jobs that the filter found, and those of them that could be changed.
struct Changed {
  std::uint64_t matched = 0;
  std::uint64_t changed = 0;
};
struct Deleted {};
// A watch stands: its events have numbers above seq.
struct Watching {
  std::uint64_t seq = 0;
};
struct Unwatched {};
// Jobs are taken; else the answer is an error that says why not.
struct Readiness {};

using Response = std::variant<Submitted, SubmittedMany, Job, JobPage, Stats, QueueState, Pong, Changed, Deleted,
                              Watching, Unwatched, Readiness>;

// The HTTP status that a success has through either door.
int status_of(const Response& response);

// What a watch tells: a job came to another state, or, without one, some events are lost to this watcher, who should
// look at what it cares for anew.
struct Event {
  std::uint64_t seq = 0;  // ascends, with gaps, over restarts too; below 2^53
  std::shared_ptr<const Job> job;
};

}  // namespace jobd
