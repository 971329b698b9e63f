#include "daemon/clock_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "daemon/net/io_loop.h"

namespace jobd {
namespace {

TEST(ClockWatch, TellsEachTimeThatItsDescriptorSaysSo) {
  const int clock = ::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);  // as if it had been set
  IoLoop loop;
  int told = 0;
  const ClockWatch watch(loop, clock, [&] {
    if (++told == 3) return loop.stop();
    EXPECT_EQ(::eventfd_write(clock, 1), 0);
  });
  loop.run();
  EXPECT_EQ(told, 3);
}

TEST(ClockWatch, IsWokenByTheKernelWhenTheClockIsSetAndNeverElse) {
  const int clock = make_clock_descriptor();
  pollfd watched{clock, POLLIN, 0};
  EXPECT_EQ(::poll(&watched, 1, 0), 0);
  std::ostringstream facts;
  facts << std::ifstream("/proc/self/fdinfo/" + std::to_string(clock)).rdbuf();
  EXPECT_THAT(facts.str(), ::testing::HasSubstr("clockid: 0\n")) << "CLOCK_REALTIME";
  EXPECT_THAT(facts.str(), ::testing::HasSubstr("settime flags: 03\n")) << "TFD_TIMER_CANCEL_ON_SET";
  EXPECT_THAT(facts.str(), ::testing::HasSubstr("it_interval: (0, 0)"));
  ::close(clock);
}

}  // namespace
}  // namespace jobd
