// list: a table, one JSON text or one a line, written page by page. Gives the exit code.
#pragma once

#include "cmd/context.h"
#include "cmd/invocation.h"

namespace jobd::cmd {

int list_jobs(const List& list, Context& context);

}  // namespace jobd::cmd
