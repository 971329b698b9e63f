// HttpParser: Beast's parser of requests behind a door of our own, with what RFC 9112 asks beyond it: one way only to
// tell where a body ends, no transfer coding but chunked, chunk lines and trailers as strict as heads and of bounded
// length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/net/http_error.h"
#include "shared/unicode.h"

namespace jobd {

struct HttpField {
  std::string_view name;
  std::string_view value;  // trimmed
};

struct HttpHead {
  std::string_view method;
  std::string_view target;
  bool is_1_0 = false;  // else 1.1, or what is to be taken for it
  std::vector<HttpField> fields;
  bool chunked = false;
  std::uint64_t content_length = 0;  // 0 where none is given

  // Calls use with the value of each field of that name, compared without case.
  template <typename Use>
  void each(std::string_view name, Use use) const {
    for (const HttpField& field : fields) {
      if (equal_ignoring_case(field.name, name)) use(field.value);
    }
  }
};

// Own thread only. One request after the other: a head, its body, then the next head.
class HttpParser {
 public:
  explicit HttpParser(std::size_t body_bytes_max);
  ~HttpParser();
  HttpParser(const HttpParser&) = delete;
  HttpParser& operator=(const HttpParser&) = delete;

  // block: a whole one, as HeadScanner finds it. A declared length over the limit is not an error here. A later
  // HTTP/1.x is read as 1.1 (RFC 9110 2.5).
  std::optional<HttpError> parse_head(std::string_view block);
  // Views into the block, or into this parser: valid as long as both, and until the next one is parsed.
  const HttpHead& head() const;

  // Takes from the front of `bytes` what belongs to the body and can be understood without more; what is over stays.
  // too_large once the chunks announce more than the limit.
  std::optional<HttpError> take_body(std::string_view& bytes, std::string& body);
  // The request is there to its last byte.
  bool complete() const;

 private:
  class Beast;
  struct Parts;
  std::optional<HttpError> parse(std::string_view block);

  std::unique_ptr<Parts> parts_;
};

}  // namespace jobd
