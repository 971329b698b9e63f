#include <utility>

#include "shared/codec.h"
#include "shared/json.h"
#include "shared/json_writer.h"
#include "shared/names.h"
#include "shared/text.h"

namespace jobd {
namespace {

OrderedJson time_json(const std::optional<Time>& time) {
  return time ? OrderedJson(format_time(*time)) : OrderedJson(nullptr);
}

OrderedJson text_json(const std::string& text) {
  return text.empty() ? OrderedJson(nullptr) : OrderedJson(text);
}

void write_code(JsonWriter& out, int smtp_code) {
  out.key("smtp_code");
  if (smtp_code == 0) {
    out.null();
  } else {
    out.number(smtp_code);
  }
}

void write_error(JsonWriter& out, const std::optional<JobError>& error) {
  out.key("error");
  if (!error) {
    out.null();
    return;
  }
  out.begin_object().key("code").text(name(error->code)).key("message").text(error->message);
  out.key("at").time(error->at);
  write_code(out, error->smtp_code);
  out.key("enhanced_code").text_or_null(error->enhanced_code).end_object();
}

void write_recipient(JsonWriter& out, const Recipient& recipient) {
  out.begin_object().key("address").text(recipient.address).key("status").text(name(recipient.status));
  write_code(out, recipient.smtp_code);
  out.key("enhanced_code").text_or_null(recipient.enhanced_code).key("reply").text_or_null(recipient.reply);
  out.key("delivered_at").time(recipient.delivered_at).end_object();
}

void write_history(JsonWriter& out, const HistoryEntry& entry) {
  out.begin_object().key("attempt").number(entry.attempt);
  out.key("started_at").time(entry.started_at).key("finished_at").time(entry.finished_at);
  out.key("duration_ms").number((entry.finished_at - entry.started_at).count());
  out.key("outcome").text(name(entry.outcome)).key("relay").text(entry.relay);
  out.key("error").text_or_null(entry.error).end_object();
}

void write_words(JsonWriter& out, const Job& job) {
  out.key("from").text(job.from).key("subject").text(job.subject);
  out.key("tags").begin_array();
  for (const std::string& tag : job.tags) out.text(tag);
  out.end_array().key("metadata");
  out.raw(job.metadata.empty() ? "{}" : dump_json(Json(job.metadata)));
  out.key("submitted_by").text(job.submitted_by);
}

void write_job(JsonWriter& out, const Job& job) {
  out.begin_object().key("id").text(job.id.text()).key("kind").text(job.kind).key("status").text(name(job.status));
  out.key("attempts").number(job.attempts).key("max_attempts").number(job.max_attempts);
  out.key("priority").number(job.priority);
  out.key("created_at").time(job.created_at).key("updated_at").time(job.updated_at);
  out.key("started_at").time(job.started_at).key("finished_at").time(job.finished_at);
  out.key("next_attempt_at").time(job.next_attempt_at).key("expires_at").time(job.expires_at);
  out.key("duration_ms").number(job.duration.count());
  write_words(out, job);
  out.key("waiting_for").text_or_null(job.waiting_for ? name(*job.waiting_for) : "");
  write_error(out, job.error);
  out.key("recipients").begin_array();
  for (const Recipient& recipient : job.recipients) write_recipient(out, recipient);
  out.end_array().key("history").begin_array();
  for (const HistoryEntry& entry : job.history) write_history(out, entry);
  out.end_array();
  if (job.content) out.key("content").raw(encode_email(*job.content));
  out.end_object();
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
  return {
      {"name", relay.name},
      {"url", relay.url},
      {"state", relay.state},
      {"since", time_json(relay.since)},
      {"reopens_at", time_json(relay.reopens_at)},
      {"last_error", text_json(relay.last_error)},
      {"connections",
       {{"in_use", relay.connections_in_use}, {"allowed", relay.connections_allowed}, {"max", relay.connections_max}}},
      {"rates", relay.rates},
      {"rate_now", relay.rate_now ? OrderedJson(*relay.rate_now) : OrderedJson(nullptr)},
      {"sent", {{"last_minute", relay.sent_last_minute}, {"last_day", relay.sent_last_day}}},
      {"delivered", relay.delivered},
      {"failed", relay.failed}};
}

OrderedJson route_json(const RouteStats& route) {
  return {{"sender", text_json(route.sender)},
          {"recipient", text_json(route.recipient)},
          {"relays", route.relays},
          {"in_use", route.in_use}};
}

OrderedJson domain_json(const DomainStats& domain) {
  return {{"name", domain.name},
          {"connections",
           {{"in_use", domain.connections_in_use},
            {"max", domain.connections_max ? OrderedJson(*domain.connections_max) : OrderedJson(nullptr)}}},
          {"rates", domain.rates},
          {"sent", {{"last_minute", domain.sent_last_minute}}}};
}

// An array of what each of them is made of.
template <typename T>
OrderedJson array_of(const std::vector<T>& items, OrderedJson (*json_of)(const T&)) {
  OrderedJson out = OrderedJson::array();
  for (const T& item : items) out.push_back(json_of(item));
  return out;
}

void write_item(JsonWriter& out, const Result<Submitted>& item) {
  out.begin_object().key("status").number(item ? status_of(*item) : row(item.error().code).http_status);
  if (item) {
    out.key("result");
    write_job(out, item->job);
  } else {
    out.key("error").raw(dump_json(error_json(item.error())));
  }
  out.end_object();
}

OrderedJson stats_json(const Stats& stats) {
  OrderedJson jobs = OrderedJson::object();
  for (std::size_t i = 0; i < stats.jobs.size(); ++i) {
    jobs[std::string(name(static_cast<JobStatus>(i)))] = stats.jobs[i];
  }
  return {{"version", stats.version},
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
          {"relays", array_of(stats.relays, relay_json)},
          {"routes", array_of(stats.routes, route_json)},
          {"domains", array_of(stats.domains, domain_json)}};
}

OrderedJson step_json(const ProbeStep& step) {
  return {{"name", step.name}, {"ok", step.ok}, {"detail", step.detail}, {"duration_ms", step.duration.count()}};
}

OrderedJson probe_json(const ProbeReport& report) {
  OrderedJson steps = OrderedJson::array();
  for (const ProbeStep& step : report.steps) steps.push_back(step_json(step));
  return {{"relay", report.relay},
          {"url", report.url},
          {"ok", report.ok},
          {"steps", std::move(steps)},
          {"error", text_json(report.error)},
          {"transcript", report.transcript}};
}

struct ResultWriter {
  JsonWriter& out;

