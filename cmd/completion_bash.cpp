#include "cmd/completion_parts.h"

namespace jobd::cmd {
namespace {

// @...@ is put in. "--option=value" comes as three words, since "=" parts words in bash.
constexpr std::string_view kScript = R"(# bash completion for jobctl, made by: jobctl completion bash

_jobctl_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}

_jobctl_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$current")
}

# The newest jobs. Silent when jobd is away.
_jobctl_ids() {
  local id rest ids=
  while read -r id rest; do
    [[ $id == ????????-????-* ]] && ids+="$id "
  done < <(timeout 1 "${COMP_WORDS[0]}" "${global[@]}" list --limit 50 2>/dev/null </dev/null)
  compopt -o nosort 2>/dev/null
  _jobctl_words "$ids"
}

_jobctl() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} assigned= command= option word i
  local -a global=()
  COMPREPLY=()
  if [[ $current == = ]]; then
    current= assigned=1
  elif [[ $before == = ]]; then
    assigned=1 before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      @GLOBAL@)
        option=$word
        [[ ${COMP_WORDS[i + 1]} == = ]] && ((i++))
        ((++i < COMP_CWORD)) && global+=("$option" "${COMP_WORDS[i]}")
        ;;
      -*) ;;
      *)
        command=$word
        break
        ;;
    esac
  done
  case $before in
@GLOBAL_VALUES@  esac
  case $command in
@COMMANDS@  esac
}

complete -F _jobctl jobctl
)";

std::string put(std::string text, std::string_view name, const std::string& value) {
  return text.replace(text.find(name), name.size(), value);
}

std::string action(const DefinedOption& option) {
  if (!option.words.empty()) return "_jobctl_words " + shell_quoted(joined(option.words, " "));
  if (is_file(option)) return "_jobctl_files";
  return is_id(option) ? "_jobctl_ids" : "";
}

// A case for each option with a value, which is completed or left to the user.
std::string value_cases(const std::vector<DefinedOption>& options, const std::string& indent) {
  std::string out;
  std::vector<std::string> free;
  for (const DefinedOption& option : options) {
    if (option.takes != DefinedOption::Takes::value || option.names.empty()) continue;
    const std::string what = action(option);
    if (what.empty()) {
      free.insert(free.end(), option.names.begin(), option.names.end());
    } else {
      out += indent + joined(option.names, " | ") + ") " + what + "; return ;;\n";
    }
  }
  if (!free.empty()) out += indent + joined(free, " | ") + ") return ;;\n";
  return out;
}

std::string names_of(const std::vector<DefinedOption>& options) {
  std::vector<std::string> names;
  for (const DefinedOption& option : options) names.insert(names.end(), option.names.begin(), option.names.end());
  return joined(names, " ");
}

std::string command_case(const DefinedCommand& command, const std::string& global_options) {
  const std::string own = names_of(command.options);
  const std::string more = command.takes_program_options ? (own.empty() ? "" : " ") + global_options : "";
  std::string out = "    " + command.name + ")\n";
  const std::string values = value_cases(command.options, "        ");
  if (!values.empty()) out += "      case $before in\n" + values + "      esac\n";
  out += "      [[ $assigned ]] && return\n";
  const DefinedOption* bare = bare_argument(command);
  const std::string what = bare == nullptr ? "" : action(*bare);
  const std::string options = "_jobctl_words " + shell_quoted(own + more);
  if (what.empty()) return out + "      " + options + "\n      ;;\n";
  return out + "      if [[ $current == -* ]]; then\n        " + options + "\n      else\n        " + what +
         "\n      fi\n      ;;\n";
}

}  // namespace

std::string bash_completion(const Program& program) {
  const std::string global_options = names_of(program.options);
  std::string commands;
  std::vector<std::string> names;
  for (const DefinedCommand& command : program.commands) {
    commands += command_case(command, global_options);
    names.push_back(command.name);
  }
  commands += "    '') if [[ $current == -* ]]; then _jobctl_words " + shell_quoted(global_options) +
              "; else _jobctl_words " + shell_quoted(joined(names, " ")) + "; fi ;;\n";
  std::string out = put(std::string(kScript), "@GLOBAL@", joined(names_with_value(program.options), " | "));
  out = put(out, "@GLOBAL_VALUES@", value_cases(program.options, "    "));
  return put(out, "@COMMANDS@", commands);
}

}  // namespace jobd::cmd
