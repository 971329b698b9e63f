#include "cmd/completion.h"

#include <algorithm>

#include "cmd/completion_parts.h"
#include "cmd/options.h"

namespace jobd::cmd {

std::string completion_script(Shell shell, const Program& program) {
  switch (shell) {
    case Shell::bash: return bash_completion(program);
    case Shell::zsh: return zsh_completion(program);
    case Shell::fish: return fish_completion(program);
  }
  return "";
}

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string escaped(std::string_view text, std::string_view characters, std::string_view before) {
  std::string out;
  for (const char c : text) {
    if (characters.find(c) != std::string_view::npos) out += before;
    out += c;
  }
  return out;
}

std::vector<std::string> names_with_value(const std::vector<DefinedOption>& options) {
  std::vector<std::string> out;
  for (const DefinedOption& option : options) {
    if (option.takes == DefinedOption::Takes::value) out.insert(out.end(), option.names.begin(), option.names.end());
  }
  return out;
}

const DefinedOption* bare_argument(const DefinedCommand& command) {
  const auto found = std::ranges::find_if(command.options, [](const auto& each) { return each.names.empty(); });
  return found == command.options.end() ? nullptr : &*found;
}

bool is_file(const DefinedOption& option) {
  return option.value == kFileValue.name;
}

bool is_id(const DefinedOption& option) {
  return option.value == kIdValue.name;
}

bool is_offered(const DefinedOption& option) {
  return !option.names.empty() || is_id(option) || !option.words.empty();
}

}  // namespace jobd::cmd
