// Breaker: whether anything is sent to a relay, and when it is tried again. Each reason to stop has its own patience:
//
//   down    no answer, no TLS, a refusal to talk   5 s, then twice as long each time up to 5 min
//   auth    our login is refused                   15 min: a person has to mend it, and says so by SIGHUP
//   quota   all that may be sent has been          until the time that the server named, else 1 h
//
// When its pause is over one mail goes as a probe. Only an answer to it opens the relay again; a probe that ends
// without a word from the relay may be repeated at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "shared/clock.h"

namespace jobd {

enum class Closure : std::uint8_t { none, down, auth, quota };

// Pure state, own thread only, in memory: after a restart every relay is open and finds out anew.
class Breaker {
 public:
  static constexpr Duration kFirstPause = std::chrono::seconds(5);
  static constexpr Duration kLongestPause = std::chrono::minutes(5);
  static constexpr Duration kAuthPause = std::chrono::minutes(15);
  static constexpr Duration kQuotaPause = std::chrono::hours(1);
  // What a server asks for is believed so far: a wrong number must not stop a relay for good.
  static constexpr Duration kLongestAsked = std::chrono::hours(1);
  static constexpr Duration kLongestQuota = std::chrono::hours(24);

  // asked: how long the server wants to be left alone. Ends a probe.
  void close(Closure why, std::optional<Duration> asked, Time now);
  void open(Time now);
  void probe_began() { probing_ = true; }
  void probe_said_nothing() { probing_ = false; }
  // Its pause is over now.
  void end_pause(Time now);

  Closure closure() const { return closure_; }
  bool is_open() const { return closure_ == Closure::none; }
  bool is_probing() const { return probing_; }
  bool takes_probe(Time now) const { return !is_open() && !probing_ && reopens_at(now) <= now; }
  // Precondition of both: it is closed. A clock that was set back behind the start of a pause ends it: no pause gets
  // longer by more than itself.
  Time reopens_at(Time now) const;
  Time since() const { return since_; }

 private:
  Closure closure_ = Closure::none;
  bool probing_ = false;
  Time since_{};  // closed for this reason
  Time paused_at_{};
  Time reopens_at_{};
  Duration pause_{};  // the last one
};

}  // namespace jobd
