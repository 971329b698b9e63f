#include "cmd/render.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "shared/names.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

constexpr std::size_t kLabelColumns = 10;
constexpr std::size_t kIdColumns = 36;
constexpr std::size_t kStateColumns = 10;
constexpr std::size_t kTimeColumns = 19;
constexpr std::size_t kRecipientColumns = 30;
constexpr std::size_t kSubjectColumns = 50;

std::string padded(std::string text, std::size_t columns) {
  const std::size_t used = width(text);
  if (used < columns) text.append(columns - used, ' ');
  return text;
}

void line(std::string& out, std::string_view label, const std::string& value) {
  out += padded(std::string(label), kLabelColumns) + ' ' + value + '\n';
}

// "2026-03-01 12:00:00".
std::string to_second(Time time) {
  std::string text = format_time(time).substr(0, kTimeColumns);
  text[10] = ' ';
  return text;
}

std::string distance(Time time, Time now) {
  if (time > now) return "in " + describe_duration(time - now);
  return now - time < std::chrono::seconds(1) ? "now" : describe_duration(now - time) + " ago";
}

std::string moment(Time time, Time now) {
  return to_second(time) + " UTC (" + distance(time, now) + ")";
}

// Empty where the state says more: while something holds back a job that is due.
std::string next_attempt(const Job& job, Time now) {
  if (job.status != JobStatus::pending || !job.next_attempt_at) return "";
  if (*job.next_attempt_at > now) return moment(*job.next_attempt_at, now);
  return job.waiting_for ? "" : "now";
}

