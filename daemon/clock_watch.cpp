#include "daemon/clock_watch.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <system_error>
#include <utility>

#include "daemon/net/io_loop.h"

namespace jobd {

struct ClockWatch::Parts {
  Parts(IoLoop& loop, int which) : descriptor(loop.context(), which) {}

  void await() {
    descriptor.async_wait(
        boost::asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
          if (error) return;
          // Of a clock that was set it fails, and is armed again by that.
          std::uint64_t ignored = 0;
          [[maybe_unused]] const auto got = ::read(descriptor.native_handle(), &ignored, sizeof ignored);
          await();
          changed();
        });
  }

  boost::asio::posix::stream_descriptor descriptor;
  std::function<void()> changed;
};

int make_clock_descriptor() {
  const int descriptor = ::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  itimerspec never{};
  never.it_value.tv_sec = std::numeric_limits<std::int32_t>::max() * std::int64_t{100};  // in a few thousand years
  constexpr int kFlags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
  if (descriptor < 0 || ::timerfd_settime(descriptor, kFlags, &never, nullptr) != 0) {
    const int reason = errno;
    if (descriptor >= 0) ::close(descriptor);
    throw std::system_error(reason, std::generic_category(), "cannot watch the machine's clock");
  }
  return descriptor;
}

ClockWatch::ClockWatch(IoLoop& loop, int descriptor, std::function<void()> changed)
    : parts_(std::make_unique<Parts>(loop, descriptor)) {
  parts_->changed = std::move(changed);
  parts_->await();
}

ClockWatch::~ClockWatch() = default;

}  // namespace jobd
