// jobctl, without its main: from the arguments to the exit code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cmd/console.h"
#include "cmd/outside.h"
#include "shared/clock.h"

namespace jobd::cmd {

// arguments: without the program's name. random: for the key of a submit. All output has been written when
// it returns; where out could not be written that is the exit code (74), whatever happened before.
int run(const std::vector<std::string>& arguments, Console& console, Outside& outside, const Clock& clock,
        std::uint64_t random);

}  // namespace jobd::cmd
