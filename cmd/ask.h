// Asking a person before many jobs are changed.
#pragma once

#include <string>

#include "cmd/context.h"

namespace jobd::cmd {

// "question [y/N] " and the answer, both at the terminal: standard input may be the ids, standard error a log. Where
// there is nobody to ask it is agreed: a script has said what it wants. Tells when it is not agreed.
bool is_agreed(Context& context, const std::string& question);

}  // namespace jobd::cmd
