#include "daemon/core/describe.h"

namespace jobd {

Job describe(const Record& record, const std::optional<Waiting>& waiting) {
  Job job;
  job.id = record.id;
  job.status = record.status();
  job.attempts = record.attempts;
  job.max_attempts = record.max_attempts;
  job.priority = record.priority;
  job.created_at = record.created_at;
  job.updated_at = record.updated_at;
  job.started_at = record.started_at;
  job.expires_at = record.expires_at;
  job.duration = record.duration;
  job.from = record.from;
  job.subject = record.subject;
  job.tags = record.tags;
  job.metadata = record.metadata;
  job.submitted_by = record.scope;
  job.error = record.error;
  job.recipients = record.recipients;
  job.history = record.history;
  if (const auto* pending = std::get_if<Pending>(&record.state)) {
    job.next_attempt_at = waiting ? waiting->until : pending->due;
    if (waiting) job.waiting_for = waiting->reason;
  }
  if (const auto* completed = std::get_if<Completed>(&record.state)) job.finished_at = completed->at;
  if (const auto* failed = std::get_if<Failed>(&record.state)) job.finished_at = failed->at;
  if (const auto* cancelled = std::get_if<Cancelled>(&record.state)) job.finished_at = cancelled->at;
  return job;
}

}  // namespace jobd
