// JSON <-> structs, both ways, for both programs. Requests are checked here completely: what comes out
// typed needs no second look. Paths in errors are those of the JSON ("to[1]", "emails[3].subject").
//
// The header keeps nlohmann's out of the way; json.h has it for those who compose JSON themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "shared/requests.h"

namespace jobd {

// What a request's id may be; it is echoed as it came.
using RequestId = std::variant<std::monostate, std::string, std::int64_t>;

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

// {"op":...,"params":{...}}: a request as jobctl sends it, without the line end.
std::string encode_request(const Request& request, const RequestId& id = {});

// One reply line without the line end.
std::string encode_reply(const RequestId& id, const Response& response);
std::string encode_reply(const RequestId& id, const Error& error);

// A reply as a client reads it: the status, and the result's JSON text or the error.
struct ReplyLine {
  RequestId id;
  int status = 0;
  Result<std::string> result;
};
// Errors: invalid_json when the line is no reply.
Result<ReplyLine> decode_reply(std::string_view line);

// From a result's JSON text. Errors: invalid_json.
Result<Job> decode_job(std::string_view json);
Result<JobPage> decode_page(std::string_view json);
Result<Stats> decode_stats(std::string_view json);
Result<QueueState> decode_queue_state(std::string_view json);
Result<Pong> decode_pong(std::string_view json);
std::string encode_job(const Job& job);

// The email as the store keeps it: canonical JSON with the parameter names of the protocol. Equal emails give equal
// texts.
std::string encode_email(const Email& email);
// Errors: internal, when the text is not one that encode_email wrote.
Result<Email> decode_email(std::string_view json);
// A submit without its email and key, canonical, before defaults: with the email the fingerprint that idempotency
// compares.
std::string encode_submit_options(const SubmitEmail& submit);

}  // namespace jobd
