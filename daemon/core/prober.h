// Prober: the port to whoever can talk to a relay without sending anything (daemon/mail).
#pragma once

#include <functional>
#include <string>

#include "daemon/core/attempt.h"
#include "shared/requests.h"

namespace jobd {

// On the service's thread, the replies too.
class Prober {
 public:
  virtual ~Prober() = default;
  // By its name; an empty one is the first. Errors: invalid_field: there is none of that name, or no relay at all.
  virtual Result<RelayId> find(const std::string& relay) const = 0;
  // Calls reply once; never, when jobd ends first, whose drain has answered already. A relay that fails is a report,
  // not an error.
  virtual void probe(RelayId relay, ProbeRelay probe, std::function<void(Result<ProbeReport>)> reply) = 0;
};

}  // namespace jobd
