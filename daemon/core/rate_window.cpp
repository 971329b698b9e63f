#include "daemon/core/rate_window.h"

#include <algorithm>

namespace jobd {
namespace {

constexpr int kSteps = 50;

}  // namespace

RateWindow::RateWindow(Rate rate) : rate_(rate), step_(std::max(rate.per / kSteps, Duration(1))) {}

void RateWindow::take(std::int64_t recipients, Time now) {
  advance(now);
  const std::int64_t at_once = owed_ > 0 ? 0 : std::clamp<std::int64_t>(rate_.recipients - sum_, 0, recipients);
  count(at_once, now);
  owed_ += recipients - at_once;
}

std::int64_t RateWindow::room(Time now) {
  advance(now);
  return owed_ > 0 ? -owed_ : rate_.recipients - sum_;
}

std::optional<Time> RateWindow::next_room(Time now) {
  if (room(now) > 0) return std::nullopt;
  RateWindow ahead = *this;
  while (!ahead.steps_.empty()) {
    now = ahead.ends(ahead.steps_.front());
    if (ahead.room(now) > 0) break;
  }
  return now;
}

std::int64_t RateWindow::taken(Time now) {
  advance(now);
  return sum_ + owed_;
}

std::optional<Time> RateWindow::first(Time now) {
  advance(now);
  if (steps_.empty()) return std::nullopt;
  return steps_.front().begin;
}

std::vector<RateWindow::Step> RateWindow::sent() const {
  std::vector<Step> out(steps_.begin(), steps_.end());
  if (owed_ > 0) out.back().recipients += owed_;  // it is owed to steps that are there
  return out;
}

void RateWindow::remember(std::span<const Step> sent) {
  for (const Step& step : sent) {
    if (step.recipients > 0) take(step.recipients, step.begin);
  }
}

// What a step sets free goes to what is owed first.
void RateWindow::advance(Time now) {
  if (now < seen_) {
    for (Step& step : steps_) step.begin -= seen_ - now;
  }
  seen_ = now;
  while (!steps_.empty() && ends(steps_.front()) <= now) {
    const Step over = steps_.front();
    steps_.pop_front();
    sum_ -= over.recipients;
    const std::int64_t paid = std::min(owed_, std::max<std::int64_t>(rate_.recipients - sum_, 0));
    owed_ -= paid;
    count(paid, ends(over));
  }
}

void RateWindow::count(std::int64_t recipients, Time at) {
  if (recipients <= 0) return;
  sum_ += recipients;
  const Time begin(at.time_since_epoch() / step_ * step_);
  const auto later = std::ranges::upper_bound(steps_, begin, {}, &Step::begin);
  if (later != steps_.begin() && std::prev(later)->begin == begin) {
    std::prev(later)->recipients += recipients;
  } else {
    steps_.insert(later, {begin, recipients});
  }
}

}  // namespace jobd
