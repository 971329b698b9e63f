// cancel, retry, delete: many jobs, by their ids or by a filter. Each gives the exit code.
//
// Ids: one request each, its new state a line, all are tried and the worst code counts. A filter: one request for all,
// and how many were met; retry by one that names no state takes the failed ones and then the held ones. A person at the
// terminal is asked first when a filter or standard input brings more than one; then no job that was made after the
// question is changed.
#pragma once

#include "cmd/context.h"
#include "cmd/invocation.h"

namespace jobd::cmd {

int cancel_jobs(const CancelMany& cancel, Context& context);
int retry_jobs(const RetryMany& retry, Context& context);
int delete_jobs(const DeleteMany& deletion, Context& context);

}  // namespace jobd::cmd
