#include "daemon/core/list_cost.h"

#include <gtest/gtest.h>

namespace jobd {
namespace {

std::size_t cost_of_one(const JobFilter& filter) {
  return list_cost(filter, 1);
}

TEST(ListCost, IsWhatIsGivenWhereAnIndexLeadsThere) {
  EXPECT_EQ(cost_of_one({}), limits::kJobBytes);
  for (const JobStatus status : {JobStatus::failed, JobStatus::held, JobStatus::cancelled, JobStatus::processing}) {
    EXPECT_EQ(cost_of_one({status, "", "", std::nullopt, std::nullopt}), limits::kJobBytes);
  }
  EXPECT_EQ(cost_of_one({std::nullopt, "", "", Time{}, Time{}}), limits::kJobBytes) << "ids are times";
  EXPECT_EQ(list_cost({}, limits::kListLimit), limits::kPageBytes) << "a page ends there";
}

TEST(ListCost, OfOneThatMustLookIsAFullPage) {
  EXPECT_EQ(cost_of_one({std::nullopt, "tag", "", std::nullopt, std::nullopt}), limits::kPageBytes);
  EXPECT_EQ(cost_of_one({std::nullopt, "", "user@example.com", std::nullopt, std::nullopt}), limits::kPageBytes);
  EXPECT_EQ(cost_of_one({JobStatus::failed, "tag", "", std::nullopt, std::nullopt}), limits::kPageBytes);
  for (const JobStatus status : {JobStatus::pending, JobStatus::completed}) {
    EXPECT_EQ(cost_of_one({status, "", "", std::nullopt, std::nullopt}), limits::kPageBytes);
  }
}

}  // namespace
}  // namespace jobd
