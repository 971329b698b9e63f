// A list of jobs, page by page.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "cmd/session.h"
#include "shared/requests.h"

namespace jobd::cmd {

// Hands the jobs that the filter finds, the newest first and `limit` at most, to `take` as their pages come. Errors:
// those of understand.
Result<Done> each_page(Session& session, const JobFilter& filter, std::size_t limit,
                       const std::function<void(const std::vector<Job>&)>& take);

}  // namespace jobd::cmd