  void operator()(const Submitted& submitted) const { write_job(out, submitted.job); }
  void operator()(const SubmittedMany& many) const {
    out.begin_object().key("items").begin_array();
    for (const auto& item : many.items) write_item(out, item);
    out.end_array().end_object();
  }
  void operator()(const Job& job) const { write_job(out, job); }
  void operator()(const JobPage& page) const {
    out.begin_object().key("jobs").begin_array();
    for (const Job& job : page.jobs) write_job(out, job);
    out.end_array().key("next_cursor").text_or_null(page.next_cursor.value_or("")).end_object();
  }
  void operator()(const Stats& stats) const { out.raw(dump_json(stats_json(stats))); }
  void operator()(const QueueState& state) const {
    out.raw(state.paused ? R"({"paused":true})" : R"({"paused":false})");
  }
  void operator()(const Pong& pong) const { out.begin_object().key("version").text(pong.version).end_object(); }
  void operator()(const Changed& changed) const {
    out.begin_object().key("matched").number(static_cast<std::int64_t>(changed.matched));
    out.key("changed").number(static_cast<std::int64_t>(changed.changed)).end_object();
  }
  void operator()(const Deleted& /*deleted*/) const { out.null(); }
  void operator()(const Watching& watching) const {
    out.begin_object().key("seq").number(static_cast<std::int64_t>(watching.seq)).end_object();
  }
  void operator()(const Unwatched& /*unwatched*/) const { out.raw("{}"); }
  void operator()(const Readiness& /*readiness*/) const { out.raw(R"({"ready":true})"); }
  void operator()(const ProbeReport& report) const { out.raw(dump_json(probe_json(report))); }
};

constexpr std::size_t kUsualReplyBytes = 1024;

// An object begun, with the id where there is one.
JsonWriter begin_line(std::string& line, const RequestId& id) {
  line.reserve(kUsualReplyBytes);
  JsonWriter out(line);
  out.begin_object();
  if (const auto* text = std::get_if<std::string>(&id)) out.key("id").text(*text);
  if (const auto* number = std::get_if<std::int64_t>(&id)) out.key("id").number(*number);
  return out;
}

}  // namespace

std::string encode_reply(const RequestId& id, const Response& response) {
  std::string line;
  JsonWriter out = begin_line(line, id);
  out.key("status").number(status_of(response)).key("result");
  std::visit(ResultWriter{out}, response);
  out.end_object();
  return line;
}

std::string encode_reply(const RequestId& id, const Error& error) {
  std::string line;
  JsonWriter out = begin_line(line, id);
  out.key("status").number(row(error.code).http_status).key("error").raw(dump_json(error_json(error))).end_object();
  return line;
}

std::string encode_event(const RequestId& id, const Event& event) {
  std::string line;
  JsonWriter out = begin_line(line, id);
  out.key("event").text(event.job ? "job" : "reset").key("seq").number(static_cast<std::int64_t>(event.seq));
  if (event.job) {
    out.key("job");
    write_job(out, *event.job);
  }
  out.end_object();
  return line;
}

std::string encode_result(const Response& response) {
  std::string text;
  if (std::holds_alternative<Deleted>(response)) return text;
  text.reserve(kUsualReplyBytes);
  JsonWriter out(text);
  std::visit(ResultWriter{out}, response);
  return text;
}

std::string encode_item_lines(const SubmittedMany& many) {
  std::string lines;
  for (const auto& item : many.items) {
    JsonWriter out(lines);
    write_item(out, item);
    lines += '\n';
  }
  return lines;
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
  std::string text;
  JsonWriter out(text);
  write_job(out, job);
  return text;
}

}  // namespace jobd
