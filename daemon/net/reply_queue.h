// ReplyQueue: replies of one connection in the order of its requests, whatever the order in which they
// are ready.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace jobd {

// Own thread only.
class ReplyQueue {
 public:
  // A place for the next request's reply.
  std::uint64_t reserve() {
    places_.emplace_back();
    return first_ + places_.size() - 1;
  }

  // Fills a place; what is now ready at the front moves to `out`.
  void fill(std::uint64_t place, std::string reply, std::string& out) {
    bytes_ += reply.size();
    places_[static_cast<std::size_t>(place - first_)] = std::move(reply);
    while (!places_.empty() && places_.front()) {
      bytes_ -= places_.front()->size();
      out += *places_.front();
      places_.pop_front();
      ++first_;
    }
  }

  std::size_t waiting() const { return places_.size(); }
  std::size_t bytes() const { return bytes_; }  // filled, behind one that is not

 private:
  std::deque<std::optional<std::string>> places_;
  std::uint64_t first_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace jobd
