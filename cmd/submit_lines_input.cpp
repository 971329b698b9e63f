#include "cmd/submit_lines_input.h"

#include <algorithm>
#include <cstring>

namespace jobd::cmd {
namespace {

// What a long line leaves of the buffer.
constexpr std::size_t kKeptBytes = 1UL << 20;

}  // namespace

std::span<char> NumberedLines::prepare(std::size_t n) {
  if (begin_ == end_ && buffer_.size() > kKeptBytes) buffer_ = std::string();
  if (begin_ > 0 && buffer_.size() - end_ < n) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    scanned_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < n) {
    buffer_.resize(std::max(end_ + n, std::min(buffer_.size() * 2, line_bytes_max_ + n)));
  }
  return {buffer_.data() + end_, n};
}

std::optional<NumberedLine> NumberedLines::next() {
  while (begin_ != end_ || (ended_ && skipping_)) {
    const char* from = buffer_.data() + scanned_;
    const void* found = scanned_ == end_ ? nullptr : std::memchr(from, '\n', end_ - scanned_);
    if (found == nullptr && !ended_) {
      drop_surplus();
      return std::nullopt;
    }
    const std::size_t line_end =
        found == nullptr ? end_ : static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
    if (const auto line = cut(line_end, found == nullptr ? end_ : line_end + 1)) return line;
  }
  return std::nullopt;
}

// The line up to there, unless it is blank.
std::optional<NumberedLine> NumberedLines::cut(std::size_t line_end, std::size_t past_it) {
  std::string_view text(buffer_.data() + begin_, line_end - begin_);
  bytes_taken_ += past_it - begin_;
  begin_ = scanned_ = past_it;
  ++taken_;
  if (skipping_ || text.size() > line_bytes_max_) {
    skipping_ = false;
    return NumberedLine{taken_, {}, true};
  }
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.find_first_not_of(" \t") == std::string_view::npos) return std::nullopt;
  return NumberedLine{taken_, text, false};
}

void NumberedLines::drop_surplus() {
  scanned_ = end_;
  skipping_ = skipping_ || end_ - begin_ > line_bytes_max_;
  if (!skipping_) return;
  bytes_taken_ += end_ - begin_;
  begin_ = end_ = scanned_ = 0;
}

}  // namespace jobd::cmd
