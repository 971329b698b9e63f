// HeadScanner: finds the end of a request's header block and refuses at once what RFC 9112 lets us refuse but a parser
// of good will reads over: a bare LF, a folded line, a block that does not end. It looks at each byte once, however
// few come at a time, so that the parser behind it sees whole blocks only.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "daemon/net/http_error.h"

namespace jobd {

// Own thread only. One per request.
class HeadScanner {
 public:
  // bytes: all of the request so far; grows from call to call. After an error it is asked no more.
  std::optional<HttpError> scan(std::string_view bytes);
  // Of the block with the empty line at its end; 0 while that has not come.
  std::size_t head_bytes() const { return head_bytes_; }

 private:
  std::optional<HttpError> end_line(std::string_view line);

  std::size_t line_begin_ = 0;
  std::size_t scanned_ = 0;  // no line end between line_begin_ and here
  std::size_t head_bytes_ = 0;
};

}  // namespace jobd
