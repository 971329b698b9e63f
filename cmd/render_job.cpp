#include <algorithm>

#include "cmd/layout.h"
#include "cmd/render.h"
#include "shared/names.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

// Empty where the state says more: while something holds back a job that is due.
std::string next_attempt(const Job& job, Time now) {
  if (job.status != JobStatus::pending || !job.next_attempt_at) return "";
  if (*job.next_attempt_at > now) return moment(*job.next_attempt_at, now);
  return job.waiting_for ? "" : "now";
}

std::string render_state(const Job& job, Time now, const Screen& screen) {
  const std::string_view state = name(job.status);
  return painted(screen, color_of(job.status), std::string(state)) + describe_state(job, now).substr(state.size());
}

std::string render_recipients(const Job& job, const Screen& screen) {
  std::size_t columns = 0;
  for (const Recipient& recipient : job.recipients) columns = std::max(columns, width(printable(recipient.address)));
  std::string out;
  for (const Recipient& recipient : job.recipients) {
    std::string text = padded(printable(recipient.address), columns) + "  " +
                       painted(screen, color_of(recipient.status), std::string(name(recipient.status)));
    const std::string reply = with_codes(recipient.smtp_code, recipient.enhanced_code, recipient.reply);
    if (!reply.empty()) text += ": " + reply;
    line(out, out.empty() ? "To" : "", text);
  }
  return out;
}

std::string render_history(const Job& job, const Screen& screen) {
  std::string out;
  for (const HistoryEntry& entry : job.history) {
    std::string text = std::to_string(entry.attempt) + "  " + painted(screen, Color::dim, to_second(entry.started_at)) +
                       "  " + std::string(name(entry.outcome)) + " after " +
                       describe_duration(entry.finished_at - entry.started_at);
    if (!entry.relay.empty()) text += ", " + printable(entry.relay);
    if (!entry.error.empty()) text += " - " + printable(entry.error);
    line(out, out.empty() ? "History" : "", text);
  }
  return out;
}

std::string render_notes(const Job& job) {
  std::string out;
  std::string tags;
  for (const std::string& tag : job.tags) tags += (tags.empty() ? "" : ", ") + printable(tag);
  if (!tags.empty()) line(out, "Tags", tags);
  for (const auto& [key, value] : job.metadata) line(out, "Note", printable(key) + " = " + printable(value));
  return out;
}

}  // namespace

std::string render_job(const Job& job, Time now, const Screen& screen) {
  const auto when = [&](Time time) { return painted(screen, Color::dim, moment(time, now)); };
  std::string out;
  line(out, "Job", job.id.text());
  line(out, "State", render_state(job, now, screen));
  line(out, "Subject", job.subject.empty() ? "(none)" : printable(job.subject));
  line(out, "From", printable(job.from));
  out += render_recipients(job, screen);
  line(out, "Attempts", std::to_string(job.attempts) + " of " + std::to_string(job.max_attempts));
  if (const std::string next = next_attempt(job, now); !next.empty()) line(out, "Next", next);
  if (job.error) line(out, "Error", describe_error(job) + " (" + distance(job.error->at, now) + ")");
  line(out, "Created", when(job.created_at));
  if (job.finished_at) line(out, "Finished", when(*job.finished_at));
  if (!is_final(job.status)) line(out, "Expires", when(job.expires_at));
  if (job.started_at) line(out, "Took", describe_duration(job.duration) + " in attempts");
  out += render_notes(job);
  out += render_history(job, screen);
  return out;
}

}  // namespace jobd::cmd
