#include "daemon/core/retry_policy.h"

#include <algorithm>
#include <cmath>

namespace jobd {

Duration RetryPolicy::delay_after(int attempts, double u) const {
  const auto ceiling = static_cast<double>(max.count());
  const double grown = static_cast<double>(initial.count()) * std::pow(multiplier, std::max(attempts, 1) - 1);
  return Duration(std::llround(std::min(ceiling, grown) * (1.0 + jitter * u)));
}

}  // namespace jobd
