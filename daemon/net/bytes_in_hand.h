// BytesInHand: what one connection has of requests that are not understood yet, counted into a budget of all: the one
// that comes, and the one that is decoded aside. Past the budget a connection with a long one is refused.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "shared/limits.h"

namespace jobd {

// Own thread only.
class BytesInHand {
 public:
  // of_all: the sum over all connections; may outlive all else.
  explicit BytesInHand(std::shared_ptr<std::size_t> of_all) : of_all_(std::move(of_all)) {}
  ~BytesInHand() { count(0, 0); }
  BytesInHand(const BytesInHand&) = delete;
  BytesInHand& operator=(const BytesInHand&) = delete;

  void set_coming(std::size_t bytes) { count(bytes, aside_); }
  void set_aside(std::size_t bytes) { count(coming_, bytes); }

  std::size_t coming() const { return coming_; }
  bool is_too_much() const { return *of_all_ > limits::kRequestsBytes && coming_ > limits::kShortRequestBytes; }

 private:
  void count(std::size_t coming, std::size_t aside) {
    *of_all_ += coming + aside - coming_ - aside_;
    coming_ = coming;
    aside_ = aside;
  }

  std::shared_ptr<std::size_t> of_all_;
  std::size_t coming_ = 0;
  std::size_t aside_ = 0;
};

}  // namespace jobd
