// submit-email, from the files to the exit code.
#pragma once

#include <cstdint>

#include "cmd/console.h"
#include "cmd/invocation.h"
#include "cmd/session.h"

namespace jobd::cmd {

// Always with an idempotency key, the given one or a new UUID version 7 of the clock's time and `random`, so
// that the session may repeat it over a lost connection and the user after any doubt.
//
// Prints the id as soon as the job is accepted, or with --json the job, once, when it is not waited for any
// more. What is lost after that is no reason to submit again: then the exit code is kUnfinished.
int submit_email(const Submit& submit, Session& session, Console& console, const Clock& clock, std::uint64_t random);

}  // namespace jobd::cmd
