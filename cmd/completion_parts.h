// What the scripts of all shells need.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cmd/conversions.h"
#include "cmd/program.h"

namespace jobd::cmd {

std::string bash_completion(const Program& program);
std::string zsh_completion(const Program& program);
std::string fish_completion(const Program& program);

// In single quotes of a POSIX shell.
std::string shell_quoted(std::string_view text);
// The text with this before each of those characters.
std::string escaped(std::string_view text, std::string_view characters, std::string_view before = "\\");

// The names of the options that take the next argument for their value.
std::vector<std::string> names_with_value(const std::vector<DefinedOption>& options);
// The bare arguments, if there are any.
const DefinedOption* bare_argument(const DefinedCommand& command);

bool is_file(const DefinedOption& option);
bool is_id(const DefinedOption& option);
// A bare argument only where there is something to offer for it.
bool is_offered(const DefinedOption& option);

}  // namespace jobd::cmd
