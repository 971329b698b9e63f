#include "daemon/net/http_body.h"

#include <algorithm>
#include <utility>

#include "daemon/net/http_values.h"
#include "shared/limits.h"
#include "shared/trace_context.h"
#include "shared/unicode.h"

namespace jobd {
namespace {

Error bad_key(std::string message) {
  return {Code::invalid_field, std::move(message), "idempotency_key"};
}

// As it stands, or as the quoted string of a structured field (RFC 8941 3.3.3).
Result<std::string> read_key(const std::string& header) {
  const bool is_quoted = header.starts_with('"');
  std::optional<std::string> key = is_quoted ? unquoted(header) : header;
  if (!key) return bad_key("the Idempotency-Key header begins as a quoted string and does not end as one");
  if (key->empty()) return bad_key("idempotency_key must not be empty");
  if (key->size() > limits::kIdempotencyKeyBytes) {
    return bad_key("idempotency_key is longer than " + std::to_string(limits::kIdempotencyKeyBytes) + " bytes");
  }
  if (has_control(*key)) return bad_key("idempotency_key contains a control character, such as a line end");
  if (!is_utf8(*key)) return bad_key("the Idempotency-Key header is no UTF-8");
  return *std::move(key);
}

std::optional<Error> set_key(SubmitEmail& submit, const std::vector<std::string>& headers) {
  for (const std::string& header : headers) {
    Result<std::string> key = read_key(header);
    if (!key) return std::move(key).error();
    if (!submit.idempotency_key.empty() && submit.idempotency_key != *key) {
      return bad_key("idempotency_key is another than the Idempotency-Key header's");
    }
    submit.idempotency_key = *std::move(key);
  }
  return std::nullopt;
}

}  // namespace

Result<Request> decode_body(HttpRequest request, std::string_view body, const CodecLimits& limits) {
  Result<Request> decoded =
      request.body_is_lines ? decode_email_lines(body, limits)
                            : decode_request(RequestParts{*request.operation, std::move(request.fields), body}, limits);
  if (!decoded) return decoded;
  if (auto* submit = std::get_if<SubmitEmail>(&*decoded)) {
    if (auto error = set_key(*submit, request.idempotency_keys)) return *std::move(error);
    // One that is not valid counts as not there (W3C Trace Context 3.2.2).
    const bool is_valid = request.traceparents.size() == 1 && is_traceparent(request.traceparents.front());
    if (submit->traceparent.empty() && is_valid) submit->traceparent = std::move(request.traceparents.front());
  } else if (!request.idempotency_keys.empty()) {
    return bad_key("a batch takes no Idempotency-Key header; give each email an idempotency_key of its own");
  }
  return decoded;
}

}  // namespace jobd