std::string count_of(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

// A reply with its codes in front, where its text does not begin with them.
std::string with_codes(int smtp_code, const std::string& enhanced_code, const std::string& text) {
  const std::string code = smtp_code == 0 ? "" : std::to_string(smtp_code);
  std::string out;
  if (!code.empty() && text.find(code) == std::string::npos) out = code + ' ';
  if (!enhanced_code.empty() && text.find(enhanced_code) == std::string::npos) out += enhanced_code + ' ';
  return printable(out + text);
}

std::string_view why_waiting(WaitingFor reason) {
  switch (reason) {
    case WaitingFor::scheduled: return "scheduled for later";
    case WaitingFor::backoff: return "tried without success";
    case WaitingFor::rate_limit: return "waits for its turn under a rate limit";
    case WaitingFor::relay_down: return "the relay cannot be reached";
    case WaitingFor::relay_auth: return "the relay refuses jobd's login";
    case WaitingFor::paused: return "the queue is paused (jobctl resume)";
    case WaitingFor::slot: return "waits for other deliveries to end";
  }
  return "";
}

std::string_view why_failed(Failure failure) {
  switch (failure) {
    case Failure::rejected: return "the server refused it for good";
    case Failure::attempts_exhausted: return "all attempts are used up";
    case Failure::expired: return "its time ran out";
    case Failure::in_doubt: return "in doubt, the server's last reply was lost";
    case Failure::crash_loop: return "jobd died in each of its attempts";
    case Failure::temporary: return "a temporary failure";
    case Failure::relay_trouble: return "trouble with the relay";
    case Failure::interrupted: return "jobd was stopped in the attempt";
  }
  return "";
}

std::string describe_pending(const Job& job, Time now) {
  std::string out = job.waiting_for ? std::string(why_waiting(*job.waiting_for)) : "about to be sent";
  if (job.next_attempt_at && *job.next_attempt_at > now) {
    out += (job.attempts == 0 ? ", first attempt " : ", next attempt ") + distance(*job.next_attempt_at, now);
  }
  return out;
}

std::size_t delivered(const Job& job) {
  return static_cast<std::size_t>(std::ranges::count(job.recipients, RecipientStatus::delivered, &Recipient::status));
}

// What a state that ended badly still brought about.
std::string partly(const Job& job) {
  if (delivered(job) == 0) return "";
  return " (delivered to " + std::to_string(delivered(job)) + " of " + std::to_string(job.recipients.size()) + ")";
}

std::string render_recipients(const Job& job) {
  std::size_t columns = 0;
  for (const Recipient& recipient : job.recipients) columns = std::max(columns, width(printable(recipient.address)));
  std::string out;
  for (const Recipient& recipient : job.recipients) {
    std::string text = padded(printable(recipient.address), columns) + "  " + std::string(name(recipient.status));
    const std::string reply = with_codes(recipient.smtp_code, recipient.enhanced_code, recipient.reply);
    if (!reply.empty()) text += ": " + reply;
    line(out, out.empty() ? "To" : "", text);
  }
  return out;
}

std::string render_history(const Job& job) {
  std::string out;
  for (const HistoryEntry& entry : job.history) {
    std::string text = std::to_string(entry.attempt) + "  " + to_second(entry.started_at) + "  " +
                       std::string(name(entry.outcome)) + " after " +
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

std::string per_second(double rate) {
  const auto tenths = std::lround(rate * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

std::string bytes(std::size_t count) {
  if (count >= (1UL << 20)) return std::to_string(count >> 20U) + " MiB";
  return count >= (1UL << 10) ? std::to_string(count >> 10U) + " KiB" : std::to_string(count) + " bytes";
}

std::string describe_relay(const RelayStats& relay, Time now) {
  std::string out = printable(relay.name) + " " + printable(relay.state);
  if (relay.reopens_at) out += ", tried again " + distance(*relay.reopens_at, now);
  if (!relay.last_error.empty()) out += ": " + printable(relay.last_error);
  return out;
}

}  // namespace

std::string describe_state(const Job& job, Time now) {
  std::string state(name(job.status));
  switch (job.status) {
    case JobStatus::pending: return state + ": " + describe_pending(job, now);
    case JobStatus::processing: return state + ": attempt " + std::to_string(job.attempts + 1) + " runs";
    case JobStatus::completed: return state;
    case JobStatus::failed:
      return state + (job.error ? ": " + std::string(why_failed(job.error->code)) : "") + partly(job);
    case JobStatus::held:
      return state + ": it may have been delivered, the server's last reply was lost; " +
             "decide with jobctl retry or jobctl cancel";
    case JobStatus::cancelled: return state + partly(job);
  }
  return state;
}

std::string describe_error(const Job& job) {
  if (!job.error) return "";
  return with_codes(job.error->smtp_code, job.error->enhanced_code, job.error->message);
}

std::string render_job(const Job& job, Time now) {
  std::string out;
  line(out, "Job", job.id.text());
  line(out, "State", describe_state(job, now));
  line(out, "Subject", job.subject.empty() ? "(none)" : printable(job.subject));
  line(out, "From", printable(job.from));
  out += render_recipients(job);
  line(out, "Attempts", std::to_string(job.attempts) + " of " + std::to_string(job.max_attempts));
  if (const std::string next = next_attempt(job, now); !next.empty()) line(out, "Next", next);
  if (job.error) line(out, "Error", describe_error(job) + " (" + distance(job.error->at, now) + ")");
  line(out, "Created", moment(job.created_at, now));
  if (job.finished_at) line(out, "Finished", moment(*job.finished_at, now));
  if (!is_final(job.status)) line(out, "Expires", moment(job.expires_at, now));
  if (job.started_at) line(out, "Took", describe_duration(job.duration) + " in attempts");
  out += render_notes(job);
  out += render_history(job);
  return out;
}

std::string render_table_head() {
  return padded("ID", kIdColumns) + "  " + padded("STATE", kStateColumns) + "  " + padded("CREATED", kTimeColumns) +
         "  " + padded("TO", kRecipientColumns) + "  SUBJECT\n";
}

std::string render_table(std::span<const Job> jobs) {
  std::string out;
  for (const Job& job : jobs) {
    const std::string more = job.recipients.size() > 1 ? " +" + std::to_string(job.recipients.size() - 1) : "";
    std::string to = job.recipients.empty() ? "" : printable(job.recipients.front().address);
    to = shorten(to, kRecipientColumns - more.size()) + more;
    out += job.id.text() + "  " + padded(std::string(name(job.status)), kStateColumns) + "  " +
           to_second(job.created_at) + "  " + padded(to, kRecipientColumns) + "  " +
           shorten(printable(job.subject), kSubjectColumns) + '\n';
  }
  return out;
}

std::string render_stats(const Stats& stats, Time now) {
  std::string out;
  const std::string up = describe_duration(std::max(Duration{}, now - stats.started_at));
  line(out, "jobd", printable(stats.version) + ", up " + up);
  line(out, "Queue", stats.draining ? "stopping" : stats.paused ? "paused (jobctl resume)" : "running");
  for (std::size_t i = 0; i < stats.jobs.size(); ++i) {
    const std::string state(name(static_cast<JobStatus>(i)));
    line(out, i == 0 ? "Jobs" : "", padded(state, kStateColumns) + ' ' + std::to_string(stats.jobs[i]));
  }
  line(out, "Rates",
       per_second(stats.submitted_per_second) + " submitted, " + per_second(stats.finished_per_second) +
           " finished a second, over the last minute");
  line(out, "Slots", std::to_string(stats.slots) + " attempts at once");
  line(out, "Store", printable(stats.store));
  line(out, "Transport", printable(stats.transport));
  line(out, "Limits",
       bytes(stats.content_bytes) + " of content, " + count_of(stats.recipients, "recipient") + ", " +
           bytes(stats.line_bytes) + " a request, " + std::to_string(stats.max_queued_jobs) + " jobs queued");
  for (const RelayStats& relay : stats.relays) line(out, "Relay", describe_relay(relay, now));
  return out;
}

}  // namespace jobd::cmd
