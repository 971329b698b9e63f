// Record: a job as the daemon keeps it. What the wire tells of it (shared/job.h) is derived (describe.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/uuid/uuid.hpp>

#include "shared/email.h"
#include "shared/job.h"

namespace jobd {

// The configured rule a job falls under (not a relay). Lane 0 is none, the last one is of jobs that must run alone.
using LaneId = std::uint32_t;
inline constexpr LaneId kDefaultLane = 1;
inline constexpr LaneId kQuarantineLane = 1U << 20;

// One attempt at one part of a job. claim is the fence: a result counts only while the job is in flight
// under the same claim.
struct AttemptRef {
  JobId id;
  std::uint32_t part = 0;
  std::uint32_t claim = 0;
  friend bool operator==(const AttemptRef&, const AttemptRef&) = default;
};

// Each state carries what only it has.
struct Pending {
  Time due{};
  friend bool operator==(const Pending&, const Pending&) = default;
};
struct Processing {
  Time started{};
  bool past_dot = false;  // committed before the dot of a `hold` job
  friend bool operator==(const Processing&, const Processing&) = default;
};
struct Completed {
  Time at{};
  friend bool operator==(const Completed&, const Completed&) = default;
};
struct Failed {
  Time at{};
  friend bool operator==(const Failed&, const Failed&) = default;
};
struct Held {
  Time since{};
  friend bool operator==(const Held&, const Held&) = default;
};
struct Cancelled {
  Time at{};
  friend bool operator==(const Cancelled&, const Cancelled&) = default;
};
using State = std::variant<Pending, Processing, Completed, Failed, Held, Cancelled>;

// The state's name, and the time it carries.
JobStatus status_of(const State& state);
Time time_of(const State& state);

// What one mail takes of a job that is more than one: its recipients fall under different lanes, or are more than a
// relay takes at once. A part is claimed, tried and retried on its own (parts.h).
struct Part {
  LaneId lane = kDefaultLane;             // fixed at acceptance, as is
  std::vector<std::uint32_t> recipients;  // places in Record::recipients, ascending; each is in one part

  State state = Pending{};
  int attempts = 0;
  std::uint32_t claims = 0;
  std::uint32_t crashes = 0;
  std::uint32_t uncounted = 0;
  Time uncounted_since{};
  std::optional<JobError> error;
  friend bool operator==(const Part&, const Part&) = default;
};

struct Record {
  // Fixed at acceptance.
  JobId id;
  Time created_at{};
  std::string scope;                              // whose idempotency keys it shares: "uid:1000"; told as submitted_by
  std::optional<boost::uuids::uuid> idempotency;  // the key if it is a UUIDv7, else its digest
  boost::uuids::uuid fingerprint{};
  std::string from;           // as told: "Name <a@b>"
  std::string envelope_from;  // the reverse path, "" is the null sender
  std::string subject;
  std::vector<std::string> tags;
  Metadata metadata;
  std::string traceparent;
  int priority = 5;
  OnUncertain on_uncertain = OnUncertain::retry;
  Dsn dsn;
  LaneId lane = kDefaultLane;  // of the first part
  std::uint64_t content_bytes = 0;

  // Moved by the lifecycle alone. Of a job of several parts this is what they come to together.
  State state = Pending{};
  Time updated_at{};
  Time expires_at{};
  std::optional<Time> started_at;
  Duration duration{};
  int attempts = 0;
  int max_attempts = 3;
  std::uint32_t claims = 0;     // only ever grows; the fence
  std::uint32_t crashes = 0;    // attempts in a row in which jobd died
  std::uint32_t uncounted = 0;  // relay troubles in a row
  Time uncounted_since{};
  bool content_dropped = false;  // by retention
  std::optional<JobError> error;
  std::vector<Recipient> recipients;
  std::vector<HistoryEntry> history;
  std::vector<Part> parts;  // two or more; as a rule none: the job is its own only part, 0

  JobStatus status() const { return status_of(state); }
  // Precondition of these: part < part_count().
  std::uint32_t part_count() const { return parts.empty() ? 1 : static_cast<std::uint32_t>(parts.size()); }
  const State& state_of(std::uint32_t part) const { return parts.empty() ? state : parts[part].state; }
  LaneId lane_of(std::uint32_t part) const { return parts.empty() ? lane : parts[part].lane; }
  AttemptRef in_flight(std::uint32_t part = 0) const { return {id, part, parts.empty() ? claims : parts[part].claims}; }
  bool is_in_flight(std::uint32_t part) const { return std::holds_alternative<Processing>(state_of(part)); }
  bool is_pending(std::uint32_t part) const { return std::holds_alternative<Pending>(state_of(part)); }
  // The one that is to go next of those that wait; 0 when none does.
  std::uint32_t next_part() const;
  friend bool operator==(const Record&, const Record&) = default;
};

// What it takes in memory, about.
std::size_t memory_bytes(const Record& record);

}  // namespace jobd
