// Waiting until jobd answers, for scripts that start it: `jobctl ping --wait`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/clock.h"
#include "shared/requests.h"

namespace jobd::cmd {

// One ping. Errors: unavailable; what jobd answered.
Result<Pong> ping_once(const std::string& socket_path, Duration patience);

// Pings the first socket of `places` that exists until jobd answers or the limit is over (none: for ever). Errors:
// those of the last ping.
//
// A socket that is not there yet is waited for with inotify, on the folders of all places or on the nearest one above
// that exists. One that is there and does not answer is asked again, 10 ms later at first, then after twice as
// long, 1 s at most: nothing tells when its owner begins to listen.
Result<Pong> await_daemon(const std::vector<std::string>& places, const Clock& clock, std::optional<Duration> limit);

}  // namespace jobd::cmd
