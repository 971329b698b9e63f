#include "daemon/core/pace.h"

#include <algorithm>

namespace jobd {
namespace {

constexpr double kGrowth = 1.25;
constexpr double kFreeAt = 2.0;

double in_windows(Duration duration) {
  return static_cast<double>(duration.count()) / static_cast<double>(Pace::kWindow.count());
}

}  // namespace

void Pace::sent(std::int64_t recipients, Time now) {
  window_.set_limit(is_slowed(now) ? static_cast<std::int64_t>(limit_) : RateWindow::kNoLimit);
  window_.take(recipients, now);
}

void Pace::slow_down(std::optional<Duration> asked, Time now) {
  grow(now);
  if (asked) silent_until_ = now + std::clamp(*asked, Duration(0), kLongestAsked);
  const std::optional<Time> first = window_.first(now);
  const Duration took = first ? std::clamp(now - *first, Duration(std::chrono::seconds(1)), kWindow) : kWindow;
  too_many_ = static_cast<double>(window_.taken(now)) / in_windows(took);
  too_many_ = std::max(too_many_, 1.0);
  if (slowed_) too_many_ = std::min(too_many_, limit_);
  if (!slowed_) since_ = now;
  slowed_ = true;
  limit_ = std::max(1.0, too_many_ / 2);
  grown_at_ = now;
}

bool Pace::is_slowed(Time now) {
  grow(now);
  return slowed_;
}

std::int64_t Pace::room(Time now) {
  if (!is_slowed(now)) return RateWindow::kNoLimit;
  if (is_silent(now)) return 0;
  window_.set_limit(static_cast<std::int64_t>(limit_));
  return window_.room(now);
}

std::optional<Time> Pace::next_room(Time now) {
  if (room(now) > 0) return std::nullopt;
  if (is_silent(now)) return silent_until_;
  const Time step = grown_at_ + kStep;  // a larger limit may come first
  return std::min(window_.next_room(now).value_or(step), step);
}

double Pace::per_second(Time now) {
  grow(now);
  return limit_ * in_windows(std::chrono::seconds(1));
}

// No longer than a server may ask for, whatever the machine's clock does.
bool Pace::is_silent(Time now) const {
  return now < silent_until_ && silent_until_ - now <= kLongestAsked;
}

void Pace::grow(Time now) {
  if (now < grown_at_ || is_silent(now)) grown_at_ = now;
  while (slowed_ && now - grown_at_ >= kStep) {
    grown_at_ += kStep;
    limit_ = std::max(limit_ * kGrowth, limit_ + 1);
    slowed_ = limit_ < too_many_ * kFreeAt;
  }
}

}  // namespace jobd
