// watch: a line for each change of a job, until an interrupt or until nobody reads. Gives the exit code.
#pragma once

#include "cmd/context.h"
#include "cmd/invocation.h"

namespace jobd::cmd {

// What comes together is written together; nothing is held back while more is waited for.
int watch_jobs(const WatchJobs& watch, Context& context);

// Tells that the connection of a watch is lost and made again.
void complain_of_loss(Console& console);
// Tells that jobd has not kept all events.
void complain_of_gap(Console& console);

}  // namespace jobd::cmd
