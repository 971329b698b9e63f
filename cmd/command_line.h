// The command line, understood. The only file that knows CLI11.
//
// 64 (usage) is for what cannot be understood: an unknown option, a missing value, a number, duration or
// time that is none, a word that is none of those allowed. 65 is for what is understood and cannot be right:
// an address, an id. What needs jobd's limits to judge (ranges, sizes) jobd judges, with the same 65.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "cmd/exit_code.h"
#include "cmd/invocation.h"

namespace jobd::cmd {

// --help or --version: for stdout, then exit 0.
struct Information {
  std::string text;
};
using Parsed = std::variant<Invocation, Information, Refusal>;

// arguments: without the program's name. now: what "2h ago" counts from.
Parsed parse_command_line(const std::vector<std::string>& arguments, Time now);

}  // namespace jobd::cmd
