// Completions: what a shell offers after TAB, as a script for it to source.
//
// The scripts are made from the definition of the command line itself: its subcommands, their options, which of them
// take a value, the words that are checked. Nothing of it stands anywhere else. Values called FILE complete to files,
// those called ID to the newest jobs: the script then runs `jobctl list`, which is silent there when jobd is away and
// is given a second.
#pragma once

#include <string>

#include "cmd/invocation.h"
#include "cmd/program.h"

namespace jobd::cmd {

std::string completion_script(Shell shell, const Program& program);

}  // namespace jobd::cmd
