// The standard streams as jobctl's functions see them. Data goes to out, messages to err.
#pragma once

#include <iosfwd>
#include <string_view>

#include "shared/error.h"

namespace jobd::cmd {

struct Console {
  std::istream& in;
  bool in_is_terminal;
  std::ostream& out;
  std::ostream& err;
};

// "jobctl: message", a line. The message is made printable.
void complain(Console& console, std::string_view message);

// Tells that a wait ended because jobd is stopping.
void complain_of_stop(Console& console);

// Tells the error and what it is about (an id; may be empty), its field once, and gives its exit code.
int complain(Console& console, const Error& error, std::string_view about = {});

}  // namespace jobd::cmd
