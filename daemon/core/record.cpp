#include "daemon/core/record.h"

#include <array>

namespace jobd {

JobStatus status_of(const State& state) {
  static constexpr std::array kByIndex{JobStatus::pending, JobStatus::processing, JobStatus::completed,
                                       JobStatus::failed,  JobStatus::held,       JobStatus::cancelled};
  static_assert(kByIndex.size() == std::variant_size_v<State>);
  return kByIndex[state.index()];
}

}  // namespace jobd
