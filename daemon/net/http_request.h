// HttpRequest: a request as its head tells it.
//
// Reading goes in two steps. read_head decides all that can be decided before a body is there, so that what is refused
// is refused early: whose page sent it (403), the path (404), the method (405), a query that does not count (422), the
// expectation (417), the body's type (415) and size (413). http_body then makes the typed Request from it and the body.
//
// What changes something takes parameters from the path and a JSON body alone, and a submit must have that body: a
// browser sends no page's JSON to another site without asking first, but any form's query.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/net/http_dialogue.h"
#include "daemon/net/http_error.h"
#include "daemon/net/http_parser.h"
#include "daemon/net/http_response.h"
#include "shared/operations.h"

namespace jobd {

// Holds nothing of the bytes that it was read from.
struct HttpRequest {
  const Operation* operation = nullptr;                     // none: the OpenAPI document, or OPTIONS
  std::string allow;                                        // of OPTIONS
  std::vector<std::pair<std::string, std::string>> fields;  // of path and query, decoded
  HttpForm form;

  bool is_chunked = false;
  std::size_t body_bytes = 0;                 // as declared
  bool expects_continue = false;              // and has a body to send
  std::optional<HttpError> if_body;           // the answer if the body turns out not to be empty
  bool body_is_lines = false;                 // application/x-ndjson
  std::vector<std::string> idempotency_keys;  // each header as it came
  std::vector<std::string> traceparents;
};

struct HttpRead {
  HttpRequest request;             // its form and lengths are right even when it is refused
  std::optional<HttpError> error;  // why it is
};

// Pure.
HttpRead read_head(const HttpHead& head, const HostRule& rule, std::size_t body_bytes_max);

}  // namespace jobd
