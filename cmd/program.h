// The definition of the command line as data: what completions are made of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace jobd::cmd {

struct DefinedOption {
  enum class Takes : std::uint8_t { nothing, value, optional_value };  // optional: after "=" only

  std::vector<std::string> names;  // "-h", "--help"; none: a bare argument
  std::string help;
  Takes takes = Takes::nothing;
  std::string value;               // "FILE"
  std::vector<std::string> words;  // the only values, where that is so
  bool repeats = false;
};

struct DefinedCommand {
  std::string name;
  std::string summary;
  std::vector<DefinedOption> options;
  bool takes_program_options = true;  // behind it too
};

struct Program {
  std::vector<DefinedOption> options;  // before every subcommand
  std::vector<DefinedCommand> commands;
};

}  // namespace jobd::cmd
