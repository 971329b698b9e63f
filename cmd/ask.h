// Asking a person before many jobs are changed.
#pragma once

#include <string>

#include "cmd/context.h"

namespace jobd::cmd {

// "question [y/N] " on standard error, and the answer from the terminal: standard input may be the ids. Where there is
// nobody to ask it is agreed: a script has said what it wants. Tells when it is not agreed.
bool is_agreed(Context& context, const std::string& question);

}  // namespace jobd::cmd
