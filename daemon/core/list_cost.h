// What a list asks of the store, in the bytes of a turn (limits::kTurnBytes): so that few that must look through many
// rows share one, and few of one client are under way at once.
#pragma once

#include <algorithm>
#include <cstddef>

#include "shared/limits.h"
#include "shared/requests.h"

namespace jobd {

// Whether more rows may be looked at than are given: nothing leads to those that match alone.
inline bool looks_through(const JobFilter& filter) {
  if (filter.status == JobStatus::processing) return false;  // few, and in memory
  return !filter.tag.empty() || !filter.recipient.empty() || filter.status == JobStatus::pending ||
         filter.status == JobStatus::completed;
}

// Looking through limits::kListScanRows takes about as long as giving a full page.
inline std::size_t list_cost(const JobFilter& filter, std::size_t limit) {
  return looks_through(filter) ? limits::kPageBytes : std::min(limit * limits::kJobBytes, limits::kPageBytes);
}

}  // namespace jobd
