#include "daemon/mail/smtp/reply.h"

#include <algorithm>
#include <utility>

#include "shared/limits.h"
#include "shared/unicode.h"

namespace jobd::smtp {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "5.1.1" before a space or the end; empty where there is none or its class is another than the code's.
std::string_view enhanced_at_start(std::string_view text, int kind) {
  const std::string_view word = text.substr(0, text.find(' '));
  if (word.size() < 5 || word[0] - '0' != kind || word[1] != '.') return {};
  const std::size_t dot = word.find('.', 2);
  if (dot == std::string_view::npos) return {};
  const std::string_view subject = word.substr(2, dot - 2);
  const std::string_view detail = word.substr(dot + 1);
  const bool sizes = !subject.empty() && subject.size() <= 3 && !detail.empty() && detail.size() <= 3;
  return sizes && std::ranges::all_of(subject, is_digit) && std::ranges::all_of(detail, is_digit) ? word
                                                                                                  : std::string_view();
}

// "250", and what may follow: the end, a space or a hyphen.
bool is_shaped(std::string_view line) {
  return line.size() >= 3 && line[0] >= '2' && line[0] <= '5' && is_digit(line[1]) && is_digit(line[2]) &&
         (line.size() == 3 || line[3] == ' ' || line[3] == '-');
}

std::string clean(std::string_view text) {
  std::string out(text);
  const bool utf8 = is_utf8(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    if (byte < ' ' || byte == 0x7f) out[i] = ' ';
    if (byte >= 0x80 && !utf8) out[i] = '?';
    const bool c1 = utf8 && byte == 0xc2 && static_cast<unsigned char>(out[i + 1]) < 0xa0;
    if (c1) out.replace(i, 2, "  ");
  }
  return out;
}

}  // namespace

std::string Reply::text() const {
  std::string all;
  for (const std::string& line : lines) {
    if (!all.empty() && !line.empty()) all += ' ';
    all += line;
  }
  return cut_to_reply(std::move(all));
}

std::string cut_to_reply(std::string text) {
  return cut(std::move(text), limits::kReplyBytes);
}

std::string cut(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text;
}

void ReplyReader::feed(std::string_view bytes) {
  buffer_.erase(0, std::exchange(begin_, 0));
  buffer_ += bytes;
}

std::optional<Reply> ReplyReader::next() {
  while (!broken_) {
    const std::size_t newline = buffer_.find('\n', begin_);
    const std::size_t end = std::min(newline, buffer_.size());
    std::string_view line(buffer_.data() + begin_, end - begin_);
    if (line.size() > kLineBytesMax) {
      broken_ = true;
      too_long_ = is_shaped(line);
    }
    if (broken_ || newline == std::string::npos) break;
    if (line.ends_with('\r')) line.remove_suffix(1);
    auto reply = take_line(line);
    if (!broken_) begin_ = newline + 1;
    if (reply) return reply;
  }
  return std::nullopt;
}

std::optional<Reply> ReplyReader::take_line(std::string_view line) {
  const bool shaped = is_shaped(line);
  const int code = shaped ? (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0') : 0;
  const bool first = reply_.lines.empty();
  too_long_ = reply_.lines.size() == kLinesMax || reply_bytes_ + line.size() > kBytesMax;
  if (!shaped || (!first && code != reply_.code) || too_long_) {
    broken_ = true;
    return std::nullopt;
  }
  std::string_view text = line.substr(std::min<std::size_t>(4, line.size()));
  const std::string_view enhanced = enhanced_at_start(text, code / 100);
  if (first) {
    reply_.code = code;
    reply_.enhanced_code = enhanced;
  }
  if (!enhanced.empty()) text.remove_prefix(std::min(enhanced.size() + 1, text.size()));
  reply_.lines.push_back(clean(text));
  reply_bytes_ += line.size();
  if (line.size() > 3 && line[3] == '-') return std::nullopt;
  reply_bytes_ = 0;
  return std::exchange(reply_, {});
}

}  // namespace jobd::smtp
