// When a temporary failure is tried again.
#pragma once

#include "shared/clock.h"

namespace jobd {

// The delay before attempt n+1 is min(max, initial * multiplier^(n-1)) * (1 + jitter * u), u in [0, 1).
// The defaults try again at 2 and at 18 minutes: past common greylisting, before a person grows impatient.
struct RetryPolicy {
  int max_attempts = 3;
  Duration initial = std::chrono::minutes(2);
  double multiplier = 8.0;
  Duration max = std::chrono::hours(4);
  double jitter = 0.2;
  Duration ttl = std::chrono::hours(72);

  // attempts: those made so far, at least 1. u: in [0, 1).
  Duration delay_after(int attempts, double u) const;
};

}  // namespace jobd
