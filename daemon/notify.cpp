#include "daemon/notify.h"

#include <systemd/sd-daemon.h>

namespace jobd::notify {

void ready(const std::string& status) {
  ::sd_notify(0, ("READY=1\nSTATUS=" + status).c_str());
}

void stopping() {
  ::sd_notify(0, "STOPPING=1\nSTATUS=finishing what is in flight");
}

}  // namespace jobd::notify
