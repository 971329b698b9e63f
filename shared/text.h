// Foreign text on its way to a terminal: subjects, server replies, file names, error messages. What could move the
// cursor, change what is read or hide something never gets there: the C0 and C1 controls, DEL, the overrides, isolates
// and marks of direction (U+202A-E, U+2066-9, U+200E, U+200F, U+061C), line and paragraph separators, broken UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jobd {

// For a person: TAB and line ends become one space (CR LF too), the rest is shown as "\u001b", a byte that is
// no UTF-8 as "\xff". The result is UTF-8 on one line.
std::string printable(std::string_view text);

// For a program that reads JSON, and for the person who looks at it: the same characters as JSON escapes, so
// that the value stays what it was; a byte that is no UTF-8 becomes U+FFFD.
std::string printable_json(std::string_view json);

// Columns on a terminal. Precondition: printable.
std::size_t width(std::string_view text);

// Cut to at most `columns`, the last of them "…" where something was cut. Precondition: printable.
std::string shorten(std::string_view text, std::size_t columns);

}  // namespace jobd
