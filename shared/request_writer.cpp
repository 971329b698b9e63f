// Typed requests as the JSON that jobctl sends, and the canonical forms that the daemon compares.
#include "shared/codec.h"
#include "shared/email_codec.h"
#include "shared/names.h"
#include "shared/operations.h"
#include "shared/submit_codec.h"

namespace jobd {
namespace {

void write_filter(const JobFilter& filter, OrderedJson& out) {
  if (filter.status) out["status"] = name(*filter.status);
  if (!filter.tag.empty()) out["tag"] = filter.tag;
  if (!filter.recipient.empty()) out["recipient"] = filter.recipient;
  if (filter.since) out["since"] = format_time(*filter.since);
  if (filter.until) out["until"] = format_time(*filter.until);
}

void write_id(const RequestId& id, OrderedJson& out) {
  if (const auto* text = std::get_if<std::string>(&id)) out["id"] = *text;
  if (const auto* number = std::get_if<std::int64_t>(&id)) out["id"] = *number;
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
    write_filter(list.filter, out);
    if (!list.cursor.empty()) out["cursor"] = list.cursor;
    return out;
  }
  OrderedJson operator()(const CancelJob& cancel) const { return {{"id", cancel.id.text()}}; }
  OrderedJson operator()(const RetryJob& retry) const {
    OrderedJson out{{"id", retry.id.text()}};
    if (retry.ttl) out["ttl"] = format_duration(*retry.ttl);
    return out;
  }
  OrderedJson operator()(const CancelJobs& cancel) const {
    OrderedJson out = OrderedJson::object();
    write_filter(cancel.filter, out);
    if (cancel.limit) out["limit"] = *cancel.limit;
    return out;
  }
  OrderedJson operator()(const RetryJobs& retry) const {
    OrderedJson out = OrderedJson::object();
    write_filter(retry.filter, out);
    if (retry.limit) out["limit"] = *retry.limit;
    if (retry.ttl) out["ttl"] = format_duration(*retry.ttl);
    return out;
  }
  OrderedJson operator()(const DeleteJob& remove) const { return {{"id", remove.id.text()}}; }
  OrderedJson operator()(const Watch& watch) const {
    OrderedJson out = OrderedJson::object();
    if (watch.job) out["job"] = watch.job->text();
    if (watch.after) out["after"] = *watch.after;
    return out;
  }
  OrderedJson operator()(const Unwatch& unwatch) const {
    OrderedJson out = OrderedJson::object();
    write_id(unwatch.id, out);
    return out;
  }
  OrderedJson operator()(const GetReady&) const { return OrderedJson::object(); }
  OrderedJson operator()(const GetStats&) const { return OrderedJson::object(); }
  OrderedJson operator()(const Pause&) const { return OrderedJson::object(); }
  OrderedJson operator()(const Resume&) const { return OrderedJson::object(); }
  OrderedJson operator()(const Ping&) const { return OrderedJson::object(); }
  OrderedJson operator()(const ProbeRelay& probe) const {
    OrderedJson out = OrderedJson::object();
    if (!probe.relay.empty()) out["relay"] = probe.relay;
    if (!probe.to.empty()) out["to"] = probe.to;
    if (probe.timeout != Duration(limits::kProbeTime)) out["timeout"] = format_duration(probe.timeout);
    return out;
  }
};

}  // namespace

std::string encode_request(const Request& request, const RequestId& id) {
  OrderedJson out = OrderedJson::object();
  write_id(id, out);
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
