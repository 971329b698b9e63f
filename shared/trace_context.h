// W3C Trace Context, of which jobd knows the one header field that it keeps.
#pragma once

#include <string_view>

namespace jobd {

// Whether it is a valid one (3.2.2): small letters, no version ff, no id of zeros.
bool is_traceparent(std::string_view text);

}  // namespace jobd
