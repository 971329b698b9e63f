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
  std::string content;               // the email as bytes, its sender filled in, its template rendered
  boost::uuids::uuid fingerprint{};  // zeros without an idempotency key
  // Why no new job may come of it, though an equal request before may have made one: its template says no.
  std::optional<Error> refusal = std::nullopt;
};

// What fills in subject, text and html instead of the submitter: a template of the daemon's folder (mail.templates).
struct TemplateCall {
  std::string name;
  std::string variables;  // a JSON object, compact and in the order of its keys, so that equal ones are equal texts
  friend bool operator==(const TemplateCall&, const TemplateCall&) = default;
};

struct SubmitEmail {
  Email email;
  std::optional<TemplateCall> from_template = std::nullopt;  // beside a subject of the email at most, which goes before
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
  Dsn dsn = {};
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
// Talk to a relay as an attempt would, up to its reply to a recipient, and send nothing.
struct ProbeRelay {
  std::string relay;                      // its name; empty: the first
  std::string to;                         // an address to ask for; empty: it ends with MAIL
  Duration timeout = limits::kProbeTime;  // of the whole of it
};
struct GetStats {};
struct Pause {};
struct Resume {};
struct Ping {};
struct GetReady {};

using Request = std::variant<SubmitEmail, SubmitEmails, GetJob, ListJobs, CancelJob, RetryJob, CancelJobs, RetryJobs,
                             DeleteJob, Watch, Unwatch, GetStats, Pause, Resume, Ping, GetReady, ProbeRelay>;

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

// Counts of recipients since the start, delivered and refused for good; rates as configured, "14/s".
struct RelayStats {
  std::string name;
  std::string url;
  std::string state;          // "open", "throttled", "down", "auth", "quota" or "probing"
  std::optional<Time> since;  // of the state, unless it is open
  std::optional<Time> reopens_at;
  std::string last_error;
  std::uint64_t connections_in_use = 0;
  std::uint64_t connections_allowed = 0;  // now; the relay may have refused more
  std::uint64_t connections_max = 0;      // configured
  std::vector<std::string> rates;
  std::optional<double> rate_now;  // recipients a second, while throttled
  std::uint64_t sent_last_minute = 0;
  std::uint64_t sent_last_day = 0;
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;
};
// The last route takes all mail that the others leave.
struct RouteStats {
  std::string sender;  // empty: any
  std::string recipient;
  std::vector<std::string> relays;  // names
  std::vector<std::string> in_use;  // those that mail goes to now
};
struct DomainStats {
  std::string name;
  std::uint64_t connections_in_use = 0;
  std::optional<std::uint64_t> connections_max;
  std::vector<std::string> rates;
  std::uint64_t sent_last_minute = 0;
};

struct Stats {
  std::string version;
  Time started_at{};
  bool paused = false;
  bool draining = false;
  std::array<std::uint64_t, 6> jobs{};  // by JobStatus
  std::uint64_t slots = 0;              // attempts that may be under way at once
  double submitted_per_second = 0;      // over the last minute
  double finished_per_second = 0;
  std::string store;  // the URLs in force, without secrets
  std::string transport;
  std::size_t line_bytes = 0, content_bytes = 0, recipients = 0;
  std::uint64_t max_queued_jobs = 0;
  std::vector<RelayStats> relays;
  std::vector<RouteStats> routes;
  std::vector<DomainStats> domains;
};

struct QueueState {
  bool paused = false;
};

// One step of a probe, and what was found: for people, one line.
struct ProbeStep {
  std::string name;  // addresses, connect, tls, greeting, extensions, auth, limits, mail, rcpt
  bool ok = false;
  std::string detail;
  Duration duration{};
};
// Steps stand in the order in which they were taken; one that does not apply is left out, one that failed is the last.
struct ProbeReport {
  std::string relay;
  std::string url;  // without secrets
  bool ok = false;
  std::vector<ProbeStep> steps;
  std::string error;                    // what went wrong and what to do about it; empty where all went well
  std::vector<std::string> transcript;  // "S: 220 mx ESMTP", "C: EHLO me": secrets are blanked
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
                              Watching, Unwatched, Readiness, ProbeReport>;

// The HTTP status that a success has through either door.
int status_of(const Response& response);

// What a watch tells: a job came to another state, or, without one, some events are lost to this watcher, who should
// look at what it cares for anew.
struct Event {
  std::uint64_t seq = 0;  // ascends, with gaps, over restarts too; below 2^53
  std::shared_ptr<const Job> job;
};

}  // namespace jobd
