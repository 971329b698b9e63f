// ClockWatch: tells when the machine's clock has been set. Who sleeps until a time of it has to look again then: set
// back by an hour, the sleep would be an hour too long. The kernel says so (timerfd_create(2),
// TFD_TIMER_CANCEL_ON_SET), so that nobody has to look now and then.
#pragma once

#include <functional>
#include <memory>

namespace jobd {

class IoLoop;

// Becomes readable when the clock is set, and at no other time. Throws std::system_error.
int make_clock_descriptor();

// The loop's thread only; shorter-lived than the loop.
class ClockWatch {
 public:
  // Owns the descriptor, which is not blocking. changed is called each time it is readable.
  ClockWatch(IoLoop& loop, int descriptor, std::function<void()> changed);
  ~ClockWatch();
  ClockWatch(const ClockWatch&) = delete;
  ClockWatch& operator=(const ClockWatch&) = delete;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace jobd
