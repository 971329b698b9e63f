#include "cmd/exit_code.h"

#include <algorithm>

namespace jobd::cmd {
namespace {

bool any_is(const Job& job, RecipientStatus status) {
  return std::ranges::any_of(job.recipients, [=](const Recipient& r) { return r.status == status; });
}

}  // namespace

int exit_code(const Error& error) {
  return row(error.code).exit_code;
}

int exit_code_awaited(const Job& job) {
  switch (job.status) {
    case JobStatus::pending:
    case JobStatus::processing: return kUnfinished;
    case JobStatus::completed: return kDone;
    case JobStatus::held: return kPartly;
    case JobStatus::failed:
    case JobStatus::cancelled: break;
  }
  const bool doubt = job.error && job.error->code == Failure::in_doubt;
  const bool partly = any_is(job, RecipientStatus::delivered) || any_is(job, RecipientStatus::uncertain);
  return doubt || partly ? kPartly : kUnsuccessful;
}

}  // namespace jobd::cmd
