// Replies of an SMTP server (RFC 5321 4.2), out of its bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobd::smtp {

struct Reply {
  int code = 0;               // 200 to 599
  std::string enhanced_code;  // RFC 3463, of the first line; empty where there is none
  // One per line, without codes; clean UTF-8: control characters are spaces, what is no UTF-8 is question marks.
  std::vector<std::string> lines;

  int kind() const { return code / 100; }
  std::string text() const;  // in one line, at most limits::kReplyBytes
  friend bool operator==(const Reply&, const Reply&) = default;
};

// At most so many bytes of it, cut between characters. Precondition: text is UTF-8.
std::string cut(std::string text, std::size_t bytes_max);
std::string cut_to_reply(std::string text);  // to limits::kReplyBytes

// Own thread only. Takes LF for CR LF, and a multi-line reply only whole.
class ReplyReader {
 public:
  static constexpr std::size_t kLineBytesMax = 4096;    // RFC 5321 4.5.3.1.5 asks for 512
  static constexpr std::size_t kLinesMax = 256;         // an EHLO of many extensions has 30
  static constexpr std::size_t kBytesMax = 64UL << 10;  // of one reply

  void feed(std::string_view bytes);
  std::optional<Reply> next();
  // What came is no reply, or a limit was crossed: nothing sensible can follow.
  bool broken() const { return broken_; }
  bool too_long() const { return too_long_; }  // it is broken, by a limit
  // The bytes of no reply so far, as they came: of a line that has not ended, or of what broke it and all behind that.
  // The lines of a reply that goes on are left out.
  std::string_view unread() const { return std::string_view(buffer_).substr(begin_); }
  // Nothing has been fed that has not been given out.
  bool empty() const { return begin_ == buffer_.size() && reply_.lines.empty(); }

 private:
  std::optional<Reply> take_line(std::string_view line);
  std::string buffer_;
  std::size_t begin_ = 0;  // first byte of buffer_ not looked at
  Reply reply_;            // the lines of a multi-line reply so far
  std::size_t reply_bytes_ = 0;
  bool broken_ = false;
  bool too_long_ = false;
};

}  // namespace jobd::smtp
