// What a descriptor is shown on, as the system and the environment tell it.
#pragma once

#include "cmd/console.h"

namespace jobd::cmd {

// Colours: on a terminal that has them, unless $NO_COLOR is set (no-color.org) or $TERM is dumb or nothing. Columns:
// $COLUMNS where it is a number, else the terminal's. No terminal has no columns, whatever $COLUMNS says.
Screen find_screen(int descriptor);

// Asks the terminal for its columns and rows again: it may have been resized.
void measure(Screen& screen);

}  // namespace jobd::cmd
