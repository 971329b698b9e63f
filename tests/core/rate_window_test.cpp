#include "daemon/core/rate_window.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/fakes.h"

namespace jobd {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::kNoon;

TEST(Rates, AreReadAndWritten) {
  EXPECT_EQ(parse_rate("14/s"), (Rate{14, seconds(1)}));
  EXPECT_EQ(parse_rate("500/min"), (Rate{500, minutes(1)}));
  EXPECT_EQ(parse_rate("1000/h"), (Rate{1000, hours(1)}));
  EXPECT_EQ(parse_rate("50000/day"), (Rate{50000, hours(24)}));
  EXPECT_EQ(text_of({50000, hours(24)}), "50000/day");
  for (const char* wrong : {"", "14", "/s", "0/s", "-1/s", "14/", "14/sec", "14 /s", "1.5/s", "99999999999/s"}) {
    EXPECT_FALSE(parse_rate(wrong)) << wrong;
  }
}

TEST(RateWindow, LetsItsRateOutAtOnceAndNoMoreUntilTheWindowIsPast) {
  RateWindow window({14, seconds(1)});
  window.take(14, kNoon);
  EXPECT_EQ(window.room(kNoon), 0);
  EXPECT_EQ(window.next_room(kNoon), kNoon + milliseconds(1020));
  EXPECT_EQ(window.room(kNoon + milliseconds(1000)), 0) << "a mail of the step's end is not a window old yet";
  EXPECT_EQ(window.room(kNoon + milliseconds(1020)), 14);
}

TEST(RateWindow, GrowsByWhatIsPast) {
  RateWindow window({10, seconds(1)});
  window.take(4, kNoon);
  window.take(6, kNoon + milliseconds(500));
  EXPECT_EQ(window.next_room(kNoon + milliseconds(600)), kNoon + milliseconds(1020));
  EXPECT_EQ(window.room(kNoon + milliseconds(1020)), 4);
  EXPECT_FALSE(window.next_room(kNoon + milliseconds(1020))) << "there is room";
}

TEST(RateWindow, AMailThatIsTooLargeGoesWholeAndIsPaidForLater) {
  RateWindow window({10, seconds(1)});
  window.take(35, kNoon);
  EXPECT_EQ(window.room(kNoon), -25);
  EXPECT_EQ(window.next_room(kNoon), kNoon + milliseconds(3060)) << "35 at 10 a second";
  EXPECT_EQ(window.room(kNoon + milliseconds(1020)), -15);
  EXPECT_EQ(window.room(kNoon + milliseconds(3060)), 5);
}

TEST(RateWindow, AClockThatIsSetBackStopsNothing) {
  RateWindow window({10, seconds(1)});
  window.take(10, kNoon);
  EXPECT_EQ(window.room(kNoon - hours(5)), 0);
  EXPECT_EQ(window.room(kNoon - hours(5) + milliseconds(1040)), 10);
}

TEST(RateWindow, GoesOnInALaterLifeWhereItWas) {
  testing::FakeRandom random(3);
  for (const Rate rate : {Rate{500, minutes(1)}, Rate{10, hours(24)}}) {
    RateWindow window(rate);
    Time now = kNoon;
    for (int i = 0; i < 300; ++i) {
      now += Duration(static_cast<std::int64_t>(random.unit() * static_cast<double>(rate.per.count()) / 10));
      if (window.room(now) > 0) window.take(static_cast<std::int64_t>(1 + random.unit() * 25), now);
      RateWindow later(rate);
      later.remember(window.sent());
      ASSERT_EQ(later.room(now), window.room(now));
      ASSERT_EQ(later.next_room(now), window.next_room(now));
    }
  }
}

TEST(RateWindow, OfALaterLifeMayHaveAnotherRate) {
  RateWindow window({10, hours(24)});
  window.take(10, kNoon);
  RateWindow more({15, hours(24)});
  more.remember(window.sent());
  EXPECT_EQ(more.room(kNoon), 5);
  RateWindow less({4, hours(24)});
  less.remember(window.sent());
  EXPECT_EQ(less.room(kNoon), -6);
  RateWindow earlier({10, hours(24)});
  earlier.remember(window.sent());
  EXPECT_EQ(earlier.room(kNoon - hours(100)), 0) << "the clock was set back in between";
}

// Whatever is asked whenever: no stretch as long as the window has more than the rate and a mail.
TEST(RateWindow, NoStretchEverHasMoreThanItsRate) {
  testing::FakeRandom random(7);
  for (const Rate rate : {Rate{14, seconds(1)}, Rate{500, minutes(1)}, Rate{3, hours(24)}}) {
    RateWindow window(rate);
    struct Sent {
      Time at;
      std::int64_t recipients;
    };
    std::vector<Sent> sent;
    Time now = kNoon;
    std::int64_t largest = 1;
    for (int i = 0; i < 3000; ++i) {
      now += Duration(
          static_cast<std::int64_t>(random.unit() * random.unit() * static_cast<double>(rate.per.count()) / 5));
      if (window.room(now) <= 0) {
        EXPECT_GT(window.next_room(now), now);
        continue;
      }
      const auto recipients = static_cast<std::int64_t>(1 + random.unit() * 5);
      largest = std::max(largest, recipients);
      window.take(recipients, now);
      sent.push_back({now, recipients});
    }
    ASSERT_GT(sent.size(), 20U);
    for (std::size_t first = 0; first < sent.size(); ++first) {
      std::int64_t sum = 0;
      for (std::size_t i = first; i < sent.size() && sent[i].at - sent[first].at <= rate.per; ++i) {
        sum += sent[i].recipients;
      }
      EXPECT_LT(sum, rate.recipients + largest);
    }
  }
}

TEST(RateWindow, LosesNoMoreThanAFiftiethOfItsRate) {
  RateWindow window({14, seconds(1)});
  std::int64_t sent = 0;
  const Time end = kNoon + minutes(1);
  for (Time now = kNoon; now < end; now = window.next_room(now).value_or(end)) {
    sent += window.room(now);
    window.take(window.room(now), now);
  }
  EXPECT_GE(sent, 14 * 60 * 97 / 100);
  EXPECT_LE(sent, 14 * 60);
}

}  // namespace
}  // namespace jobd
