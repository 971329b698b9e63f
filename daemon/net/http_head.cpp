#include "daemon/net/http_head.h"

#include <algorithm>

#include "shared/limits.h"

namespace jobd {
namespace {

HttpError too_long() {
  return malformed("the request's line and header fields are longer than " + std::to_string(limits::kHeadBytes) +
                       " bytes; the connection is closed",
                   431);
}

// The first byte of a method; that of a TLS handshake is none.
bool begins_request(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

}  // namespace

std::optional<HttpError> HeadScanner::scan(std::string_view bytes) {
  if (scanned_ == 0 && !bytes.empty() && !begins_request(bytes.front())) {
    return malformed("this is no HTTP request; jobd speaks plain HTTP/1.1 here");
  }
  const std::string_view head = bytes.substr(0, limits::kHeadBytes);
  while (head_bytes_ == 0) {
    const std::size_t line_end = head.find('\n', scanned_);
    if (line_end == std::string_view::npos) break;
    if (auto error = end_line(head.substr(line_begin_, line_end - line_begin_))) return error;
    scanned_ = line_begin_ = line_end + 1;
  }
  if (head_bytes_ != 0) return std::nullopt;
  scanned_ = head.size();
  if (bytes.size() > limits::kHeadBytes) return too_long();
  return std::nullopt;
}

// line: without its LF.
std::optional<HttpError> HeadScanner::end_line(std::string_view line) {
  if (!line.ends_with('\r')) return malformed("a line of the request ends in LF alone; lines end in CR LF");
  if (line.starts_with(' ') || line.starts_with('\t'))
    return malformed("a header field is folded; give it in one line");
  if (line.size() == 1) head_bytes_ = line_begin_ + 2;
  return std::nullopt;
}

}  // namespace jobd
