// status --follow: a line for each change of the jobs as it happens, and their stories at the end.
#pragma once

#include "cmd/context.h"
#include "cmd/invocation.h"

namespace jobd::cmd {

// All jobs at once, each until it moves no further by itself, all of them no longer than the wait's limit. The exit
// code is --wait's, the worst of them.
int follow(const Status& status, Context& context);

}  // namespace jobd::cmd
