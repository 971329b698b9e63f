#include "shared/submit_codec.h"

#include <algorithm>
#include <array>

#include "shared/address.h"
#include "shared/email_codec.h"
#include "shared/trace_context.h"
#include "shared/unicode.h"

namespace jobd {
namespace {

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

bool is_template_name(std::string_view name) {
  return !name.empty() && name.size() <= limits::kTemplateNameBytes && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::optional<TemplateCall> read_template(ObjectReader& fields, const Email& email) {
  const auto name = fields.text("template", {});
  const Json* variables = fields.object("variables");
  if (!name) {
    if (variables != nullptr) fields.fail("variables", "stands beside template only");
    return std::nullopt;
  }
  if (!is_template_name(*name)) {
    fields.fail("template", "must be a name of a-z, 0-9, - and _, of " + std::to_string(limits::kTemplateNameBytes) +
                                " bytes at most");
  }
  if (email.text || email.html || email.raw) fields.fail("template", "stands instead of body, text, html and raw");
  TemplateCall call{*name, variables == nullptr ? "{}" : dump_json(*variables)};
  if (call.variables.size() > limits::kVariablesBytes) {
    fields.fail("variables", "have more than " + std::to_string(limits::kVariablesBytes) + " bytes");
  }
  return call;
}

struct NotifyWord {
  std::string_view word;
  bool Dsn::* member;
};
constexpr std::array<NotifyWord, 4> kNotifyWords{
    {{"never", &Dsn::never}, {"success", &Dsn::success}, {"failure", &Dsn::failure}, {"delay", &Dsn::delay}}};

void read_notify(ObjectReader& inner, Dsn& dsn) {
  const Json::array_t* words = inner.array("notify", kNotifyWords.size());
  if (words == nullptr)
    return inner.fail("notify", "is missing; name failure, delay, success, or never", Code::missing_field);
  for (std::size_t i = 0; i < words->size(); ++i) {
    const Json& word = (*words)[i];
    const auto* known = std::ranges::find_if(kNotifyWords, [&](const NotifyWord& each) { return word == each.word; });
    if (known == kNotifyWords.end()) {
      return inner.fail("notify[" + std::to_string(i) + "]", "must be failure, delay, success or never");
    }
    dsn.*known->member = true;
  }
  if (!dsn.notify()) inner.fail("notify", "is empty; name failure, delay, success, or never");
  if (dsn.never && (dsn.success || dsn.failure || dsn.delay)) inner.fail("notify", "has never beside others");
}

Dsn read_dsn(ObjectReader& fields) {
  Dsn dsn;
  const Json* object = fields.object("dsn");
  if (object == nullptr) return dsn;
  std::optional<Error> error;
  ObjectReader inner(*object, fields.path_of("dsn"), error);
  read_notify(inner, dsn);
  if (const auto word = inner.text("return", {})) {
    if (*word != "headers" && *word != "full") inner.fail("return", "must be headers or full");
    dsn.ret = *word == "headers" ? Dsn::Return::headers : Dsn::Return::full;
  }
  inner.refuse_unknown();
  if (error) fields.adopt(*std::move(error));
  return dsn;
}

OrderedJson dsn_json(const Dsn& dsn) {
  OrderedJson notify = OrderedJson::array();
  for (const NotifyWord& each : kNotifyWords) {
    if (dsn.*each.member) notify.push_back(each.word);
  }
  OrderedJson out{{"notify", std::move(notify)}};
  if (dsn.ret != Dsn::Return::unsaid) out["return"] = dsn.ret == Dsn::Return::headers ? "headers" : "full";
  return out;
}

}  // namespace

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
  submit.from_template = read_template(fields, submit.email);
  submit.dsn = read_dsn(fields);
  fields.refuse_unknown();
  return submit;
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
  if (submit.from_template) {
    out["template"] = submit.from_template->name;
    if (const auto variables = parse_json(submit.from_template->variables)) out["variables"] = OrderedJson(*variables);
  }
  if (submit.dsn != Dsn{}) out["dsn"] = dsn_json(submit.dsn);
}

}  // namespace jobd
