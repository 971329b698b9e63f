// The bytes of HTTP responses: status, header fields and body of what the service answered, or of why a request was
// refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/net/http_error.h"
#include "shared/clock.h"
#include "shared/requests.h"
#include "shared/result.h"

namespace jobd {

// What a request's head says about its response.
struct HttpForm {
  bool is_1_0 = false;
  bool is_head = false;                       // header fields only
  bool keeps_open = true;                     // the client would go on after it
  bool is_job = false;                        // answered with a job that has an ETag
  bool wants_lines = false;                   // a batch's items as application/x-ndjson
  std::string if_none_match;                  // all of them, a list
  std::optional<std::uint64_t> wait_seconds;  // applied, of a Prefer header
  std::string next_page;                      // the URL of the list but for its cursor's value
};

// The Date of responses, made once a second. Own thread only.
class HttpDate {
 public:
  // Valid until the next call.
  std::string_view at(Time now);

 private:
  std::optional<std::chrono::sys_seconds> second_;
  std::string text_;
};

// form.keeps_open: whether the connection goes on after this response.
std::string http_response(const Result<Response>& answer, const HttpForm& form, std::string_view date);
std::string http_response(const HttpError& refusal, const HttpForm& form, std::string_view date);
// 200 with a text of our own.
std::string http_document(std::string_view json, const HttpForm& form, std::string_view date);
// 204, the answer to OPTIONS.
std::string http_options(std::string_view allow, const HttpForm& form, std::string_view date);
// The head of server-sent events, which chunks follow, or in HTTP/1.0 the bytes alone.
std::string http_event_stream(const HttpForm& form, std::string_view date);
// Makes of a response whose form keeps open what it would be had it not.
void say_close(std::string& response);

}  // namespace jobd
