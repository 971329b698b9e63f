// A message as DATA carries it (RFC 5321 4.5.2): lines that begin with a dot get another.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jobd::smtp {

// Gives the message out in pieces, so that a large one is never in memory twice. A bare CR or LF is a line end here and
// goes out as CR LF: a message that is not canonical still cannot end its DATA early. The final dot is not part of it.
class DataEncoder {
 public:
  // message outlives the encoder.
  explicit DataEncoder(std::string_view message) : rest_(message) {}
  // Appends about bytes_wanted to out, all that is left if less. The last piece ends in CR LF.
  void append_to(std::string& out, std::size_t bytes_wanted);
  bool done() const { return rest_.empty() && at_line_start_; }

 private:
  std::string_view rest_;
  bool at_line_start_ = true;
};

}  // namespace jobd::smtp
