#include "daemon/net/crowd.h"

#include <gtest/gtest.h>

namespace jobd {
namespace {

using Entry = Crowd::Entry;
constexpr uid_t kApp = 1000;
constexpr uid_t kOther = 1001;

TEST(Crowd, OneUserDoesNotTakeAllPlaces) {
  Crowd crowd({4, 3});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(crowd.enter(kApp), Entry::served);
  EXPECT_EQ(crowd.enter(kApp), Entry::refused_of_uid);
  EXPECT_EQ(crowd.enter(kOther), Entry::served);
  EXPECT_EQ(crowd.enter(kOther), Entry::refused);
}

TEST(Crowd, WhoLeavesMakesRoomForHisOwn) {
  Crowd crowd({4, 1});
  crowd.enter(kApp);
  crowd.enter(kOther);
  crowd.leave(kOther, Entry::served);
  EXPECT_EQ(crowd.enter(kApp), Entry::refused_of_uid);
  crowd.leave(kApp, Entry::refused_of_uid);
  EXPECT_EQ(crowd.enter(kApp), Entry::refused_of_uid) << "it was not the one that is served";
  crowd.leave(kApp, Entry::served);
  EXPECT_EQ(crowd.enter(kApp), Entry::served);
}

TEST(Crowd, TheRefusedTakeNoPlaceAndAreNotWithoutEnd) {
  Crowd crowd({2, 1});
  EXPECT_EQ(crowd.enter(kApp), Entry::served);
  for (std::size_t i = 0; i < limits::kRefusedConnections; ++i) EXPECT_EQ(crowd.enter(kApp), Entry::refused_of_uid);
  EXPECT_EQ(crowd.enter(kApp), Entry::unheard);
  EXPECT_EQ(crowd.enter(kOther), Entry::served);
  EXPECT_EQ(crowd.enter(kOther), Entry::unheard);
  crowd.leave(kApp, Entry::refused_of_uid);
  EXPECT_EQ(crowd.enter(kOther), Entry::refused);
}

TEST(Crowd, WhereNobodyIsKnownAllHaveOneLimit) {
  Crowd crowd({3, 1});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(crowd.enter(std::nullopt), Entry::served);
  EXPECT_EQ(crowd.enter(std::nullopt), Entry::refused);
}

}  // namespace
}  // namespace jobd
