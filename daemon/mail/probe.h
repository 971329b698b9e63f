// A probe: talks to a relay as a mail would, up to the reply to a recipient, and sends nothing.
#pragma once

#include <string>

#include "daemon/core/attempt.h"
#include "shared/clock.h"
#include "shared/requests.h"

namespace jobd {

struct ProbeOrder {
  RelayId relay = 0;
  std::string from;    // of MAIL; empty: the null sender
  std::string to;      // empty: it ends with the reply to MAIL
  Duration timeout{};  // of the whole
};

}  // namespace jobd
