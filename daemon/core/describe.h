// A record as the wire tells it.
#pragma once

#include <optional>

#include "daemon/core/record.h"

namespace jobd {

// Why a pending job does not run now, as the engine knows it.
struct Waiting {
  WaitingFor reason = WaitingFor::slot;
  Time until{};  // when it can run at the earliest, as far as can be told
};

// waiting: of a pending job; ignored in other states.
Job describe(const Record& record, const std::optional<Waiting>& waiting);

}  // namespace jobd
