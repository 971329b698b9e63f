#include "cmd/pages.h"

#include <algorithm>
#include <utility>

namespace jobd::cmd {
namespace {

// Jobs asked for at once: a page stays far under what a client takes, also with a thousand recipients a job.
constexpr std::size_t kPageJobs = 200;

}  // namespace

Result<Done> each_page(Session& session, const JobFilter& filter, std::size_t limit,
                       const std::function<void(const std::vector<Job>&)>& take) {
  ListJobs request{filter, 0, ""};
  for (std::size_t left = limit; left > 0;) {
    request.limit = std::min(left, kPageJobs);
    auto page = understand(session.call(request), decode_page);
    if (!page) return std::move(page).error();
    take(page->jobs);
    left -= std::min(left, page->jobs.size());
    if (!page->next_cursor) break;
    request.cursor = std::move(*page->next_cursor);
  }
  return Done{};
}

}  // namespace jobd::cmd
