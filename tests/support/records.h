// Records for tests, in one line each.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/record.h"

namespace jobd::testing {

// A pending job as acceptance makes it: due at `now`, 3 attempts, 3 days to live.
Record a_record(Time now, std::vector<std::string> recipients = {"user@example.com"});

}  // namespace jobd::testing
