#include "daemon/core/breaker.h"

#include <algorithm>

namespace jobd {

void Breaker::close(Closure why, std::optional<Duration> asked, Time now) {
  const bool again = closure_ == why;
  if (!again) since_ = now;
  switch (why) {
    case Closure::auth: pause_ = kAuthPause; break;
    case Closure::quota: pause_ = std::clamp(asked.value_or(kQuotaPause), kFirstPause, kLongestQuota); break;
    default: pause_ = again ? std::min(std::max(pause_, kFirstPause) * 2, kLongestPause) : kFirstPause;
  }
  if (asked && why == Closure::down) pause_ = std::clamp(*asked, kFirstPause, kLongestAsked);
  closure_ = why;
  probing_ = false;
  paused_at_ = now;
  reopens_at_ = now + pause_;
}

void Breaker::open(Time now) {
  closure_ = Closure::none;
  probing_ = false;
  since_ = now;
  pause_ = Duration(0);
}

void Breaker::end_pause(Time now) {
  if (!is_open()) reopens_at_ = paused_at_ = std::min(reopens_at_, now);
}

Time Breaker::reopens_at(Time now) const {
  return now < paused_at_ ? now : reopens_at_;
}

}  // namespace jobd
