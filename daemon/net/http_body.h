// From an HTTP request to the typed Request, as decode_request makes it of a line of the socket.
#pragma once

#include <string_view>

#include "daemon/net/http_request.h"
#include "shared/codec.h"

namespace jobd {

// Pure, on any thread. Precondition: request.operation. Errors: those of decode_request; invalid_field idempotency_key
// for a header that is no key, says other than the body, or stands beside a batch.
Result<Request> decode_body(HttpRequest request, std::string_view body, const CodecLimits& limits);

}  // namespace jobd
