// cancel, retry, delete: many jobs, by their ids or by a filter. Each gives the exit code.
//
// Ids: one request each, its new state a line, all are tried and the worst code counts. A filter: one request for all,
// and how many were met. A person at the terminal is asked first when a filter or standard input brings more than one.
#pragma once

#include "cmd/context.h"
#include "cmd/invocation.h"

namespace jobd::cmd {

int cancel_jobs(const CancelMany& cancel, Context& context);
int retry_jobs(const RetryMany& retry, Context& context);
int delete_jobs(const DeleteMany& deletion, Context& context);

}  // namespace jobd::cmd
