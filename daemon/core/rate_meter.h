// Events per second over the last minute.
#pragma once

#include <array>
#include <cstdint>

#include "shared/clock.h"

namespace jobd {

// Own thread only; memory and time are constant.
class RateMeter {
 public:
  void add(std::uint64_t events, Time now);
  double per_second(Time now) const;

 private:
  static constexpr std::size_t kSeconds = 60;
  struct Bucket {
    std::int64_t second = -1;
    std::uint64_t events = 0;
  };
  std::array<Bucket, kSeconds> buckets_{};
};

}  // namespace jobd
