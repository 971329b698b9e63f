// The words in which a job is told: its states, its recipients' states, what an attempt came to. The
// names on the wire are those of the enumerators (shared/names.h). Job is what get_job answers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shared/clock.h"
#include "shared/job_id.h"

namespace jobd {

struct Email;

enum class JobStatus : std::uint8_t { pending, processing, completed, failed, held, cancelled };
constexpr bool is_final(JobStatus s) {
  return s == JobStatus::completed || s == JobStatus::failed || s == JobStatus::cancelled;
}
// What --wait and wait= wait for: the job moves no further by itself. A held job waits for a person.
constexpr bool is_settled(JobStatus s) {
  return is_final(s) || s == JobStatus::held;
}

enum class RecipientStatus : std::uint8_t { pending, delivered, failed, uncertain };

enum class AttemptOutcome : std::uint8_t {
  delivered,      // every recipient tried
  partial,        // some delivered, some not
  temporary,      // none delivered, at least one to be tried again
  permanent,      // none delivered, all for good
  uncertain,      // the reply to the final dot was lost
  interrupted,    // jobd died or was stopped in it
  relay_trouble,  // the relay failed before the message could; not counted
};

enum class WaitingFor : std::uint8_t { scheduled, backoff, rate_limit, relay_down, relay_auth, paused, slot };

enum class OnUncertain : std::uint8_t { retry, hold };

enum class Failure : std::uint8_t {
  temporary,           // the last attempt's reason, another attempt follows
  relay_trouble,       // likewise, not counted
  interrupted,         // likewise
  rejected,            // final: the server said never
  attempts_exhausted,  // final: temporary once too often
  expired,             // final: its time to live ran out
  in_doubt,            // the reply after the dot was lost: final, or held until a person decides
  crash_loop,          // final: jobd died in each of its attempts
};

struct JobError {
  Failure code = Failure::temporary;
  std::string message;
  Time at{};
  int smtp_code = 0;          // 0: no reply stands behind it
  std::string enhanced_code;  // RFC 3463, "5.1.1", or empty
  friend bool operator==(const JobError&, const JobError&) = default;
};

struct Recipient {
  std::string address;
  RecipientStatus status = RecipientStatus::pending;
  int smtp_code = 0;
  std::string enhanced_code;
  std::string reply;  // the server's last words about it, at most limits::kReplyBytes
  std::optional<Time> delivered_at;
  friend bool operator==(const Recipient&, const Recipient&) = default;
};

struct HistoryEntry {
  int attempt = 0;  // the number it had or would have had; an uncounted one shares it with the next
  Time started_at{};
  Time finished_at{};
  AttemptOutcome outcome = AttemptOutcome::delivered;
  std::string relay;
  std::string error;  // a sentence, empty when all went well
  friend bool operator==(const HistoryEntry&, const HistoryEntry&) = default;
};

using Metadata = std::map<std::string, std::string>;

struct Job {
  JobId id;
  std::string kind = "email";
  JobStatus status = JobStatus::pending;
  int attempts = 0;
  int max_attempts = 0;
  int priority = 0;
  Time created_at{};
  Time updated_at{};
  std::optional<Time> started_at;   // of the first attempt
  std::optional<Time> finished_at;  // of the final state
  std::optional<Time> next_attempt_at;
  Time expires_at{};
  Duration duration{};  // time spent in attempts
  std::string from;
  std::string subject;
  std::vector<std::string> tags;
  Metadata metadata;
  std::string submitted_by;
  std::optional<WaitingFor> waiting_for;
  std::optional<JobError> error;
  std::vector<Recipient> recipients;
  std::vector<HistoryEntry> history;
  // As submitted, its template rendered; where asked for. decode_job leaves it: who asks has the reply's own JSON.
  std::shared_ptr<const Email> content;
};

}  // namespace jobd
