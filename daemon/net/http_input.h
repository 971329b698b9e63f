// HttpInput: the bytes of a client that are not understood yet.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace jobd {

// Own thread only.
class HttpInput {
 public:
  // Room for n more bytes; it stays where it is until came() says how many there are.
  std::span<char> room(std::size_t n) {
    if (buffer_.size() - end_ < n) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (buffer_.size() - end_ < n) buffer_.resize(end_ + n);
    return {buffer_.data() + end_, n};
  }
  void came(std::size_t n) { end_ += n; }

  std::string_view bytes() const { return {buffer_.data() + begin_, end_ - begin_}; }
  void drop(std::size_t n) { begin_ += n; }
  void drop_all() { begin_ = end_; }

 private:
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace jobd
