// The few questions about bytes and UTF-8 that borders ask.
#pragma once

#include <string>
#include <string_view>

namespace jobd {

bool is_utf8(std::string_view text);
// Any of C0, DEL, and (in UTF-8) C1: what must not enter a header, an address, a name or a terminal.
bool has_control(std::string_view text);
// White space beyond ASCII, marks of direction, what is not seen at all, and the dots that IDNA reads as full stops:
// what makes an address look like another. Joiners apart, which some scripts need. Precondition: is_utf8.
bool has_disguise(std::string_view text);
std::string_view trim(std::string_view text);                      // of spaces and tabs
std::string lower_case(std::string_view text);                     // ASCII letters only, as is
bool equal_ignoring_case(std::string_view a, std::string_view b);  // ASCII letters only

}  // namespace jobd
