#include "shared/framing.h"

#include <algorithm>
#include <cstring>

namespace jobd {
namespace {

constexpr std::size_t kKeptBytes = 256UL << 10;

}  // namespace

std::span<char> LineReader::prepare(std::size_t n) {
  if (buffer_.size() - end_ < n && begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    scanned_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
  }
  // Doubling, but never past the longest line that is taken.
  if (buffer_.size() - end_ < n) {
    buffer_.resize(std::max(end_ + n, std::min(buffer_.size() * 2, line_bytes_max_ + n)));
  }
  return {buffer_.data() + end_, n};
}

void LineReader::commit(std::size_t n) {
  end_ += n;
}

std::optional<std::string_view> LineReader::next() {
  while (!overflowed_) {
    const char* from = buffer_.data() + scanned_;
    const void* found = end_ == scanned_ ? nullptr : std::memchr(from, '\n', end_ - scanned_);
    if (found == nullptr) {
      scanned_ = end_;
      overflowed_ = end_ - begin_ > line_bytes_max_;
      return std::nullopt;
    }
    const auto line_end = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
    std::string_view line(buffer_.data() + begin_, line_end - begin_);
    begin_ = scanned_ = line_end + 1;
    if (line.size() > line_bytes_max_) {
      overflowed_ = true;
      return std::nullopt;
    }
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") != std::string_view::npos) return line;
  }
  return std::nullopt;
}

std::string_view LineReader::rest() const {
  return {buffer_.data() + begin_, end_ - begin_};
}

void LineReader::shrink() {
  if (begin_ != end_ || buffer_.size() <= kKeptBytes) return;
  begin_ = end_ = scanned_ = 0;
  buffer_ = std::string();
}

}  // namespace jobd
