#include "cmd/completion_parts.h"

namespace jobd::cmd {
namespace {

constexpr std::string_view kHead = R"(# fish completion for jobctl, made by: jobctl completion fish

# Whether this subcommand is chosen; '' is none.
function __jobctl_is
    set -l words (commandline -opc)
    set -e words[1]
    set -l is_value 0
    for word in $words
        if test $is_value = 1
            set is_value 0
            continue
        end
        switch $word
            case @GLOBAL@
                set is_value 1
            case '-*'
            case '*'
                test "$word" = "$argv[1]"
                return
        end
    end
    test -z "$argv[1]"
end

# The newest jobs. Silent when jobd is away.
function __jobctl_ids
    set -l words (commandline -opc)
    set -l socket
    if set -l at (contains -i -- --socket $words)
        set socket --socket $words[(math $at + 1)]
    end
    timeout 1 $words[1] $socket list --limit 50 2>/dev/null </dev/null |
        string match -r '^\S{8}-\S+ .*' | string replace -r '  +' \t
end

complete -c jobctl -f
)";

std::string quoted(std::string_view text) {
  return "'" + escaped(text, "\\'") + "'";
}

std::string condition(const std::string& command) {
  return " -n \"__jobctl_is " + quoted(command) + "\"";
}

// Behind a subcommand that does not take them the program's options are not offered.
std::string program_condition(const Program& program) {
  std::string tests;
  for (const DefinedCommand& command : program.commands) {
    if (command.takes_program_options) continue;
    tests += (tests.empty() ? "not __jobctl_is " : "; and not __jobctl_is ") + quoted(command.name);
  }
  return tests.empty() ? "" : " -n \"" + tests + "\"";
}

std::string action(const DefinedOption& option) {
  if (!option.words.empty()) return " -x -a " + quoted(joined(option.words, " "));
  if (is_file(option)) return " -r -F";
  return is_id(option) ? " -x -k -a '(__jobctl_ids)'" : " -x";
}

std::string complete(const DefinedOption& option, const std::string& condition) {
  std::string out = "complete -c jobctl" + condition;
  for (const std::string& name : option.names) {
    out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (option.takes == DefinedOption::Takes::value) out += action(option);
  return out + " -d " + quoted(option.help) + "\n";
}

}  // namespace

std::string fish_completion(const Program& program) {
  constexpr std::string_view kGlobal = "@GLOBAL@";
  std::string out(kHead);
  out.replace(out.find(kGlobal), kGlobal.size(), joined(names_with_value(program.options), " "));
  for (const DefinedOption& option : program.options) out += complete(option, program_condition(program));
  for (auto command = program.commands.rbegin(); command != program.commands.rend(); ++command) {
    out += "complete -c jobctl -k" + condition("") + " -a " + command->name + " -d " + quoted(command->summary) + "\n";
  }
  for (const DefinedCommand& command : program.commands) {
    for (const DefinedOption& option : command.options) {
      if (is_offered(option)) out += complete(option, condition(command.name));
    }
  }
  return out;
}

}  // namespace jobd::cmd
