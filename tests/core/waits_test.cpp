#include "daemon/core/waits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fakes.h"

namespace jobd {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Time kStart = testing::kNoon;
const JobId kJob = JobId::from_parts(1, 1);
const JobId kOther = JobId::from_parts(2, 2);

struct WaitsTest : ::testing::Test {
  Waits waits;
  int here = 0;  // its address is one connection, that of there another
  int there = 0;
  std::vector<int> told;

  Waits::Number add(int name, JobId job, seconds time, const void* connection) {
    return waits.add(
        {job, false, kStart + time, connection, [this, name](const Result<Response>&) { told.push_back(name); }});
  }
  std::vector<int> names(const std::vector<Wait>& taken) {
    told.clear();
    for (const Wait& wait : taken) wait.reply(Response(Pong{}));
    return told;
  }
};

TEST_F(WaitsTest, AreFoundByTheirJobInTheOrderTheyCame) {
  add(1, kJob, seconds(9), &here);
  add(2, kOther, seconds(5), &here);
  add(3, kJob, seconds(7), &there);
  EXPECT_THAT(names(waits.take_of(kJob)), ElementsAre(1, 3));
  EXPECT_THAT(waits.take_of(kJob), IsEmpty());
  EXPECT_THAT(names(waits.take_all()), ElementsAre(2));
}

TEST_F(WaitsTest, AreFoundByTheirTime) {
  add(1, kJob, seconds(9), &here);
  add(2, kOther, seconds(5), &here);
  add(3, kJob, seconds(7), &there);
  EXPECT_EQ(waits.next_deadline(), kStart + seconds(5));
  EXPECT_THAT(waits.take_until(kStart + seconds(4)), IsEmpty());
  EXPECT_THAT(names(waits.take_until(kStart + seconds(7))), ElementsAre(2, 3));
  EXPECT_EQ(waits.next_deadline(), kStart + seconds(9));
  EXPECT_THAT(names(waits.take_of(kJob)), ElementsAre(1));
  EXPECT_FALSE(waits.next_deadline());
}

TEST_F(WaitsTest, AreTakenOnce) {
  const Waits::Number one = add(1, kJob, seconds(9), &here);
  EXPECT_TRUE(waits.take(one));
  EXPECT_FALSE(waits.take(one));
  EXPECT_THAT(waits.take_of(kJob), IsEmpty());
  waits.forget(&here);
  EXPECT_FALSE(waits.next_deadline());
}

TEST_F(WaitsTest, AreForgottenWithTheirConnectionAlone) {
  const Waits::Number one = add(1, kJob, seconds(9), &here);
  add(2, kOther, seconds(5), &here);
  add(3, kJob, seconds(7), &there);
  waits.forget(&here);
  waits.forget(&here);
  EXPECT_FALSE(waits.take(one));
  EXPECT_THAT(told, IsEmpty());
  EXPECT_THAT(names(waits.take_all()), ElementsAre(3));
}

TEST_F(WaitsTest, WhatAReplyHoldsMayForgetInItsTurn) {
  const auto connection = std::shared_ptr<int>(new int(0), [this](const int* held) {
    waits.forget(held);
    delete held;
  });
  for (int i = 0; i < 3; ++i) {
    waits.add({kJob, false, kStart, connection.get(), [connection](const Result<Response>&) {}});
  }
  waits.forget(connection.get());
  EXPECT_EQ(connection.use_count(), 1);
  EXPECT_FALSE(waits.next_deadline());
}

TEST_F(WaitsTest, AreFullAtTheirLimit) {
  for (std::size_t i = 0; i + 1 < limits::kWaits; ++i) add(1, kJob, seconds(1), &here);
  EXPECT_FALSE(waits.full());
  const Waits::Number last = add(1, kJob, seconds(1), &here);
  EXPECT_TRUE(waits.full());
  waits.take(last);
  EXPECT_FALSE(waits.full());
}

// With a walk through all of the job's for each one, these would be 10 billion steps.
TEST_F(WaitsTest, OneOfAHundredThousandOfOneJobIsFoundAtOnce) {
  constexpr int kMany = 100'000;
  std::vector<Waits::Number> numbers;
  for (int i = 0; i < kMany; ++i) numbers.push_back(add(i, kJob, seconds(i), &here));
  for (int i = 0; i < kMany; i += 2) EXPECT_TRUE(waits.take(numbers[static_cast<std::size_t>(i)]));
  EXPECT_EQ(waits.take_of(kJob).size(), kMany / 2);
  EXPECT_FALSE(waits.next_deadline());
}

}  // namespace
}  // namespace jobd
