#include "daemon/mail/compose_text.h"

#include <algorithm>
#include <utility>

#include "shared/base64.h"

namespace jobd {
namespace {

constexpr std::size_t kLineBytesMax = 998;    // RFC 5322 2.1.1
constexpr std::size_t kEncodedLineMax = 76;   // RFC 2045 6.7, 6.8
constexpr std::size_t kBase64LineBytes = 57;  // become 76

// memchr twice is ten times as fast as find_first_of.
std::size_t line_end(std::string_view text) {
  const std::size_t lf = std::min(text.find('\n'), text.size());
  return std::min(text.substr(0, lf).find('\r'), lf);
}

// Calls use with each line, without its end. The last one may lack it.
template <typename Use>
void for_each_line(std::string_view text, Use use) {
  while (!text.empty()) {
    const std::size_t end = line_end(text);
    use(text.substr(0, end));
    const bool both = text.substr(end).starts_with("\r\n");
    text.remove_prefix(std::min(text.size(), end + (both ? 2 : 1)));
  }
}

// A text with the line ends of the wire, and what decides about its encoding.
struct Lines {
  std::string crlf;
  std::size_t bytes8 = 0;
  std::size_t longest = 0;
  bool has_from = false;
};

Lines lines_of(std::string_view text) {
  Lines lines;
  lines.crlf.reserve(text.size() + text.size() / 16 + 2);
  for_each_line(text, [&lines](std::string_view line) {
    for (const char c : line) lines.bytes8 += static_cast<unsigned char>(c) >> 7U;
    lines.longest = std::max(lines.longest, line.size());
    lines.has_from = lines.has_from || line.starts_with("From ");
    (lines.crlf += line) += "\r\n";
  });
  if (lines.crlf.empty()) lines.crlf = "\r\n";
  return lines;
}

bool stands_for_itself(char c) {
  return (c >= ' ' && c <= '~' && c != '=') || c == '\t';
}

void append_quoted_line(std::string& out, std::string_view line) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::size_t column = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    const bool is_last = at + 1 == line.size();
    const bool is_blank = c == ' ' || c == '\t';
    const bool would_change = column == 0 && ((c == 'F' && line.substr(at).starts_with("From ")) || c == '.');
    const bool stands = stands_for_itself(c) && !(is_blank && is_last) && !would_change;
    const std::size_t size = stands ? 1 : 3;
    if (column + size > kEncodedLineMax - (is_last ? 0 : 1)) {
      out += "=\r\n";
      column = 0;
    }
    if (stands) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      ((out += '=') += kHex[byte >> 4U]) += kHex[byte & 15U];
    }
    column += size;
  }
  out += "\r\n";
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 2);
  for_each_line(text, [&out](std::string_view line) { append_quoted_line(out, line); });
  return out;
}

std::string base64_lines(const std::string& bytes) {
  std::string out;
  out.reserve(bytes.size() / kBase64LineBytes * (kEncodedLineMax + 2) + kEncodedLineMax + 2);
  for (std::size_t at = 0; at < bytes.size(); at += kBase64LineBytes) {
    (out += encode_base64(std::string_view(bytes).substr(at, kBase64LineBytes))) += "\r\n";
  }
  return out;
}

}  // namespace

EncodedText encode_text(std::string_view text) {
  Lines lines = lines_of(text);
  if (lines.bytes8 == 0 && lines.longest <= kLineBytesMax && !lines.has_from) return {"7bit", std::move(lines.crlf)};
  // Three bytes instead of one against four instead of three.
  if (lines.bytes8 * 6 > text.size()) return {"base64", base64_lines(lines.crlf)};
  return {"quoted-printable", quoted_printable(text)};
}

}  // namespace jobd
