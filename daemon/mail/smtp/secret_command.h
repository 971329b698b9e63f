// A command that prints a secret: oauth2_command.
#pragma once

#include <string>

#include "daemon/mail/smtp/secret.h"
#include "shared/clock.h"

namespace jobd::smtp {

// Runs it by /bin/sh -c with nothing on its stdin, in a process group of its own, and gives what it printed, one line
// or more. Blocks: for a thread that nobody waits for. What it leaves running behind is not waited for.
//
// Errors: unavailable: it cannot be run, ended with another code than 0 (then with the first line of its stderr), did
// not end within `limit` (its group is killed), or printed more than Secret::kBytesMax.
Result<Secret> run_for_secret(const std::string& command, Duration limit);

}  // namespace jobd::smtp
