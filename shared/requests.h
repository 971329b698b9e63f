// The typed requests and responses: what the controllers make of bytes and what the service understands.
// One struct per operation of shared/operations; a Request is exactly one of them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "shared/email.h"
#include "shared/job.h"
#include "shared/limits.h"
#include "shared/result.h"

namespace jobd {

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
  std::optional<std::string> envelope_from;  // "" is the null sender
  std::string traceparent;                   // W3C trace context, kept with the job
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
struct GetStats {};
struct Pause {};
struct Resume {};
struct Ping {};

using Request =
    std::variant<SubmitEmail, SubmitEmails, GetJob, ListJobs, CancelJob, RetryJob, GetStats, Pause, Resume, Ping>;

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

using Response = std::variant<Submitted, SubmittedMany, Job, JobPage, Stats, QueueState, Pong>;

// The HTTP status that a success has through either door.
int status_of(const Response& response);

}  // namespace jobd
