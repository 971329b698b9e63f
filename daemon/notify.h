// What systemd is told (sd_notify(3)); nothing happens where nobody listens.
#pragma once

#include <string>

#include "shared/clock.h"

namespace jobd::notify {

void ready(const std::string& status);
// How long the stop may take: systemd waits for it, whatever the unit says.
void stopping(Duration at_most);

}  // namespace jobd::notify
