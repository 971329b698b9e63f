#include "shared/trace_context.h"

namespace jobd {

bool is_traceparent(std::string_view text) {
  constexpr std::string_view kPattern = "xx-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx";
  constexpr std::string_view kHex = "0123456789abcdef";
  if (text.size() != kPattern.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool fits = kPattern[i] == 'x' ? kHex.find(text[i]) != std::string_view::npos : text[i] == kPattern[i];
    if (!fits) return false;
  }
  const auto is_zero = [](std::string_view id) { return id.find_first_not_of('0') == std::string_view::npos; };
  return !text.starts_with("ff") && !is_zero(text.substr(3, 32)) && !is_zero(text.substr(36, 16));
}

}  // namespace jobd
