#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "shared/address.h"
#include "shared/codec.h"
#include "shared/object_reader.h"
#include "shared/operations.h"
#include "shared/submit_codec.h"
#include "shared/unicode.h"

namespace jobd {
namespace {

// The emails of a batch, one after another; each that is wrong stands as its own error.
class BatchReader {
 public:
  explicit BatchReader(const CodecLimits& limits) : limits_(limits) {}

  void add(const Json& item) {
    std::optional<Error> error;
    ObjectReader fields(item, next_path(), error);
    SubmitEmail submit = read_submit(fields, limits_);
    recipients_ += submit.email.to.size() + submit.email.cc.size() + submit.email.bcc.size();
    if (recipients_ > limits::kBatchRecipients) {
      fields.fail("to",
                  "is beyond the " + std::to_string(limits::kBatchRecipients) +
                      " recipients of one batch; submit the rest in another",
                  Code::too_large);
    }
    if (error) {
      batch_.emails.emplace_back(*std::move(error));
    } else {
      batch_.emails.emplace_back(std::move(submit));
    }
  }
  void add(Error error) {
    error.field = next_path();
    batch_.emails.emplace_back(std::move(error));
  }

  std::size_t size() const { return batch_.emails.size(); }
  SubmitEmails take() { return std::move(batch_); }

 private:
  std::string next_path() const { return "emails[" + std::to_string(batch_.emails.size()) + "]"; }

