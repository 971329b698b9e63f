// NumberedLines: lines out of a stream of bytes, each with its number, none of them larger in memory than the limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace jobd::cmd {

struct NumberedLine {
  std::uint64_t number;   // from 1; blank lines count
  std::string_view text;  // without its line end; valid until the reader is used again
  bool too_long = false;  // then without its text
};

// Own thread only. LF ends a line, a CR before it is dropped, blank lines are counted and not given. What goes past the
// limit is thrown away as it comes; the line after it is read as ever.
class NumberedLines {
 public:
  explicit NumberedLines(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  // Where the caller may write up to n more bytes; commit() then says how many it did.
  std::span<char> prepare(std::size_t n);
  void commit(std::size_t n) { end_ += n; }
  // No more bytes come: what is there is the last line.
  void end() { ended_ = true; }

  // Each complete line once.
  std::optional<NumberedLine> next();
  // All lines have been given.
  bool at_end() const { return ended_ && begin_ == end_ && !skipping_; }
  // The number that the line after the last one taken has.
  std::uint64_t next_number() const { return taken_ + 1; }
  // Bytes of all that has been given or skipped.
  std::uint64_t bytes_taken() const { return bytes_taken_; }

 private:
  std::optional<NumberedLine> cut(std::size_t line_end, std::size_t past_it);
  void drop_surplus();

  std::size_t line_bytes_max_;
  std::string buffer_;
  std::size_t begin_ = 0;    // first byte not given out
  std::size_t end_ = 0;      // past the last byte received
  std::size_t scanned_ = 0;  // no line end before this
  std::uint64_t taken_ = 0;
  std::uint64_t bytes_taken_ = 0;
  bool skipping_ = false;  // inside a line that is too long
  bool ended_ = false;
};

}  // namespace jobd::cmd
