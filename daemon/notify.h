// What systemd is told (sd_notify(3)); nothing happens where nobody listens.
#pragma once

#include <string>

namespace jobd::notify {

void ready(const std::string& status);
void stopping();

}  // namespace jobd::notify
