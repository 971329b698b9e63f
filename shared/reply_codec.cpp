#include <utility>

#include "shared/codec.h"
#include "shared/json.h"
#include "shared/names.h"
#include "shared/text.h"

namespace jobd {
namespace {

OrderedJson time_json(const std::optional<Time>& time) {
  return time ? OrderedJson(format_time(*time)) : OrderedJson(nullptr);
}

OrderedJson code_json(int smtp_code) {
  return smtp_code == 0 ? OrderedJson(nullptr) : OrderedJson(smtp_code);
}

OrderedJson text_json(const std::string& text) {
  return text.empty() ? OrderedJson(nullptr) : OrderedJson(text);
}

OrderedJson job_error_json(const JobError& error) {
  return {{"code", name(error.code)},
          {"message", error.message},
          {"at", format_time(error.at)},
          {"smtp_code", code_json(error.smtp_code)},
          {"enhanced_code", text_json(error.enhanced_code)}};
}

OrderedJson recipient_json(const Recipient& recipient) {
  return {{"address", recipient.address},
          {"status", name(recipient.status)},
          {"smtp_code", code_json(recipient.smtp_code)},
          {"enhanced_code", text_json(recipient.enhanced_code)},
          {"reply", text_json(recipient.reply)},
          {"delivered_at", time_json(recipient.delivered_at)}};
}

OrderedJson history_json(const HistoryEntry& entry) {
  return {{"attempt", entry.attempt},
          {"started_at", format_time(entry.started_at)},
          {"finished_at", format_time(entry.finished_at)},
          {"duration_ms", (entry.finished_at - entry.started_at).count()},
          {"outcome", name(entry.outcome)},
          {"relay", entry.relay},
          {"error", text_json(entry.error)}};
}

OrderedJson job_json(const Job& job) {
  OrderedJson out = OrderedJson::object();
  out["id"] = job.id.text();
  out["kind"] = job.kind;
  out["status"] = name(job.status);
  out["attempts"] = job.attempts;
  out["max_attempts"] = job.max_attempts;
  out["priority"] = job.priority;
  out["created_at"] = format_time(job.created_at);
  out["updated_at"] = format_time(job.updated_at);
  out["started_at"] = time_json(job.started_at);
  out["finished_at"] = time_json(job.finished_at);
  out["next_attempt_at"] = time_json(job.next_attempt_at);
  out["expires_at"] = format_time(job.expires_at);
  out["duration_ms"] = job.duration.count();
  out["from"] = job.from;
  out["subject"] = job.subject;
  out["tags"] = job.tags;
  out["metadata"] = job.metadata;
  out["submitted_by"] = job.submitted_by;
  out["waiting_for"] = job.waiting_for ? OrderedJson(name(*job.waiting_for)) : OrderedJson(nullptr);
  out["error"] = job.error ? job_error_json(*job.error) : OrderedJson(nullptr);
  OrderedJson& recipients = out["recipients"] = OrderedJson::array();
  for (const Recipient& recipient : job.recipients) recipients.push_back(recipient_json(recipient));
  OrderedJson& history = out["history"] = OrderedJson::array();
  for (const HistoryEntry& entry : job.history) history.push_back(history_json(entry));
  return out;
}

// The content is JSON text already, up to some tens of megabytes: it is put in as it is.
std::string job_text(const Job& job) {
  std::string out = dump_json(job_json(job));
  if (job.content) {
    out.back() = ',';
    out += "\"content\":" + *job.content + "}";
  }
  return out;
}

// What a request said may stand in its error, but not all of it, and nothing that a terminal or a log obeys.
std::string cut(const std::string& text, std::size_t bytes_max) {
  return text.size() <= bytes_max ? text : text.substr(0, bytes_max) + "...";
}

OrderedJson error_json(const Error& error) {
  OrderedJson out{{"code", row(error.code).name},
                  {"message", cut(printable(error.message), limits::kErrorMessageBytes)}};
  if (!error.field.empty()) out["field"] = cut(error.field, limits::kErrorFieldBytes);
  out["retryable"] = row(error.code).retryable;
  if (error.retry_after) out["retry_after_ms"] = error.retry_after->count();
  return out;
}

OrderedJson relay_json(const RelayStats& relay) {
  return {{"name", relay.name},
          {"state", relay.state},
          {"reopens_at", time_json(relay.reopens_at)},
          {"last_error", text_json(relay.last_error)}};
}

OrderedJson item_json(const Result<Submitted>& item) {
  if (item) return {{"status", status_of(*item)}, {"result", job_json(item->job)}};
  return {{"status", row(item.error().code).http_status}, {"error", error_json(item.error())}};
}

struct ResultWriter {
  OrderedJson operator()(const Submitted& submitted) const { return job_json(submitted.job); }
  OrderedJson operator()(const SubmittedMany& many) const {
    OrderedJson items = OrderedJson::array();
    for (const auto& item : many.items) items.push_back(item_json(item));
    return {{"items", std::move(items)}};
  }
  OrderedJson operator()(const Job& job) const { return job_json(job); }
  OrderedJson operator()(const JobPage& page) const {
    OrderedJson jobs = OrderedJson::array();
    for (const Job& job : page.jobs) jobs.push_back(job_json(job));
    return {{"jobs", std::move(jobs)},
            {"next_cursor", page.next_cursor ? OrderedJson(*page.next_cursor) : OrderedJson(nullptr)}};
  }
  OrderedJson operator()(const Stats& stats) const {
    OrderedJson jobs = OrderedJson::object();
    for (std::size_t i = 0; i < stats.jobs.size(); ++i) {
      jobs[std::string(name(static_cast<JobStatus>(i)))] = stats.jobs[i];
    }
    OrderedJson relays = OrderedJson::array();
    for (const RelayStats& relay : stats.relays) relays.push_back(relay_json(relay));
    return {
        {"version", stats.version},
        {"started_at", format_time(stats.started_at)},
        {"paused", stats.paused},
        {"draining", stats.draining},
        {"jobs", std::move(jobs)},
        {"slots", stats.slots},
        {"rates",
         {{"submitted_per_second", stats.submitted_per_second}, {"finished_per_second", stats.finished_per_second}}},
        {"limits",
         {{"line_bytes", stats.line_bytes},
          {"content_bytes", stats.content_bytes},
          {"recipients", stats.recipients},
          {"max_queued_jobs", stats.max_queued_jobs}}},
        {"store", stats.store},
        {"transport", stats.transport},
        {"relays", std::move(relays)}};
  }
  OrderedJson operator()(const QueueState& state) const { return {{"paused", state.paused}}; }
  OrderedJson operator()(const Pong& pong) const { return {{"version", pong.version}}; }
  OrderedJson operator()(const Changed& changed) const {
    return {{"matched", changed.matched}, {"changed", changed.changed}};
  }
  OrderedJson operator()(const Deleted& /*deleted*/) const { return nullptr; }
  OrderedJson operator()(const Watching& watching) const { return {{"seq", watching.seq}}; }
  OrderedJson operator()(const Unwatched& /*unwatched*/) const { return OrderedJson::object(); }
  OrderedJson operator()(const Readiness& /*readiness*/) const { return {{"ready", true}}; }
};

std::string result_text(const Response& response) {
  if (const auto* job = std::get_if<Job>(&response)) return job_text(*job);
  return dump_json(std::visit(ResultWriter{}, response));
}

// "{", then the id where there is one; what follows begins with a comma where it is not the first.
std::string head(const RequestId& id) {
  OrderedJson out = OrderedJson::object();
  if (const auto* text = std::get_if<std::string>(&id)) out["id"] = *text;
  if (const auto* number = std::get_if<std::int64_t>(&id)) out["id"] = *number;
  std::string text = dump_json(out);
  text.pop_back();
  if (!out.empty()) text += ',';
  return text;
}

}  // namespace

std::string encode_reply(const RequestId& id, const Response& response) {
  return head(id) + "\"status\":" + std::to_string(status_of(response)) + ",\"result\":" + result_text(response) + "}";
}

std::string encode_reply(const RequestId& id, const Error& error) {
  return head(id) + "\"status\":" + std::to_string(row(error.code).http_status) +
         ",\"error\":" + dump_json(error_json(error)) + "}";
}

std::string encode_event(const RequestId& id, const Event& event) {
  const std::string seq = std::to_string(event.seq);
  if (!event.job) return head(id) + R"("event":"reset","seq":)" + seq + "}";
  return head(id) + R"("event":"job","seq":)" + seq + ",\"job\":" + job_text(*event.job) + "}";
}

std::string encode_result(const Response& response) {
  return std::holds_alternative<Deleted>(response) ? std::string() : result_text(response);
}

std::string encode_item_lines(const SubmittedMany& many) {
  std::string out;
  for (const auto& item : many.items) out += dump_json(item_json(item)) + '\n';
  return out;
}

std::string encode_problem(const Error& error, int status, std::string_view title) {
  OrderedJson out{{"type", "about:blank"}, {"title", title}, {"status", status}};
  OrderedJson told = error_json(error);
  out["detail"] = std::move(told["message"]);
  told.erase("message");
  out.update(told);
  return dump_json(out);
}

std::string encode_job(const Job& job) {
  return job_text(job);
}

}  // namespace jobd
