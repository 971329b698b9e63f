#include "daemon/notify.h"

#include <systemd/sd-daemon.h>

namespace jobd::notify {

void ready(const std::string& status) {
  ::sd_notify(0, ("READY=1\nSTATUS=" + status).c_str());
}

void stopping(Duration at_most) {
  const auto wait = std::chrono::microseconds(at_most).count();
  ::sd_notify(0,
              ("STOPPING=1\nSTATUS=finishing what is in flight\nEXTEND_TIMEOUT_USEC=" + std::to_string(wait)).c_str());
}

}  // namespace jobd::notify
