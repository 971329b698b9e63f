#include "daemon/mail/smtp/data_encoder.h"

#include <algorithm>

namespace jobd::smtp {

void DataEncoder::append_to(std::string& out, std::size_t bytes_wanted) {
  const std::size_t enough = out.size() + bytes_wanted;
  while (!rest_.empty() && out.size() < enough) {
    if (at_line_start_ && rest_.front() == '.') out += '.';
    // A line without an end is cut into pieces too.
    const std::string_view piece = rest_.substr(0, bytes_wanted);
    const std::string_view line = piece.substr(0, piece.find('\n'));
    const std::size_t end = std::min(line.find('\r'), line.size());
    out += line.substr(0, end);
    at_line_start_ = end < piece.size();
    if (at_line_start_) out += "\r\n";
    rest_.remove_prefix(end);
    if (at_line_start_) rest_.remove_prefix(rest_.starts_with("\r\n") ? 2 : 1);
  }
  if (rest_.empty() && !at_line_start_) {
    out += "\r\n";
    at_line_start_ = true;
  }
}

}  // namespace jobd::smtp
