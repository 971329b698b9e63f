// The program as CLI11 knows it. A subcommand's options are defined only once it is chosen: defining all of them took
// longer than the rest of the parse.
#include "cmd/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "cmd/options.h"
#include "cmd/sendmail_options.h"
#include "cmd/subcommands.h"
#include "cmd/suggest.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

// An option's line of help without what excludes what: the refusal tells that.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string& value = option->get_option_text();
    return value.empty() || value.starts_with("[") ? value : " " + value;
  }
};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

DefinedOption defined(const CLI::Option& option) {
  using enum DefinedOption::Takes;
  DefinedOption out;
  for (const std::string& each : option.get_snames()) out.names.push_back("-" + each);
  for (const std::string& each : option.get_lnames()) out.names.push_back("--" + each);
  out.help = option.get_description();
  const bool has_value = option.get_expected_max() > 0 && option.get_type_size_max() > 0;
  out.takes = has_value ? value : option.get_option_text().empty() ? nothing : optional_value;
  if (out.takes == value) out.value = option.get_option_text();
  if (const std::string words = option.get_type_name(); words.find('|') != std::string::npos) {
    out.words = split(words, '|');
  }
  out.repeats = option.get_expected_max() > 1;
  return out;
}

// Without what the program has too, such as --help.
std::vector<DefinedOption> defined(const CLI::App& app, const CLI::App* program) {
  std::vector<DefinedOption> out;
  for (const CLI::Option* option : app.get_options()) {
    const bool is_shared = program != nullptr && program->get_option_no_throw(option->get_name()) != nullptr;
    if (!is_shared) out.push_back(defined(*option));
  }
  return out;
}

// "help" and "help list" as the options they stand for.
std::vector<std::string> without_help_word(std::vector<std::string> arguments) {
  if (arguments.empty() || arguments.front() != "help") return arguments;
  arguments.erase(arguments.begin());
  arguments.emplace_back("--help");
  return arguments;
}

// CLI11 tells what it lacks in terms of its own; the names in it are ours.
std::string in_our_words(const CLI::ParseError& error) {
  std::string text = error.what();
  const auto before = [&text](std::string_view mark) { return text.substr(0, text.find(mark)); };
  if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr) {
    constexpr std::string_view kExcludes = " excludes ";
    const std::string one = before(kExcludes);
    return one + " cannot stand beside " + text.substr(one.size() + kExcludes.size());
  }
  if (text.ends_with(" missing")) return before(": ") + " needs a value";
  if (text.ends_with(" was given a disallowed flag override")) return "--" + before(" was given") + " takes no value";
  if (text.find(": At Most 1 required") != std::string::npos) return before(": ") + " is given more than once";
  if (text == "A subcommand is required") return "no subcommand";
  return text;
}

constexpr const char* kHelpOfHelp = "print this help";
constexpr std::array<std::string_view, 3> kColors{"auto", "always", "never"};  // in the order of ColorChoice

constexpr std::string_view kSendmail = "sendmail";

// Its words are no other parser's. Before it may stand --socket and --color; --help is everybody's, -h is a number of
// hops.
bool has_own_words(const Subcommand& subcommand) {
  return subcommand.name == kSendmail;
}

struct SendmailCall {
  std::string socket;
  ColorChoice color = ColorChoice::automatic;
  std::vector<std::string> words;
};

// CLI11 keeps it among the words that it did not know, where the subcommand takes words at all.
constexpr std::string_view kOptionsEnd = "--";

// What CLI11 leaves of "-v=3" once it knows the letter.
bool is_value_of_letter(std::string_view word) {
  return word.starts_with("-=");
}

// The value of an option that comes first, joined or as the next word; none: another word comes first.
std::optional<std::string> take_option(std::string_view name, std::span<const std::string>& words) {
  if (words.empty() || !words.front().starts_with(name)) return std::nullopt;
  const std::string_view rest = std::string_view(words.front()).substr(name.size());
  if (!rest.empty() && rest.front() != '=') return std::nullopt;
  const bool is_joined = !rest.empty();
  if (!is_joined && words.size() < 2) return std::nullopt;
  std::string value(is_joined ? rest.substr(1) : words[1]);
  words = words.subspan(is_joined ? 1 : 2);
  return value;
}

std::optional<SendmailCall> find_sendmail(const std::vector<std::string>& arguments) {
  SendmailCall call;
  std::span<const std::string> words(arguments);
  for (bool found = true; found;) {
    found = false;
    if (auto socket = take_option("--socket", words)) {
      call.socket = *std::move(socket);
      found = true;
    }
    if (const auto color = take_option("--color", words)) {
      const auto* const known = std::ranges::find(kColors, *color);
      if (known == kColors.end()) return std::nullopt;
      call.color = static_cast<ColorChoice>(known - kColors.begin());
      found = true;
    }
  }
  if (words.empty() || words.front() != kSendmail) return std::nullopt;
  call.words.assign(words.begin() + 1, words.end());
  const auto options_end = std::ranges::find(call.words, kOptionsEnd);
  if (std::find(call.words.begin(), options_end, "--help") != options_end) return std::nullopt;
  return call;
}

