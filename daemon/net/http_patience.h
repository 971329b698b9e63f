// HttpPatience: how long a client may keep a connection waiting: with a request that does not come to its end, with
// answers that it does not read, or with nothing at all. Times count from the first byte of what is waited for, not
// from the last: a byte now and then buys no more than the slowest rate gives it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "shared/clock.h"
#include "shared/limits.h"

namespace jobd {

// Own thread only.
class HttpPatience {
 public:
  enum class Turn : std::uint8_t {
    idle,    // nobody waits for anything: the next request may come
    client,  // the rest of a request is to come
    own,     // the client waits for jobd
  };
  enum class End : std::uint8_t { none, idle, request, unread };

  // Whose turn it is from now on; the same again changes nothing. in_hand: bytes of the request so far.
  void set_turn(Turn turn, std::size_t in_hand, Time now) {
    if (turn == Turn::client) bytes_ = in_hand;
    if (turn_ == turn && since_) return;
    turn_ = turn;
    since_ = now;
  }
  // The next request is another one than that of before.
  void new_request() { since_.reset(); }

  // unwritten: bytes of answers that the client has not taken yet; more: those given now.
  void set_unread(std::size_t unwritten, std::size_t more, Time now) {
    const bool moved = unwritten < unread_;
    unread_ = unwritten + more;
    if (unread_ == 0) {
      unread_since_.reset();
    } else if (moved || !unread_since_) {
      unread_since_ = now;
      unread_at_first_ = unread_;
    }
  }

  std::optional<Time> deadline() const {
    const auto patience = turn_deadline();
    const auto unread = unread_deadline();
    return patience && unread ? std::min(*patience, *unread) : patience ? patience : unread;
  }

  // What has come to its end by now.
  End end(Time now) const {
    if (const auto unread = unread_deadline(); unread && *unread <= now) return End::unread;
    const auto patience = turn_deadline();
    if (!patience || *patience > now) return End::none;
    return turn_ == Turn::client ? End::request : End::idle;
  }

 private:
  std::optional<Time> turn_deadline() const {
    if (!since_ || turn_ == Turn::own) return std::nullopt;
    return turn_ == Turn::idle ? *since_ + limits::kIdleTime
                               : *since_ + limits::kRequestTime + limits::time_of_slowest(bytes_);
  }
  std::optional<Time> unread_deadline() const {
    if (!unread_since_) return std::nullopt;
    return *unread_since_ + limits::kUnreadTime + limits::time_of_slowest(unread_at_first_);
  }

  Turn turn_ = Turn::idle;
  std::optional<Time> since_;
  std::size_t bytes_ = 0;
  std::optional<Time> unread_since_;
  std::size_t unread_ = 0;
  std::size_t unread_at_first_ = 0;
};

}  // namespace jobd
