// The email of a submit, with its files read: what the command line only names becomes content.
#pragma once

#include <variant>

#include "cmd/console.h"
#include "cmd/exit_code.h"
#include "cmd/invocation.h"

namespace jobd::cmd {

// Reads standard input where the body is there. Refused: a file that cannot be read (66), text that is no
// UTF-8 or far too large (65), no text at all (64).
std::variant<SubmitEmail, Refusal> compose(const Submit& submit, Console& console);

}  // namespace jobd::cmd
