// The standard streams as jobctl's functions see them. Data goes to out, messages to err.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string_view>

#include "cmd/exit_code.h"
#include "cmd/invocation.h"
#include "shared/error.h"

namespace jobd::cmd {

// What a stream is shown on. main finds it out; by default a stream is no terminal: plain text of any width.
struct Screen {
  int terminal = -1;        // the descriptor of the terminal; -1: none
  std::size_t columns = 0;  // 0: any number
  std::size_t rows = 0;     // likewise
  bool color = false;
  bool redraws = false;  // the cursor can be moved: a line may be written over
};

struct Console {
  std::istream& in;
  bool in_is_terminal;
  std::ostream& out;
  std::ostream& err;
  Screen out_screen = {};
  Screen err_screen = {};
};

// Colours as the user chose; automatic leaves them as they were found.
void choose_color(Console& console, ColorChoice choice);

// "jobctl: message", a line. The message is made printable.
void complain(Console& console, std::string_view message);

// Tells it line by line and gives its exit code.
int complain(Console& console, const Refusal& refusal);

// Tells that a wait ended because jobd is stopping.
void complain_of_stop(Console& console);

// Tells the error and what it is about (an id; may be empty), its field once, and gives its exit code.
int complain(Console& console, const Error& error, std::string_view about = {});

}  // namespace jobd::cmd
