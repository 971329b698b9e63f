// The command line, understood: from the arguments to one Invocation.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "cmd/definitions.h"
#include "cmd/exit_code.h"
#include "cmd/invocation.h"
#include "cmd/program.h"

namespace jobd::cmd {

// --help or --version: for stdout, then exit 0.
struct Information {
  std::string text;
};
using Parsed = std::variant<Invocation, Information, Refusal>;

// arguments: without the program's name. Refusals: 64 for what cannot be understood, 65 for a value that nobody can
// take (cmd/conversions). What needs jobd's limits to judge (ranges, sizes) jobd judges, with the same 65.
Parsed parse_command_line(const std::vector<std::string>& arguments, const Surroundings& around);

// The program as it is defined, with the options of every subcommand.
Program read_program();

}  // namespace jobd::cmd
