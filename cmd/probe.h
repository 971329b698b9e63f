// Asking jobd to talk to a relay and to say how far it came.
#pragma once

#include "cmd/context.h"
#include "cmd/invocation.h"

namespace jobd::cmd {

// Gives the exit code: kUnsuccessful where a step failed.
int probe_relay(const Probe& probe, Context& context);

}  // namespace jobd::cmd
