// JSON <-> structs, both ways, for both programs. Requests are checked here completely: what comes out
// typed needs no second look. Paths in errors are those of the JSON ("to[1]", "emails[3].subject").
//
// The header keeps nlohmann's out of the way; json.h has it for those who compose JSON themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "shared/operations.h"
#include "shared/requests.h"

namespace jobd {

// One request line, understood. Errors: invalid_json, unknown_operation, missing_field, invalid_field, unknown_field,
// too_large.
struct RequestLine {
  RequestId id;
  Result<Request> request;
};
struct CodecLimits {
  std::size_t content_bytes = limits::kContentBytes;
  std::size_t recipients = limits::kRecipients;
};
RequestLine decode_request(std::string_view line, const CodecLimits& limits = {});

// The same request as HTTP brings it: fields of the path and the query, decoded, and a body. Together they are the
// params of the operation; a field that comes twice is invalid_field.
struct RequestParts {
  const Operation& operation;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string_view body;  // a JSON object, or nothing
};
Result<Request> decode_request(const RequestParts& parts, const CodecLimits& limits = {});
// submit_emails from one JSON object a line: an email that is wrong, be it no JSON, fails alone.
Result<Request> decode_email_lines(std::string_view body, const CodecLimits& limits = {});

// {"op":...,"params":{...}}: a request as jobctl sends it, without the line end.
std::string encode_request(const Request& request, const RequestId& id = {});

// One reply line without the line end.
std::string encode_reply(const RequestId& id, const Response& response);
std::string encode_reply(const RequestId& id, const Error& error);

// What a watch tells, as a line of its connection.
std::string encode_event(const RequestId& id, const Event& event);

// The result alone, as HTTP gives it; empty where there is none (Deleted).
std::string encode_result(const Response& response);
// The items of a batch, a line each.
std::string encode_item_lines(const SubmittedMany& many);
// RFC 9457. title: the status in words.
std::string encode_problem(const Error& error, int status, std::string_view title);

// A reply as a client reads it: the status, and the result's JSON text or the error.
struct ReplyLine {
  RequestId id;
  int status = 0;
  Result<std::string> result;
};
// Errors: invalid_json when the line is no reply.
Result<ReplyLine> decode_reply(std::string_view line);

// What a watch tells, as a client reads it.
struct EventLine {
  RequestId id;
  std::string event;  // "job" or "reset"
  std::uint64_t seq = 0;
  std::string job;  // JSON text, empty without one
};
using ServerLine = std::variant<ReplyLine, EventLine>;
// Errors: invalid_json when the line is neither.
Result<ServerLine> decode_server_line(std::string_view line);

// From a result's JSON text. Errors: invalid_json.
Result<Job> decode_job(std::string_view json);
Result<JobPage> decode_page(std::string_view json);
Result<Stats> decode_stats(std::string_view json);
Result<QueueState> decode_queue_state(std::string_view json);
Result<Pong> decode_pong(std::string_view json);
Result<Changed> decode_changed(std::string_view json);
Result<Watching> decode_watching(std::string_view json);
Result<ProbeReport> decode_probe_report(std::string_view json);
std::string encode_job(const Job& job);

// The email alone as canonical JSON with the parameter names of the protocol: equal emails give equal texts, which is
// what idempotency compares and a reply tells.
std::string encode_email(const Email& email);
// Errors: internal, when the text is not one that encode_email wrote.
Result<Email> decode_email(std::string_view json);
// A submit without its email and key, canonical, before defaults: with the email the fingerprint that idempotency
// compares.
std::string encode_submit_options(const SubmitEmail& submit);

}  // namespace jobd
