// Pace: how a relay that says "too fast" is sent to. The rate falls to half of what really went out in the last
// seconds, and grows again by a quarter each ten seconds until it is twice what was too fast; then there is no pace any
// more. So the rate that a relay takes is found without being configured, and found again when it changes.
//
// It never falls below one recipient in five seconds: a relay that takes not even that is down or has had enough, and
// says so in other words.
#pragma once

#include <cstdint>
#include <optional>

#include "daemon/core/rate_window.h"

namespace jobd {

// Pure state, own thread only.
class Pace {
 public:
  static constexpr Duration kWindow = std::chrono::seconds(5);
  static constexpr Duration kStep = std::chrono::seconds(10);
  static constexpr Duration kLongestAsked = std::chrono::minutes(5);

  void sent(std::int64_t recipients, Time now);
  // asked: how long the server wants to be left alone.
  void slow_down(std::optional<Duration> asked, Time now);

  bool is_slowed(Time now);
  std::int64_t room(Time now);  // without a pace as much as one likes
  std::optional<Time> next_room(Time now);
  double per_second(Time now);  // precondition: is_slowed
  Time since() const { return since_; }

 private:
  bool is_silent(Time now) const;
  void grow(Time now);

  RateWindow window_{{RateWindow::kNoLimit, kWindow}};  // has a limit while slowed
  bool slowed_ = false;
  double limit_ = 0;     // recipients in a window
  double too_many_ = 0;  // that were too fast
  Time since_{};
  Time grown_at_{};
  Time silent_until_{};
};

}  // namespace jobd