  const CodecLimits& limits_;
  SubmitEmails batch_;
  std::size_t recipients_ = 0;
};

SubmitEmails read_submits(ObjectReader& fields, const CodecLimits& limits) {
  const Json::array_t* items = fields.array("emails", limits::kBatchItems);
  if (items == nullptr) {
    fields.fail("emails", "is missing; give a list of emails", Code::missing_field);
    return {};
  }
  fields.refuse_unknown();
  BatchReader batch(limits);
  for (const Json& item : *items) batch.add(item);
  return batch.take();
}

GetJob read_get(ObjectReader& fields) {
  GetJob get;
  get.id = fields.job_id("id").value_or(JobId{});
  get.wait = std::min<Duration>(fields.duration("wait", Duration(0), limits::kHorizon).value_or(Duration(0)),
                                limits::kWaitMax);
  const auto include = fields.text("include", {});
  get.include_content = include.has_value();
  if (include && *include != "content") fields.fail("include", "must be \"content\"");
  return get;
}

JobFilter read_filter(ObjectReader& fields) {
  JobFilter filter;
  filter.status = fields.enumerator<JobStatus>("status");
  // Not empty: a script's unset variable must not widen what is meant.
  filter.tag = fields.text("tag", {.bytes_max = limits::kTagBytes, .may_be_empty = false}).value_or("");
  filter.recipient = fields.text("recipient", {.bytes_max = limits::kAddressBytes, .may_be_empty = false}).value_or("");
  filter.since = fields.time("since");
  filter.until = fields.time("until");
  return filter;
}

ListJobs read_list(ObjectReader& fields) {
  ListJobs list;
  list.filter = read_filter(fields);
  if (const auto limit = fields.integer("limit", 1, limits::kListLimit)) list.limit = static_cast<std::size_t>(*limit);
  list.cursor = fields.text("cursor", {.bytes_max = limits::kCursorBytes}).value_or("");
  return list;
}

std::optional<Duration> read_new_ttl(ObjectReader& fields) {
  return fields.duration("ttl", std::chrono::seconds(1), limits::kHorizon);
}

// What many jobs are changed by: a filter that asks for something, so that nobody changes all by leaving it out.
template <typename Many>
Many read_many(ObjectReader& fields) {
  Many many;
  many.filter = read_filter(fields);
  if (const auto limit = fields.integer("limit", 1, limits::kJsonIntegerMax)) {
    many.limit = static_cast<std::uint64_t>(*limit);
  }
  const JobFilter& filter = many.filter;
  if (!filter.status && filter.tag.empty() && filter.recipient.empty() && !filter.since && !filter.until) {
    fields.fail("status", "or tag, recipient, since or until must say which jobs", Code::missing_field);
  }
  return many;
}

RetryJobs read_retry_jobs(ObjectReader& fields) {
  auto retry = read_many<RetryJobs>(fields);
  retry.ttl = read_new_ttl(fields);
  return retry;
}

Watch read_watch(ObjectReader& fields) {
  Watch watch;
  if (fields.find("job") != nullptr) watch.job = fields.job_id("job");
  if (const auto after = fields.integer("after", 0, limits::kJsonIntegerMax)) {
    watch.after = static_cast<std::uint64_t>(*after);
  }
  return watch;
}

RetryJob read_retry(ObjectReader& fields) {
  RetryJob retry;
  retry.id = fields.job_id("id").value_or(JobId{});
  retry.ttl = read_new_ttl(fields);
  return retry;
}

ProbeRelay read_probe(ObjectReader& fields) {
  ProbeRelay probe;
  probe.relay = fields.text("relay", {.bytes_max = limits::kRelayNameBytes}).value_or("");
  if (const auto to = fields.text("to", {})) {
    const Result<std::string> address = check_address(*to);
    if (!address) fields.fail("to", address.error().message);
    probe.to = *to;
  }
  probe.timeout = fields.duration("timeout", std::chrono::seconds(1), limits::kProbeTime).value_or(probe.timeout);
  return probe;
}

Result<RequestId> read_request_id(const Json& given) {
  const bool too_big = given.is_number_unsigned() && given.get<std::uint64_t>() > INT64_MAX;
  if (given.is_string() && given.get_ref<const std::string&>().size() > limits::kRequestIdBytes) {
    return Error{Code::invalid_field, "id is longer than " + std::to_string(limits::kRequestIdBytes) + " bytes", "id"};
  }
  if (given.is_string()) return RequestId(given.get<std::string>());
  if (given.is_number_integer() && !too_big) return RequestId(given.get<std::int64_t>());
  return Error{Code::invalid_field, "id must be a string or a 64-bit integer", "id"};
}

// One reader a request type, found by its type: a new one without it does not compile.
template <typename T>
struct For {};

Request read(For<SubmitEmail>, ObjectReader& fields, const CodecLimits& limits) {
  return read_submit(fields, limits);
}
Request read(For<SubmitEmails>, ObjectReader& fields, const CodecLimits& limits) {
  return read_submits(fields, limits);
}
Request read(For<GetJob>, ObjectReader& fields, const CodecLimits&) {
  return read_get(fields);
}
Request read(For<ListJobs>, ObjectReader& fields, const CodecLimits&) {
  return read_list(fields);
}
Request read(For<CancelJob>, ObjectReader& fields, const CodecLimits&) {
  return CancelJob{fields.job_id("id").value_or(JobId{})};
}
Request read(For<RetryJob>, ObjectReader& fields, const CodecLimits&) {
  return read_retry(fields);
}
Request read(For<CancelJobs>, ObjectReader& fields, const CodecLimits&) {
  return read_many<CancelJobs>(fields);
}
Request read(For<RetryJobs>, ObjectReader& fields, const CodecLimits&) {
  return read_retry_jobs(fields);
}
Request read(For<DeleteJob>, ObjectReader& fields, const CodecLimits&) {
  return DeleteJob{fields.job_id("id").value_or(JobId{})};
}
Request read(For<Watch>, ObjectReader& fields, const CodecLimits&) {
  return read_watch(fields);
}
Request read(For<Unwatch>, ObjectReader& fields, const CodecLimits&) {
  const Json* given = fields.find("id");
  if (given == nullptr) fields.fail("id", "is missing; give that of the watch", Code::missing_field);
  const Result<RequestId> id = given == nullptr ? RequestId{} : read_request_id(*given);
  if (!id) fields.adopt(id.error());
  return Unwatch{id ? *id : RequestId{}};
}
Request read(For<GetReady>, ObjectReader&, const CodecLimits&) {
  return GetReady{};
}
Request read(For<GetStats>, ObjectReader&, const CodecLimits&) {
  return GetStats{};
}
Request read(For<Pause>, ObjectReader&, const CodecLimits&) {
  return Pause{};
}
Request read(For<Resume>, ObjectReader&, const CodecLimits&) {
  return Resume{};
}
Request read(For<Ping>, ObjectReader&, const CodecLimits&) {
  return Ping{};
}
Request read(For<ProbeRelay>, ObjectReader& fields, const CodecLimits&) {
  return read_probe(fields);
}

using Read = Request (*)(ObjectReader&, const CodecLimits&);

template <std::size_t... I>
constexpr std::array<Read, sizeof...(I)> readers_of(std::index_sequence<I...> /*alternatives*/) {
  return {[](ObjectReader& fields, const CodecLimits& limits) -> Request {
    return read(For<std::variant_alternative_t<I, Request>>{}, fields, limits);
  }...};
}
constexpr auto kReaders = readers_of(std::make_index_sequence<std::variant_size_v<Request>>{});

Result<Request> read_params(const Operation& operation, const Json& params, const CodecLimits& limits) {
  std::optional<Error> error;
  ObjectReader fields(params, "", error);
  Request request = kReaders[operation.request_index](fields, limits);
  fields.refuse_unknown();
  if (error) return *std::move(error);
  return request;
}

// Whose answer, or part of it, can come after those of later requests.
bool answers_out_of_turn(const Request& request) {
  const auto* get = std::get_if<GetJob>(&request);
  return (get != nullptr && get->wait > Duration(0)) || std::holds_alternative<Watch>(request);
}

Result<Request> read_request(const Json& line, const RequestId& id, const CodecLimits& limits) {
  const auto op = line.find("op");
  if (op == line.end()) return Error{Code::missing_field, R"(op is missing; a request looks like {"op":"ping"})", "op"};
  if (!op->is_string()) return Error{Code::invalid_field, "op must be a string", "op"};
  const Operation* operation = find_operation(op->get_ref<const std::string&>());
  if (operation == nullptr) {
    return Error{Code::unknown_operation, "there is no operation \"" + op->get<std::string>().substr(0, 64) + "\"",
                 "op"};
  }
  static const Json kNone = Json::object();
  const auto params = line.find("params");
  Result<Request> request =
      read_params(*operation, params == line.end() || params->is_null() ? kNone : *params, limits);
  if (request && answers_out_of_turn(*request) && std::holds_alternative<std::monostate>(id)) {
    return Error{Code::missing_field,
                 "a request that waits or watches needs an id, since what it tells can come after later replies", "id"};
  }
  return request;
}

// In a query all is text; these are numbers in JSON.
Json field_value(const std::string& name, const std::string& text) {
  const bool is_number = name == "limit" || name == "after";
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  if (is_number && std::from_chars(text.data(), end, number) == std::from_chars_result{end, {}}) return number;
  return text;
}

}  // namespace

RequestLine decode_request(std::string_view line, const CodecLimits& limits) {
  Result<Json> tree = parse_json(line);
  if (!tree) return {{}, std::move(tree).error()};
  if (!tree->is_object()) return {{}, Error{Code::invalid_json, R"(a request is a JSON object like {"op":"ping"})"}};
  RequestId id;
  const auto given = tree->find("id");
  if (given != tree->end() && !given->is_null()) {
    Result<RequestId> read = read_request_id(*given);
    if (!read) return {{}, std::move(read).error()};
    id = *std::move(read);
  }
  Result<Request> request = read_request(*tree, id, limits);
  return {std::move(id), std::move(request)};
}

Result<Request> decode_request(const RequestParts& parts, const CodecLimits& limits) {
  Result<Json> params = parts.body.empty() ? Result<Json>(Json::object()) : parse_json(parts.body);
  if (!params) return std::move(params).error();
  if (!params->is_object()) return Error{Code::invalid_field, "the body must be a JSON object"};
  for (const auto& [name, value] : parts.fields) {
    if (!is_utf8(value) || !is_utf8(name)) return Error{Code::invalid_field, "a field of the URL is no UTF-8"};
    if (!params->emplace(name, field_value(name, value)).second) {
      return Error{Code::invalid_field, name + " is given twice", name};
    }
  }
  return read_params(parts.operation, *params, limits);
}

Result<Request> decode_email_lines(std::string_view body, const CodecLimits& limits) {
  BatchReader batch(limits);
  while (!body.empty()) {
    const std::string_view line = body.substr(0, body.find('\n'));
    body.remove_prefix(std::min(body.size(), line.size() + 1));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (batch.size() == limits::kBatchItems) {
      return Error{Code::invalid_field, "emails has more than " + std::to_string(limits::kBatchItems) + " items",
                   "emails"};
    }
    Result<Json> item = parse_json(line);
    if (item) {
      batch.add(*item);
    } else {
      batch.add(std::move(item).error());
    }
  }
  return Request(batch.take());
}

}  // namespace jobd
