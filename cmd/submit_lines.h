// submit-email --json-lines: a stream of emails in, a stream of results out.
//
// Each line of input is an email object, each line of output {"line":n,"job":{...}} or {"line":n,"error":{...}}, in the
// order of the input. A window of lines is under way over one connection (submit_lines_window.h), so memory stays the
// same however many there are. Results are written as soon as they can be, also while the input stands open and silent.
//
// A jobd that answers is waited for as long as it takes: what it refuses for the moment is submitted again. One that
// went away is looked for, kReturnMax long without an answer; then the lines under way get the error as their result.
// So at any end but that of a reader who left each line that was taken has a result, and stderr says from which line on
// to repeat.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cmd/console.h"
#include "cmd/invocation.h"
#include "shared/clock.h"

namespace jobd::cmd {

// How long a jobd that went away is looked for: a restart with a large store, or a package upgrade, takes less.
inline constexpr Duration kReturnMax{60'000};

// Where lines come from and go to; whoever has opened them closes them.
struct LineStreams {
  int in = STDIN_FILENO;
  int out = STDOUT_FILENO;
};

// places: where jobd's socket may be, looked at for each connection. Gives the worst exit code of all lines; kOutput
// without a word when the reader of the results has gone.
int submit_lines(const SubmitLines& submit, const std::vector<std::string>& places, Console& console,
                 const Clock& clock, std::uint64_t random, LineStreams streams = {});

}  // namespace jobd::cmd
