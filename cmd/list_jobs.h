// list: a table (with a head on a terminal only: pipes want lines), one JSON text or one a line, written page by page.
// Gives the exit code.
#pragma once

#include "cmd/context.h"
#include "cmd/invocation.h"

namespace jobd::cmd {

int list_jobs(const List& list, Context& context);

}  // namespace jobd::cmd