// One parse.
class CommandLine {
 public:
  CommandLine(const std::vector<std::string>& arguments, const Surroundings& around) {
    app_.formatter(std::make_shared<HelpFormatter>());
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.set_help_flag("-h,--help", kHelpOfHelp)->disable_flag_override();
    app_.set_version_flag("--version", "jobctl " JOBD_VERSION, "print the version")->disable_flag_override();
    app_.footer(kProgramHelp);
    Options options(app_);
    options.one("--socket", kFileValue, "jobd's socket; else $JOBD_SOCKET, else the usual places",
                [this](const Given& given) { invocation_.socket = given.text; });
    options.word("--color", "WHEN", {kColors.begin(), kColors.end()}, "colour in what people read: ",
                 [this](std::size_t word) { invocation_.color = static_cast<ColorChoice>(word); });
    const auto is_said = [&arguments](const Subcommand& each) {
      return std::ranges::find(arguments, each.name) != arguments.end();
    };
    const bool is_any_said = std::ranges::any_of(subcommands(), is_said);
    for (const Subcommand& each : subcommands()) {
      if (is_any_said && !is_said(each)) continue;
      CLI::App& app = *app_.add_subcommand(std::string(each.name), std::string(each.summary()));
      app.footer(std::string(each.examples));
      app.set_help_flag(has_own_words(each) ? "--help" : "-h,--help", kHelpOfHelp)->disable_flag_override();
      app.preparse_callback([this, &app, &each, around](std::size_t) { define(app, each, around); });
    }
  }

  Program read() {
    Program out{defined(app_, nullptr), {}};
    for (const Subcommand& each : subcommands()) {
      CLI::App& app = *app_.get_subcommand(std::string(each.name));
      define(app, each, {});
      const bool own = has_own_words(each);
      out.commands.push_back(
          {std::string(each.name), std::string(each.summary()), defined(app, own ? nullptr : &app_), !own});
    }
    return out;
  }

  Parsed parse(const std::vector<std::string>& arguments) {
    const auto options_end = std::ranges::find(arguments, kOptionsEnd);
    no_options_.assign(options_end, arguments.end());
    try {
      std::vector<std::string> reversed = with_marked_values(without_help_word(arguments));
      std::ranges::reverse(reversed);
      app_.parse(std::move(reversed));
      invocation_.command = finish_();
      return std::move(invocation_);
    } catch (const CLI::CallForHelp&) {
      const bool is_about_nothing = app_.get_subcommands().empty() && !app_.remaining().empty();
      const bool has_value = std::ranges::any_of(app_.remaining(true), is_value_of_letter);
      if (is_about_nothing || has_value) return refusal(kUsage, {});
      return Information{app_.help()};
    } catch (const CLI::CallForVersion& version) {
      return Information{std::string(version.what()) + '\n'};
    } catch (const CLI::ParseError& error) {
      return refusal(kUsage, in_our_words(error));
    } catch (const Unusable& error) {
      return refusal(error.exit_code(), error.what());
    }
  }

 private:
  void define(CLI::App& app, const Subcommand& subcommand, const Surroundings& around) {
    Options options(app);
    finish_ = subcommand.define(options, around);
  }

  // A word that is not known explains most of what else is wrong.
  Refusal refusal(int exit_code, std::string message) const {
    const auto unknown = app_.remaining(true);
    const auto word = std::ranges::find_if(unknown, [](const std::string& each) { return each != kOptionsEnd; });
    if (word != unknown.end()) {
      exit_code = kUsage;
      message = explain_unknown(*word);
    }
    if (exit_code == kBadData) return {exit_code, printable(message)};
    const auto chosen = app_.get_subcommands();
    const std::string help = chosen.empty() ? "" : chosen.front()->get_name() + " ";
    return {exit_code, printable(message) + "\nsee: jobctl " + help + "--help"};
  }

  std::string explain_unknown(const std::string& word) const {
    const auto chosen = app_.get_subcommands();
    const std::string whole(without_mark(word));
    const bool is_option = word.starts_with("-") && std::ranges::find(no_options_, whole) == no_options_.end();
    if (is_option && is_value_of_letter(word)) return "an option of one letter takes no value";
    const std::string bare = is_option ? word.substr(0, word.find('=')) : whole;
    std::vector<std::string> names;
    if (is_option) {
      for (const CLI::Option* option : app_.get_options()) names.push_back(option->get_name());
      for (const CLI::App* app : chosen) {
        for (const CLI::Option* option : app->get_options()) names.push_back(option->get_name());
      }
    } else if (chosen.empty()) {
      for (const Subcommand& each : subcommands()) names.emplace_back(each.name);
    }
    const std::string_view meant = nearest(bare, std::vector<std::string_view>(names.begin(), names.end()));
    std::string out = is_option ? "unknown option " : chosen.empty() ? "unknown subcommand " : "unexpected argument ";
    out += quote(bare);
    if (!meant.empty()) out += "; did you mean " + quote(meant) + "?";
    return out;
  }

  CLI::App app_{"Hand emails to jobd and see what becomes of them.", "jobctl"};
  Invocation invocation_;
  Finish finish_;
  std::vector<std::string> no_options_;  // "--" and what is behind it
};

}  // namespace

Parsed parse_command_line(const std::vector<std::string>& arguments, const Surroundings& around) {
  if (auto call = find_sendmail(arguments)) {
    auto options = parse_sendmail(call->words);
    if (auto* refusal = std::get_if<Refusal>(&options)) return std::move(*refusal);
    return Invocation{std::move(call->socket), call->color, std::get<SendMail>(std::move(options))};
  }
  return CommandLine(arguments, around).parse(arguments);
}

Program read_program() {
  return CommandLine({}, {}).read();
}

}  // namespace jobd::cmd
