// list --watch: the table in its place on the terminal, drawn again when a job has changed. Ends by an interrupt.
#pragma once

#include "cmd/context.h"
#include "cmd/invocation.h"

namespace jobd::cmd {

// Only where the cursor can be moved; else it is refused. Idle it does nothing, and however much changes it draws a few
// times a second at most. Gives the exit code.
int watch_list(const List& list, Context& context);

}  // namespace jobd::cmd
