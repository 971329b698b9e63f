// The client's half of the replies: JSON -> structs. It reads what it knows and ignores the rest, so that
// an older jobctl understands a newer jobd.
#include <cstdint>

#include "shared/codec.h"
#include "shared/json.h"
#include "shared/names.h"

namespace jobd {
namespace {

// Values of a type and a meaning other than expected read as absent.
std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t integer_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

double number_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

bool bool_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::optional<Time> time_of(const Json& object, const char* key) {
  return parse_time(text_of(object, key));
}

template <typename E>
E enum_of(const Json& object, const char* key, E otherwise) {
  return named<E>(text_of(object, key)).value_or(otherwise);
}

const Json& child(const Json& object, const char* key) {
  static const Json kNone;
  const auto found = object.find(key);
  return found == object.end() ? kNone : *found;
}

std::uint64_t count_of(const Json& object, const char* key) {
  return static_cast<std::uint64_t>(integer_of(object, key));
}

std::vector<std::string> texts_of(const Json& items) {
  std::vector<std::string> out;
  for (const Json& item : items) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

RelayStats read_relay(const Json& json) {
  RelayStats out;
  out.name = text_of(json, "name");
  out.url = text_of(json, "url");
  out.state = text_of(json, "state");
  out.since = time_of(json, "since");
  out.reopens_at = time_of(json, "reopens_at");
  out.last_error = text_of(json, "last_error");
  const Json& connections = child(json, "connections");
  out.connections_in_use = count_of(connections, "in_use");
  out.connections_allowed = count_of(connections, "allowed");
  out.connections_max = count_of(connections, "max");
  out.rates = texts_of(child(json, "rates"));
  if (child(json, "rate_now").is_number()) out.rate_now = number_of(json, "rate_now");
  out.sent_last_minute = count_of(child(json, "sent"), "last_minute");
  out.sent_last_day = count_of(child(json, "sent"), "last_day");
  out.delivered = count_of(json, "delivered");
  out.failed = count_of(json, "failed");
  return out;
}

DomainStats read_domain(const Json& json) {
  DomainStats out;
  out.name = text_of(json, "name");
  const Json& connections = child(json, "connections");
  out.connections_in_use = count_of(connections, "in_use");
  if (child(connections, "max").is_number_integer()) out.connections_max = count_of(connections, "max");
  out.rates = texts_of(child(json, "rates"));
  out.sent_last_minute = count_of(child(json, "sent"), "last_minute");
  return out;
}

Recipient read_recipient(const Json& json) {
  Recipient out;
  out.address = text_of(json, "address");
  out.status = enum_of(json, "status", RecipientStatus::pending);
  out.smtp_code = static_cast<int>(integer_of(json, "smtp_code"));
  out.enhanced_code = text_of(json, "enhanced_code");
  out.reply = text_of(json, "reply");
  out.delivered_at = time_of(json, "delivered_at");
  return out;
}

HistoryEntry read_history(const Json& json) {
  HistoryEntry out;
  out.attempt = static_cast<int>(integer_of(json, "attempt"));
  out.started_at = time_of(json, "started_at").value_or(Time{});
  out.finished_at = time_of(json, "finished_at").value_or(Time{});
  out.outcome = enum_of(json, "outcome", AttemptOutcome::temporary);
  out.relay = text_of(json, "relay");
  out.error = text_of(json, "error");
  return out;
}

JobError read_job_error(const Json& json) {
  JobError out;
  out.code = enum_of(json, "code", Failure::temporary);
  out.message = text_of(json, "message");
  out.at = time_of(json, "at").value_or(Time{});
  out.smtp_code = static_cast<int>(integer_of(json, "smtp_code"));
  out.enhanced_code = text_of(json, "enhanced_code");
  return out;
}

void read_words(const Json& json, Job& job) {
  for (const Json& tag : child(json, "tags")) {
    if (tag.is_string()) job.tags.push_back(tag.get<std::string>());
  }
  for (const auto& item : child(json, "metadata").items()) {
    if (item.value().is_string()) job.metadata.emplace(item.key(), item.value().get<std::string>());
  }
  job.from = text_of(json, "from");
  job.subject = text_of(json, "subject");
  job.submitted_by = text_of(json, "submitted_by");
}

Result<Job> read_job(const Json& json) {
  const auto id = json.is_object() ? JobId::parse(text_of(json, "id")) : std::nullopt;
  if (!id) return Error{Code::invalid_json, "the reply holds no job; is another program listening there?"};
  Job job;
  job.id = *id;
  job.kind = text_of(json, "kind");
  job.status = enum_of(json, "status", JobStatus::pending);
  job.attempts = static_cast<int>(integer_of(json, "attempts"));
  job.max_attempts = static_cast<int>(integer_of(json, "max_attempts"));
  job.priority = static_cast<int>(integer_of(json, "priority"));
  job.created_at = time_of(json, "created_at").value_or(Time{});
  job.updated_at = time_of(json, "updated_at").value_or(Time{});
  job.started_at = time_of(json, "started_at");
  job.finished_at = time_of(json, "finished_at");
  job.next_attempt_at = time_of(json, "next_attempt_at");
  job.expires_at = time_of(json, "expires_at").value_or(Time{});
  job.duration = Duration(integer_of(json, "duration_ms"));
  read_words(json, job);
  job.waiting_for = named<WaitingFor>(text_of(json, "waiting_for"));
  if (child(json, "error").is_object()) job.error = read_job_error(json["error"]);
  for (const Json& recipient : child(json, "recipients")) job.recipients.push_back(read_recipient(recipient));
  for (const Json& entry : child(json, "history")) job.history.push_back(read_history(entry));
  return job;
}

Error read_error(const Json& json, int status) {
  Error out;
  out.code =
      code_named(text_of(json, "code")).value_or(status >= 400 && status < 500 ? Code::invalid_field : Code::internal);
  out.message = text_of(json, "message");
  out.field = text_of(json, "field");
  const std::int64_t retry_after = integer_of(json, "retry_after_ms");
  if (retry_after > 0) out.retry_after = Duration(retry_after);
  return out;
}

}  // namespace

Result<ReplyLine> decode_reply(std::string_view line) {
  Result<ServerLine> read = decode_server_line(line);
  if (!read) return std::move(read).error();
  if (auto* reply = std::get_if<ReplyLine>(&*read)) return std::move(*reply);
  return Error{Code::invalid_json, "jobd told of an event where a reply was due"};
}

Result<ServerLine> decode_server_line(std::string_view line) {
  Result<Json> tree = parse_json(line);
  if (!tree) return std::move(tree).error();
  RequestId id;
  const Json& given = child(*tree, "id");
  if (given.is_string()) id = given.get<std::string>();
  if (given.is_number_integer()) id = given.get<std::int64_t>();
  // Parts of it from the line again, for the order of their keys: what a person or script is shown is what jobd wrote.
  const auto part = [line](const char* key) { return dump_json(OrderedJson::parse(line)[key]); };
  if (const std::string event = text_of(*tree, "event"); !event.empty()) {
    const auto seq = static_cast<std::uint64_t>(integer_of(*tree, "seq"));
    return ServerLine(EventLine{std::move(id), event, seq, child(*tree, "job").is_object() ? part("job") : ""});
  }
  const int status = static_cast<int>(integer_of(*tree, "status"));
  if (status == 0) return Error{Code::invalid_json, "the reply is none of jobd's; is another program listening there?"};
  if (status < 400) return ServerLine(ReplyLine{std::move(id), status, part("result")});
  return ServerLine(ReplyLine{std::move(id), status, read_error(child(*tree, "error"), status)});
}

Result<Job> decode_job(std::string_view json) {
  Result<Json> tree = parse_json(json);
  if (!tree) return std::move(tree).error();
  return read_job(*tree);
}

Result<JobPage> decode_page(std::string_view json) {
  Result<Json> tree = parse_json(json);
  if (!tree) return std::move(tree).error();
  JobPage page;
  for (const Json& item : child(*tree, "jobs")) {
    Result<Job> job = read_job(item);
    if (!job) return std::move(job).error();
    page.jobs.push_back(*std::move(job));
  }
  const std::string cursor = text_of(*tree, "next_cursor");
  if (!cursor.empty()) page.next_cursor = cursor;
  return page;
}

Result<Stats> decode_stats(std::string_view json) {
  Result<Json> tree = parse_json(json);
  if (!tree) return std::move(tree).error();
  Stats out;
  out.version = text_of(*tree, "version");
  out.started_at = time_of(*tree, "started_at").value_or(Time{});
  out.paused = bool_of(*tree, "paused");
  out.draining = bool_of(*tree, "draining");
  for (std::size_t i = 0; i < out.jobs.size(); ++i) {
    out.jobs[i] = static_cast<std::uint64_t>(
        integer_of(child(*tree, "jobs"), std::string(name(static_cast<JobStatus>(i))).c_str()));
  }
  out.slots = static_cast<std::uint64_t>(integer_of(*tree, "slots"));
  out.submitted_per_second = number_of(child(*tree, "rates"), "submitted_per_second");
  out.finished_per_second = number_of(child(*tree, "rates"), "finished_per_second");
  const Json& limits = child(*tree, "limits");
  out.line_bytes = static_cast<std::size_t>(integer_of(limits, "line_bytes"));
  out.content_bytes = static_cast<std::size_t>(integer_of(limits, "content_bytes"));
  out.recipients = static_cast<std::size_t>(integer_of(limits, "recipients"));
  out.max_queued_jobs = static_cast<std::uint64_t>(integer_of(limits, "max_queued_jobs"));
  out.store = text_of(*tree, "store");
  out.transport = text_of(*tree, "transport");
  for (const Json& relay : child(*tree, "relays")) out.relays.push_back(read_relay(relay));
  for (const Json& route : child(*tree, "routes")) {
    out.routes.push_back({text_of(route, "sender"), text_of(route, "recipient"), texts_of(child(route, "relays")),
                          texts_of(child(route, "in_use"))});
  }
  for (const Json& domain : child(*tree, "domains")) out.domains.push_back(read_domain(domain));
  return out;
}

Result<QueueState> decode_queue_state(std::string_view json) {
  Result<Json> tree = parse_json(json);
  if (!tree) return std::move(tree).error();
  return QueueState{bool_of(*tree, "paused")};
}

Result<Pong> decode_pong(std::string_view json) {
  Result<Json> tree = parse_json(json);
  if (!tree) return std::move(tree).error();
  return Pong{text_of(*tree, "version")};
}

Result<Changed> decode_changed(std::string_view json) {
  Result<Json> tree = parse_json(json);
  if (!tree) return std::move(tree).error();
  return Changed{static_cast<std::uint64_t>(integer_of(*tree, "matched")),
                 static_cast<std::uint64_t>(integer_of(*tree, "changed"))};
}

Result<ProbeReport> decode_probe_report(std::string_view json) {
  Result<Json> tree = parse_json(json);
  if (!tree) return std::move(tree).error();
  ProbeReport out;
  out.relay = text_of(*tree, "relay");
  out.url = text_of(*tree, "url");
  out.ok = bool_of(*tree, "ok");
  for (const Json& step : child(*tree, "steps")) {
    out.steps.push_back({text_of(step, "name"), bool_of(step, "ok"), text_of(step, "detail"),
                         Duration(integer_of(step, "duration_ms"))});
  }
  out.error = text_of(*tree, "error");
  for (const Json& line : child(*tree, "transcript")) {
    if (line.is_string()) out.transcript.push_back(line.get<std::string>());
  }
  return out;
}

Result<Watching> decode_watching(std::string_view json) {
  Result<Json> tree = parse_json(json);
  if (!tree) return std::move(tree).error();
  return Watching{static_cast<std::uint64_t>(integer_of(*tree, "seq"))};
}

}  // namespace jobd
