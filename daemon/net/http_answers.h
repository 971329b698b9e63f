// HttpAnswers: the responses of one connection in the order of its requests, whatever the order in which they are
// ready. They stay here until they are taken, so that until then the last can still be made to say that it is the last.
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
    places_.push_back({std::move(form), {}, {}, false});
    return first_ + places_.size() - 1;
  }
  HttpForm& form(std::uint64_t place) { return at(place).form; }

  // Bytes that come at this place before its response.
  void put(std::uint64_t place, std::string bytes) {
    bytes_ += bytes.size();
    at(place).before += bytes;
  }
  // keeps_open: what the response's head says; the form may know better by now.
  void fill(std::uint64_t place, std::string response, bool keeps_open) {
    Place& filled = at(place);
    if (keeps_open && !filled.form.keeps_open) say_close(response);
    bytes_ += response.size();
    filled.response = std::move(response);
    filled.is_full = true;
    while (ready_ < places_.size() && places_[ready_].is_full) ++ready_;
  }
  // Of a request that will have no response after all.
  void drop_last() {
    bytes_ -= places_.back().before.size();
    places_.pop_back();
  }
  // None follows the one that is the last now, which says so.
  void end_with_last() {
    if (places_.empty()) return;
    Place& last = places_.back();
    if (std::exchange(last.form.keeps_open, false) && last.is_full) {
      bytes_ -= last.response.size();
      say_close(last.response);
      bytes_ += last.response.size();
    }
  }

  // What is ready at the front.
  std::string take() {
    std::string out;
    for (; ready_ > 0; --ready_, ++first_) {
      append(out, std::move(places_.front().before));
      append(out, std::move(places_.front().response));
      places_.pop_front();
    }
    if (!places_.empty()) append(out, std::exchange(places_.front().before, {}));
    bytes_ -= out.size();
    return out;
  }

  bool is_next(std::uint64_t place) const { return place == first_ + ready_; }
  bool empty() const { return places_.empty(); }
  std::size_t waiting() const { return places_.size() - ready_; }  // that are not ready, or behind one that is not
  std::size_t bytes() const { return bytes_; }                     // not taken

 private:
  struct Place {
    HttpForm form;
    std::string before;
    std::string response;
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

  std::deque<Place> places_;
  std::uint64_t first_ = 0;
  std::size_t ready_ = 0;  // full, at the front
  std::size_t bytes_ = 0;
};

}  // namespace jobd
