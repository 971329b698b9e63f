#include <array>
#include <utility>

#include "shared/address.h"
#include "shared/codec.h"
#include "shared/email_codec.h"
#include "shared/object_reader.h"
#include "shared/operations.h"

namespace jobd {
namespace {

bool is_traceparent(std::string_view text) {
  constexpr std::string_view kPattern = "hh-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";
  if (text.size() != kPattern.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (kPattern[i] == 'h' ? !hex : text[i] != '-') return false;
  }
  return true;
}

void read_tags(ObjectReader& fields, std::vector<std::string>& tags) {
  const Json::array_t* items = fields.array("tags", limits::kTags);
  if (items == nullptr) return;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const std::string path = "tags[" + std::to_string(i) + "]";
    const Json& item = (*items)[i];
    if (!item.is_string()) return fields.fail(path, "must be a string");
    tags.push_back(item.get<std::string>());
    if (auto problem = broken_rule(tags.back(), {.bytes_max = limits::kTagBytes, .may_be_empty = false})) {
      return fields.fail(path, *std::move(problem));
    }
  }
}

void read_metadata(ObjectReader& fields, Metadata& metadata) {
  const Json* object = fields.object("metadata");
  if (object == nullptr) return;
  if (object->size() > limits::kMetadataKeys) {
    return fields.fail("metadata", "has more than " + std::to_string(limits::kMetadataKeys) + " keys");
  }
  for (const auto& item : object->items()) {
    const std::string path = "metadata." + item.key();
    if (auto problem = broken_rule(item.key(), {.bytes_max = limits::kMetadataKeyBytes, .may_be_empty = false})) {
      return fields.fail("metadata", "has a key that " + *problem);
    }
    if (!item.value().is_string()) return fields.fail(path, "must be a string");
    auto value = item.value().get<std::string>();
    if (auto problem = broken_rule(value, {.bytes_max = limits::kMetadataValueBytes, .is_body = true})) {
      return fields.fail(path, *std::move(problem));
    }
    metadata.emplace(item.key(), std::move(value));
  }
}

void read_times(ObjectReader& fields, SubmitEmail& submit) {
  submit.scheduled_at = fields.time("scheduled_at");
  submit.delay = fields.duration("delay", Duration(0), limits::kHorizon);
  if (submit.scheduled_at && submit.delay) fields.fail("delay", "cannot stand beside scheduled_at");
  submit.ttl = fields.duration("ttl", std::chrono::seconds(1), limits::kHorizon);
  submit.expires_at = fields.time("expires_at");
  if (submit.ttl && submit.expires_at) fields.fail("ttl", "cannot stand beside expires_at");
}

SubmitEmail read_submit(ObjectReader& fields, const CodecLimits& limits) {
  SubmitEmail submit;
  submit.email = read_email(fields, limits);
  read_tags(fields, submit.tags);
  read_metadata(fields, submit.metadata);
  read_times(fields, submit);
  if (const auto priority = fields.integer("priority", 0, limits::kPriorityMax))
    submit.priority = static_cast<int>(*priority);
  if (const auto most = fields.integer("max_attempts", 1, limits::kMaxAttempts))
    submit.max_attempts = static_cast<int>(*most);
  submit.idempotency_key =
      fields.text("idempotency_key", {.bytes_max = limits::kIdempotencyKeyBytes, .may_be_empty = false}).value_or("");
  submit.on_uncertain = fields.enumerator<OnUncertain>("on_uncertain");
  submit.envelope_from = fields.text("envelope_from", {});
  if (submit.envelope_from && !submit.envelope_from->empty()) {
    const Result<std::string> address = check_address(*submit.envelope_from);
    if (!address) fields.fail("envelope_from", address.error().message);
  }
  submit.traceparent = fields.text("traceparent", {}).value_or("");
  if (!submit.traceparent.empty() && !is_traceparent(submit.traceparent)) {
    fields.fail("traceparent", "is no W3C trace context");
  }
  fields.refuse_unknown();
  return submit;
}

SubmitEmails read_submits(ObjectReader& fields, const CodecLimits& limits) {
  SubmitEmails batch;
  const Json::array_t* items = fields.array("emails", limits::kBatchItems);
  if (items == nullptr) {
    fields.fail("emails", "is missing; give a list of emails", Code::missing_field);
    return batch;
  }
  fields.refuse_unknown();
  std::size_t recipients = 0;
  for (std::size_t i = 0; i < items->size(); ++i) {
    std::optional<Error> error;
    ObjectReader inner((*items)[i], "emails[" + std::to_string(i) + "]", error);
    SubmitEmail submit = read_submit(inner, limits);
    recipients += submit.email.to.size() + submit.email.cc.size() + submit.email.bcc.size();
    if (!error && recipients > limits::kBatchRecipients) {
      inner.fail("to",
                 "is beyond the " + std::to_string(limits::kBatchRecipients) +
                     " recipients of one batch; submit the rest in another",
                 Code::too_large);
    }
    if (error) {
      batch.emails.emplace_back(*std::move(error));
    } else {
      batch.emails.emplace_back(std::move(submit));
    }
  }
  return batch;
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

ListJobs read_list(ObjectReader& fields) {
  ListJobs list;
  list.filter.status = fields.enumerator<JobStatus>("status");
  list.filter.tag = fields.text("tag", {.bytes_max = limits::kTagBytes}).value_or("");
  list.filter.recipient = fields.text("recipient", {.bytes_max = limits::kAddressBytes}).value_or("");
  list.filter.since = fields.time("since");
  list.filter.until = fields.time("until");
  if (const auto limit = fields.integer("limit", 1, limits::kListLimit)) list.limit = static_cast<std::size_t>(*limit);
  list.cursor = fields.text("cursor", {.bytes_max = limits::kCursorBytes}).value_or("");
  return list;
}

RetryJob read_retry(ObjectReader& fields) {
  RetryJob retry;
  retry.id = fields.job_id("id").value_or(JobId{});
  retry.ttl = fields.duration("ttl", std::chrono::seconds(1), limits::kHorizon);
  return retry;
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

using Read = Request (*)(ObjectReader&, const CodecLimits&);

template <std::size_t... I>
constexpr std::array<Read, sizeof...(I)> readers_of(std::index_sequence<I...> /*alternatives*/) {
  return {[](ObjectReader& fields, const CodecLimits& limits) -> Request {
    return read(For<std::variant_alternative_t<I, Request>>{}, fields, limits);
  }...};
}
constexpr auto kReaders = readers_of(std::make_index_sequence<std::variant_size_v<Request>>{});

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
  std::optional<Error> error;
  ObjectReader fields(params == line.end() || params->is_null() ? kNone : *params, "", error);
  Request request = kReaders[operation->request_index](fields, limits);
  fields.refuse_unknown();
  if (error) return *std::move(error);
  const auto* get = std::get_if<GetJob>(&request);
  if (get != nullptr && get->wait > Duration(0) && std::holds_alternative<std::monostate>(id)) {
    return Error{Code::missing_field,
                 "a request that waits needs an id, since its reply can come after those of later requests", "id"};
  }
  return request;
}

void write_submit(const SubmitEmail& submit, OrderedJson& out) {
  if (!submit.tags.empty()) out["tags"] = submit.tags;
  if (!submit.metadata.empty()) out["metadata"] = submit.metadata;
  if (submit.priority) out["priority"] = *submit.priority;
  if (submit.scheduled_at) out["scheduled_at"] = format_time(*submit.scheduled_at);
  if (submit.delay) out["delay"] = format_duration(*submit.delay);
  if (submit.ttl) out["ttl"] = format_duration(*submit.ttl);
  if (submit.expires_at) out["expires_at"] = format_time(*submit.expires_at);
  if (submit.max_attempts) out["max_attempts"] = *submit.max_attempts;
  if (submit.on_uncertain) out["on_uncertain"] = name(*submit.on_uncertain);
  if (submit.envelope_from) out["envelope_from"] = *submit.envelope_from;
  if (!submit.traceparent.empty()) out["traceparent"] = submit.traceparent;
}

// The params of each request.
struct ParamsWriter {
  OrderedJson operator()(const SubmitEmail& submit) const {
    OrderedJson out = OrderedJson::object();
    write_email(submit.email, out);
    write_submit(submit, out);
    if (!submit.idempotency_key.empty()) out["idempotency_key"] = submit.idempotency_key;
    return out;
  }
  OrderedJson operator()(const SubmitEmails& batch) const {
    OrderedJson list = OrderedJson::array();
    for (const auto& item : batch.emails) {
      if (item) list.push_back((*this)(*item));
    }
    return {{"emails", std::move(list)}};
  }
  OrderedJson operator()(const GetJob& get) const {
    OrderedJson out{{"id", get.id.text()}};
    if (get.wait > Duration(0)) out["wait"] = format_duration(get.wait);
    if (get.include_content) out["include"] = "content";
    return out;
  }
  OrderedJson operator()(const ListJobs& list) const {
    OrderedJson out{{"limit", list.limit}};
    if (list.filter.status) out["status"] = name(*list.filter.status);
    if (!list.filter.tag.empty()) out["tag"] = list.filter.tag;
    if (!list.filter.recipient.empty()) out["recipient"] = list.filter.recipient;
    if (list.filter.since) out["since"] = format_time(*list.filter.since);
    if (list.filter.until) out["until"] = format_time(*list.filter.until);
    if (!list.cursor.empty()) out["cursor"] = list.cursor;
    return out;
  }
  OrderedJson operator()(const CancelJob& cancel) const { return {{"id", cancel.id.text()}}; }
  OrderedJson operator()(const RetryJob& retry) const {
    OrderedJson out{{"id", retry.id.text()}};
    if (retry.ttl) out["ttl"] = format_duration(*retry.ttl);
    return out;
  }
  OrderedJson operator()(const GetStats&) const { return OrderedJson::object(); }
  OrderedJson operator()(const Pause&) const { return OrderedJson::object(); }
  OrderedJson operator()(const Resume&) const { return OrderedJson::object(); }
  OrderedJson operator()(const Ping&) const { return OrderedJson::object(); }
};

}  // namespace

RequestLine decode_request(std::string_view line, const CodecLimits& limits) {
  Result<Json> tree = parse_json(line);
  if (!tree) return {{}, std::move(tree).error()};
  if (!tree->is_object()) return {{}, Error{Code::invalid_json, R"(a request is a JSON object like {"op":"ping"})"}};
  RequestId id;
  const auto given = tree->find("id");
  if (given != tree->end() && !given->is_null()) {
    const bool too_big = given->is_number_unsigned() && given->get<std::uint64_t>() > INT64_MAX;
    const bool too_long = given->is_string() && given->get_ref<const std::string&>().size() > limits::kRequestIdBytes;
    if (too_long) {
      return {
          {},
          Error{Code::invalid_field, "id is longer than " + std::to_string(limits::kRequestIdBytes) + " bytes", "id"}};
    }
    if (given->is_string()) {
      id = given->get<std::string>();
    } else if (given->is_number_integer() && !too_big) {
      id = given->get<std::int64_t>();
    } else {
      return {{}, Error{Code::invalid_field, "id must be a string or a 64-bit integer", "id"}};
    }
  }
  Result<Request> request = read_request(*tree, id, limits);
  return {std::move(id), std::move(request)};
}

std::string encode_request(const Request& request, const RequestId& id) {
  OrderedJson out = OrderedJson::object();
  if (const auto* text = std::get_if<std::string>(&id)) out["id"] = *text;
  if (const auto* number = std::get_if<std::int64_t>(&id)) out["id"] = *number;
  out["op"] = operation_of(request).name;
  OrderedJson params = std::visit(ParamsWriter{}, request);
  if (!params.empty()) out["params"] = std::move(params);
  return dump_json(out);
}

std::string encode_submit_options(const SubmitEmail& submit) {
  OrderedJson out = OrderedJson::object();
  write_submit(submit, out);
  return dump_json(out);
}

}  // namespace jobd
