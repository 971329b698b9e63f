#include "daemon/core/rate_meter.h"

namespace jobd {
namespace {

std::int64_t second_of(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace

void RateMeter::add(std::uint64_t events, Time now) {
  const std::int64_t second = second_of(now);
  Bucket& bucket = buckets_[static_cast<std::size_t>(second) % kSeconds];
  if (bucket.second != second) bucket = {second, 0};
  bucket.events += events;
}

double RateMeter::per_second(Time now) const {
  const std::int64_t second = second_of(now);
  std::uint64_t events = 0;
  for (const Bucket& bucket : buckets_) {
    if (bucket.second > second - static_cast<std::int64_t>(kSeconds) && bucket.second <= second)
      events += bucket.events;
  }
  return static_cast<double>(events) / static_cast<double>(kSeconds);
}

}  // namespace jobd
