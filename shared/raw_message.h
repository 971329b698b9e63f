// Just enough of RFC 5322 to take a finished message in: its header fields as they stand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/email.h"

namespace jobd {

// A field of a message: name as written, value unfolded and trimmed, and where its lines stand in the message.
struct RawField {
  std::string_view name;
  std::string value;
  std::size_t begin = 0;
  std::size_t end = 0;  // past its last line end
};

// The fields up to the first empty line. Any line ends (CR LF, LF). Lines that are no fields are skipped.
std::vector<RawField> header_fields(std::string_view message);

// All values of that name, compared without case.
std::vector<std::string> field_values(std::string_view message, std::string_view name);

}  // namespace jobd
