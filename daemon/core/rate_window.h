// RateWindow: how many recipients may still go out now, so that no stretch of time as long as the window ever sees more
// than its rate.
//
// Why not a bucket of tokens that fills up steadily: one that is full lets its whole rate out at once and again while
// it fills, twice the rate in one window; and a bucket small enough to prevent that wastes a part of the rate. Here is
// kept what went out when, to a fiftieth of the window, and it counts until the window is past: at most 2 % are lost to
// the coarse steps. A mail goes whole though it asks for more than is left; what it owes is paid out of what later
// becomes free, so that the rate holds in the mean.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/core/lane_rules.h"

namespace jobd {

// Own thread only. Times do not descend; where the machine's clock is set back, what was counted moves back with it.
// Memory is bounded by the fifty steps.
class RateWindow {
 public:
  // What went out in one of the fifty.
  struct Step {
    Time begin{};
    std::int64_t recipients = 0;
    friend bool operator==(const Step&, const Step&) = default;
  };

  // For a window that only counts.
  static constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max() / 2;

  explicit RateWindow(Rate rate);

  void take(std::int64_t recipients, Time now);
  std::int64_t room(Time now);  // 0 and less: none
  // When there will be some, if nothing more is taken; none: there is.
  std::optional<Time> next_room(Time now);
  // What went out within the window, and since when; none: nothing did.
  std::int64_t taken(Time now);
  std::optional<Time> first(Time now);

  // For a later life, whose rate may be another: in order of time, what is owed in the last one.
  std::vector<Step> sent() const;
  // Precondition: nothing was taken yet.
  void remember(std::span<const Step> sent);

  const Rate& rate() const { return rate_; }
  void set_limit(std::int64_t recipients) { rate_.recipients = recipients; }

 private:
  void advance(Time now);
  void count(std::int64_t recipients, Time at);
  Time ends(const Step& step) const { return step.begin + step_ + rate_.per; }

  Rate rate_;
  Duration step_;
  std::deque<Step> steps_;  // in order of time, none empty
  std::int64_t sum_ = 0;    // of steps_
  std::int64_t owed_ = 0;
  Time seen_{};
};

// What a rate has let out lately, as it is kept over a restart.
struct Sent {
  std::string whose;  // "relay=ses", "domain=gmail.com"
  Duration per{};     // of the rate
  std::vector<RateWindow::Step> steps;
  friend bool operator==(const Sent&, const Sent&) = default;
};

}  // namespace jobd
