#include "cmd/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace jobd::cmd {
namespace {

// What CLI11 gives for a flag without a value.
constexpr std::string_view kBareFlag = "true";
// Stands at the end of "--subject=...": CLI11 takes the argument after an empty value for it, and a flag's "=true" for
// none. No argument has a NUL.
constexpr char kAssigned = '\0';

// How the definition keeps what a value is: its name, or its words. read_program reads it.
std::string type_name(const Value& value) {
  return value.words.empty() ? std::string(value.name) : joined(value.words, "|");
}

}  // namespace

std::vector<std::string> with_marked_values(std::vector<std::string> arguments) {
  for (std::string& argument : arguments) {
    if (argument.starts_with("-") && argument.find('=') != std::string::npos) argument += kAssigned;
  }
  return arguments;
}

std::string_view without_mark(std::string_view text) {
  if (text.ends_with(kAssigned)) text.remove_suffix(1);
  return text;
}

CLI::Option& Options::add(const std::string& option, const Value& value, const std::string& help, const Take& take) {
  const CLI::callback_t callback = [option, take](const CLI::results_t& results) {
    for (const std::string& text : results) take({option, without_mark(text)});
    return true;
  };
  return *app_.add_option(option, callback, help)->type_name(type_name(value))->option_text(std::string(value.name));
}

void Options::one(const std::string& option, const Value& value, const std::string& help, const Take& take) {
  add(option, value, help, take);
}

void Options::many(const std::string& option, const Value& value, const std::string& help, const Take& take) {
  CLI::Option& added = add(option, value, help, take);
  added.expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args(added.get_positional());
}

void Options::flag(const std::string& option, bool& target, const std::string& help) {
  app_.add_flag(option, target, help)->disable_flag_override();
}

void Options::word(const std::string& option, std::string_view name, std::vector<std::string_view> words,
                   const std::string& help, const std::function<void(std::size_t)>& take) {
  const Value value{name, std::move(words)};
  add(option, value, help + joined(value.words, ", "),
      [take, words = value.words](const Given& given) { take(to_word(given, words)); });
}

void Options::wait(std::optional<Wait>& target, const std::string& help) {
  const CLI::callback_t callback = [&target](const CLI::results_t& results) {
    for (const std::string& text : results) {
      target = text == kBareFlag ? Wait{} : Wait{to_duration({"--wait", without_mark(text)})};
    }
    return true;
  };
  app_.add_option("--wait", callback, help)->type_name("")->expected(0)->option_text("[=DURATION]");
}

void Options::json(Format& target, const std::string& help) {
  app_.add_flag_callback("--json", [&target] { target = Format::json; }, help)->disable_flag_override();
}

void Options::json_lines(Format& target, const std::string& help) {
  app_.add_flag_callback("--json-lines", [&target] { target = Format::json_lines; }, help)->disable_flag_override();
  if (app_.get_option_no_throw("--json") != nullptr) exclude({"--json", "--json-lines"});
}

void Options::require(const std::string& option) {
  app_.get_option(option)->required();
}

void Options::need(const std::string& option, const std::string& other) {
  app_.get_option(option)->needs(app_.get_option(other));
}

void Options::exclude(const std::vector<std::string>& options) {
  for (auto one = options.begin(); one != options.end(); ++one) exclude_from(*one, {one + 1, options.end()});
}

void Options::exclude_from(const std::string& option, const std::vector<std::string>& others) {
  for (const std::string& other : others) app_.get_option(option)->excludes(app_.get_option(other));
}

void Options::exclude_all_from(const std::string& option, const std::vector<std::string>& allowed) {
  CLI::Option* one = app_.get_option(option);
  for (CLI::Option* other : app_.get_options()) {
    const bool apart = other == one || other == app_.get_help_ptr();
    if (!apart && std::ranges::find(allowed, other->get_name()) == allowed.end()) one->excludes(other);
  }
}

}  // namespace jobd::cmd
