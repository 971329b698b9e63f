// HttpAnswers: the responses of one connection in the order of its requests, whatever the order in which they are
// ready.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "daemon/net/http_response.h"

namespace jobd {

// Own thread only.
class HttpAnswers {
 public:
  // A place for the next request's response, and what its head says about it.
  std::uint64_t reserve(HttpForm form) {
    places_.push_back({std::move(form), {}, false});
    return first_ + places_.size() - 1;
  }
  HttpForm& form(std::uint64_t place) { return at(place).form; }
  HttpForm& last_form() { return places_.back().form; }

  // Bytes that come at this place before its response.
  void put(std::uint64_t place, std::string bytes, std::string& out) {
    bytes_ += bytes.size();
    append(at(place).bytes, std::move(bytes));
    move_ready(out);
  }
  // The response; what is now ready at the front moves to `out`.
  void fill(std::uint64_t place, std::string bytes, std::string& out) {
    at(place).is_full = true;
    put(place, std::move(bytes), out);
  }
  // Of a request that will have no response after all.
  void drop_last() {
    bytes_ -= places_.back().bytes.size();
    places_.pop_back();
  }

  bool is_next(std::uint64_t place) const { return place == first_; }
  std::size_t waiting() const { return places_.size(); }
  std::size_t bytes() const { return bytes_; }  // of those that are behind one that is not ready

 private:
  struct Place {
    HttpForm form;
    std::string bytes;
    bool is_full = false;
  };

  Place& at(std::uint64_t place) { return places_[static_cast<std::size_t>(place - first_)]; }

  // Without a copy where it can be: a response may be tens of megabytes.
  static void append(std::string& to, std::string bytes) {
    if (to.empty()) {
      to = std::move(bytes);
    } else {
      to += bytes;
    }
  }

  void move_ready(std::string& out) {
    while (!places_.empty()) {
      Place& next = places_.front();
      bytes_ -= next.bytes.size();
      append(out, std::exchange(next.bytes, {}));
      if (!next.is_full) return;
      places_.pop_front();
      ++first_;
    }
  }

  std::deque<Place> places_;
  std::uint64_t first_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace jobd
