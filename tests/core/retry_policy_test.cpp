#include "daemon/core/retry_policy.h"

#include <gtest/gtest.h>

namespace jobd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(RetryPolicy, GrowsToItsCeilingAndJittersUpwards) {
  RetryPolicy policy;
  EXPECT_EQ(policy.delay_after(1, 0), minutes(2));
  EXPECT_EQ(policy.delay_after(2, 0), minutes(16));
  EXPECT_EQ(policy.delay_after(3, 0), minutes(128));
  EXPECT_EQ(policy.delay_after(4, 0), hours(4));
  EXPECT_EQ(policy.delay_after(1000, 0), hours(4)) << "no overflow far out";
  EXPECT_EQ(policy.delay_after(1, 0.5), minutes(2) + seconds(12));
}

}  // namespace
}  // namespace jobd
