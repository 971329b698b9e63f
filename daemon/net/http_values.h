// The grammars that values of header fields and URLs share (RFC 9110 5.6, RFC 3986 2.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jobd {

// Takes the next part off the front, trimmed; a separator inside of a quoted string is none. Empty parts are skipped;
// none is left: nullopt.
std::optional<std::string_view> take_part(std::string_view& text, char separator);

// "name=value", the value without its quotes where it has some; without "=" all of it is the name.
struct NamedValue {
  std::string_view name;
  std::string_view value;
};
NamedValue named_value(std::string_view text);

// A quoted string's text, its backslashes resolved. nullopt: it is none, or more follows.
std::optional<std::string> unquoted(std::string_view text);

// nullopt: a "%" without two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space);
// All but letters, digits and "-._~" as %XX.
std::string percent_encoded(std::string_view text);

// host [":" port] as RFC 9110 7.2 has it. An empty one is well formed.
bool is_host(std::string_view text);

}  // namespace jobd
