// Lines out of a stream of bytes: LF ends one, a CR before it is dropped, blank lines are skipped.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace jobd {

// Own thread only. Bytes go in as they come; next() gives each complete line once, valid until the next call.
class LineReader {
 public:
  explicit LineReader(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  // Where the caller may write up to n more bytes; commit() then says how many it did.
  std::span<char> prepare(std::size_t n);
  void commit(std::size_t n);

  std::optional<std::string_view> next();

  // True once the line under way is longer than the limit: nothing sensible can follow.
  bool overflowed() const { return overflowed_; }
  // What came after the last line end: a last line that nobody ended, or nothing.
  std::string_view rest() const;
  // Drops memory that a long line took, where nothing is under way.
  void shrink();

 private:
  std::size_t line_bytes_max_;
  std::string buffer_;
  std::size_t begin_ = 0;    // first byte not given out
  std::size_t end_ = 0;      // past the last byte received
  std::size_t scanned_ = 0;  // no line end before this
  bool overflowed_ = false;
};

}  // namespace jobd
