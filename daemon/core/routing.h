// Router: which lane a recipient of a mail falls under. A lane is a configured rule, not a relay: the route that the
// sender or the recipient is under, together with the domain limits that the recipient is under. It is found once, at
// acceptance, and kept with the job under an id that the store gave to the rule's key; so relays may be added, taken
// away and fail over to one another without a job being touched. A lane whose rule has gone from the configuration goes
// by what is left of it: no limits of its domain, or the default route.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "daemon/core/record.h"

namespace jobd {

// Immutable, any thread.
class Router {
 public:
  virtual ~Router() = default;
  // Addresses are bare, in any case. envelope_from may be empty.
  virtual LaneId lane_of(std::string_view envelope_from, std::string_view recipient) const = 0;
  // How many recipients one transaction on this lane may have: the least that its relays take.
  virtual std::size_t recipients_max(LaneId lane) const = 0;
};

}  // namespace jobd
