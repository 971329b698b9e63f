#include "shared/unicode.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace jobd {
namespace {

// Length of the well-formed sequence at the front (Unicode table 3-7), 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U; };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (!tail(1) || !tail(2)) return 0;
    const bool overlong = first == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = first == 0xed && byte(1) > 0x9f;
    return overlong || surrogate ? 0 : 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    const bool overlong = first == 0xf0 && byte(1) < 0x90;
    const bool beyond = first == 0xf4 && byte(1) > 0x8f;
    return overlong || beyond ? 0 : 4;
  }
  return 0;
}

// Of the well-formed sequence of that length at the front.
char32_t first_code_point(std::string_view text, std::size_t length) {
  constexpr std::array<unsigned, 5> kMask{0, 0x7f, 0x1f, 0x0f, 0x07};
  char32_t point = static_cast<std::uint8_t>(text[0]) & kMask[length];
  for (std::size_t i = 1; i < length; ++i) point = point << 6U | (static_cast<std::uint8_t>(text[i]) & 0x3fU);
  return point;
}

struct Range {
  char32_t first;
  char32_t last;
};
constexpr std::array<Range, 12> kDisguises{{{0xa0, 0xa0},
                                            {0xad, 0xad},
                                            {0x1680, 0x1680},
                                            {0x2000, 0x200b},
                                            {0x200e, 0x200f},
                                            {0x2028, 0x202f},
                                            {0x205f, 0x206f},
                                            {0x3000, 0x3000},
                                            {0x3002, 0x3002},
                                            {0xfeff, 0xfeff},
                                            {0xff0e, 0xff0e},
                                            {0xff61, 0xff61}}};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool has_disguise(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const char32_t point = first_code_point(text, length);
    if (std::ranges::any_of(kDisguises, [point](Range range) { return range.first <= point && point <= range.last; })) {
      return true;
    }
    text.remove_prefix(length);
  }
  return false;
}

bool has_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<std::uint8_t>(text[i]);
    if (c < 0x20 || c == 0x7f) return true;
    if (c == 0xc2 && i + 1 < text.size() && static_cast<std::uint8_t>(text[i + 1]) < 0xa0) return true;
  }
  return false;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace jobd
