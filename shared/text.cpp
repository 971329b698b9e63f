#include "shared/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "shared/columns.h"
#include "shared/unicode.h"

namespace jobd {
namespace {

struct Piece {
  char32_t code_point = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

// The code point at the front of a text that is not empty.
Piece front(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc0 || !is_utf8(text.substr(0, bytes))) return {first, 1, false};
  char32_t code_point = first & (0x7fU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) code_point = (code_point << 6U) | (byte(i) & 0x3fU);
  return {code_point, bytes, true};
}

bool is_hidden(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
  const bool mark = c == 0x061c || c == 0x200e || c == 0x200f;
  return control || mark || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

void append_escape(std::string& out, const char* format, char32_t value) {
  std::array<char, 12> escape{};
  const int size = std::snprintf(escape.data(), escape.size(), format, static_cast<unsigned>(value));
  out.append(escape.data(), static_cast<std::size_t>(size));
}

constexpr bool is_blank(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

std::string printable(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const Piece piece = front(text);
    if (!piece.valid) {
      append_escape(out, "\\x%02x", piece.code_point);
    } else if (is_blank(piece.code_point)) {
      if (!text.starts_with("\r\n")) out += ' ';
    } else if (is_hidden(piece.code_point)) {
      append_escape(out, "\\u%04x", piece.code_point);
    } else {
      out += text.substr(0, piece.bytes);
    }
    text.remove_prefix(piece.bytes);
  }
  return out;
}

std::string printable_json(std::string_view json) {
  if (is_plain(json)) return std::string(json);
  std::string out;
  while (!json.empty()) {
    const Piece piece = front(json);
    if (!piece.valid) {
      out += "\\ufffd";
    } else if (is_blank(piece.code_point)) {  // between tokens: the encoder escapes those inside of strings
      out += ' ';
    } else if (is_hidden(piece.code_point)) {
      append_escape(out, "\\u%04x", piece.code_point);
    } else {
      out += json.substr(0, piece.bytes);
    }
    json.remove_prefix(piece.bytes);
  }
  return out;
}

std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Piece piece = front(text);
    columns += columns_of(piece.code_point);
    text.remove_prefix(piece.bytes);
  }
  return columns;
}

std::string shorten(std::string_view text, std::size_t columns) {
  if (columns == 0) return "";
  if (width(text) <= columns) return std::string(text);
  std::string_view rest = text;
  for (std::size_t left = columns - 1;;) {
    const Piece piece = front(rest);
    const std::size_t wanted = columns_of(piece.code_point);
    if (wanted > left) break;
    left -= wanted;
    rest.remove_prefix(piece.bytes);
  }
  return std::string(text.substr(0, text.size() - rest.size())) + "…";
}

}  // namespace jobd
