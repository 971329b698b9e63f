// The composition: repository, engine, processors, service and socket put together, run and taken apart.
#pragma once

#include "daemon/config.h"

namespace jobd {

// Runs jobd until a signal has ended it. Precondition: with_defaults and check_config were applied.
// Gives the exit code: 0 after a graceful stop, 75 when the store or the socket is another's or out of reach, 78 when
// the configuration cannot be followed. What went wrong is in the log.
int run_daemon(const Config& config);

}  // namespace jobd
