// A record as the wire tells it.
#pragma once

#include <optional>

#include "daemon/core/record.h"

namespace jobd {

// waiting_for: why a pending job does not run now, as the engine knows it; ignored in other states.
Job describe(const Record& record, std::optional<WaitingFor> waiting_for);

}  // namespace jobd
