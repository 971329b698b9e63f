#include "cmd/completion_parts.h"

namespace jobd::cmd {
namespace {

constexpr std::string_view kHead = R"(#compdef jobctl
# zsh completion for jobctl, made by: jobctl completion zsh

# The newest jobs. Silent when jobd is away.
_jobctl_ids() {
  local -a jobs
  local id rest
  while read -r id rest; do
    [[ $id == ????????-????-* ]] && jobs+=("$id:${rest//:/\\:}")
  done < <(timeout 1 ${_jobctl_call:-jobctl} list --limit 50 2>/dev/null </dev/null)
  _describe -V job jobs
}

)";

constexpr std::string_view kTail = R"(
if [[ $funcstack[1] == _jobctl ]]; then
  _jobctl "$@"
else
  compdef _jobctl jobctl
fi
)";

// In an explanation or a message of _arguments.
std::string plain(std::string_view text) {
  return escaped(text, "\\[]:");
}

std::string action(const DefinedOption& option) {
  if (!option.words.empty()) return "(" + joined(option.words, " ") + ")";
  if (is_file(option)) return "_files";
  return is_id(option) ? "_jobctl_ids" : " ";
}

// '*--to=[recipient]:ADDRESS: '
std::string spec(const DefinedOption& option) {
  using enum DefinedOption::Takes;
  const std::string message = plain(option.value.empty() ? "value" : option.value);
  if (option.names.empty()) return shell_quoted((option.repeats ? "*:" : "1:") + message + ":" + action(option));
  const std::string help = "[" + plain(option.help) + "]";
  std::string after = help;
  if (option.takes == value) after = "=" + help + ":" + message + ":" + action(option);
  if (option.takes == optional_value) after = "=-" + help + "::DURATION: ";
  if (option.names.size() == 1) return shell_quoted((option.repeats ? "*" : "") + option.names.front() + after);
  return "'(" + joined(option.names, " ") + ")'{" + joined(option.names, ",") + "}" + shell_quoted(after);
}

std::string specs(const std::vector<DefinedOption>& options, const std::string& indent) {
  std::string out;
  for (const DefinedOption& option : options) {
    if (is_offered(option)) out += " \\\n" + indent + spec(option);
  }
  return out;
}

}  // namespace

std::string zsh_completion(const Program& program) {
  std::string out(kHead);
  out += "_jobctl() {\n  local curcontext=$curcontext state line\n  typeset -A opt_args\n";
  out += "  local -a _jobctl_call=($words[1])\n  _arguments -C -S" + specs(program.options, "    ") +
         " \\\n    '1: :->command' \\\n    '*:: :->arguments'\n";
  out += "  [[ -n $opt_args[--socket] ]] && _jobctl_call+=(--socket ${(Q)opt_args[--socket]})\n";
  out += "  case $state in\n    command)\n      local -a commands=(\n";
  for (const DefinedCommand& command : program.commands) {
    out += "        " + shell_quoted(command.name + ":" + escaped(command.summary, ":\\")) + "\n";
  }
  out += "      )\n      _describe -V subcommand commands\n      ;;\n    arguments)\n      case $words[1] in\n";
  for (const DefinedCommand& command : program.commands) {
    out += "        " + command.name + ")\n          _arguments -S" + specs(command.options, "            ");
    if (command.takes_program_options) out += specs(program.options, "            ");
    out += "\n          ;;\n";
  }
  return out + "      esac\n      ;;\n  esac\n}\n" + std::string(kTail);
}

}  // namespace jobd::cmd
