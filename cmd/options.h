// The options of a subcommand, typed: the only door to CLI11's, which knows a value's text only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/conversions.h"
#include "cmd/invocation.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace jobd::cmd {

// What a value is: how help names it, and so what a shell can offer for it ("FILE": files, "ID": jobs).
struct Value {
  std::string_view name;                     // "DURATION"
  std::vector<std::string_view> words = {};  // one of these; empty: any text
};
inline const Value kFileValue{"FILE"};
inline const Value kIdValue{"ID"};

// The arguments with what is behind a "=" marked as a value: so that the parser leaves an empty one ("--subject=")
// empty, and a flag refuses any ("--json=true"). The values that are taken come without the mark.
std::vector<std::string> with_marked_values(std::vector<std::string> arguments);
std::string_view without_mark(std::string_view text);

// Defines options of one CLI::App, whose life is longer. What is taken is called in the parse and may throw Unusable.
class Options {
 public:
  using Take = std::function<void(const Given&)>;

  explicit Options(CLI::App& app) : app_(app) {}

  // With one value, given once. A name without dashes is a bare argument.
  void one(const std::string& option, const Value& value, const std::string& help, const Take& take);
  // With one value each time it is given.
  void many(const std::string& option, const Value& value, const std::string& help, const Take& take);
  void flag(const std::string& option, bool& target, const std::string& help);
  // One of words; take gets its place among them. Names them in help.
  void word(const std::string& option, std::string_view name, std::vector<std::string_view> words,
            const std::string& help, const std::function<void(std::size_t)>& take);
  // --wait or --wait=DURATION, never "--wait DURATION": what follows may be an id.
  void wait(std::optional<Wait>& target, const std::string& help);
  // --json, or --json-lines too; not both.
  void json(Format& target, const std::string& help);
  void json_lines(Format& target, const std::string& help);

  void require(const std::string& option);
  // Not without the other.
  void need(const std::string& option, const std::string& other);
  // At most one of these; help does not tell, the refusal does.
  void exclude(const std::vector<std::string>& options);
  // This one with none of the others; with none at all but those.
  void exclude_from(const std::string& option, const std::vector<std::string>& others);
  void exclude_all_from(const std::string& option, const std::vector<std::string>& allowed);

 private:
  CLI::Option& add(const std::string& option, const Value& value, const std::string& help, const Take& take);
  CLI::App& app_;
};

}  // namespace jobd::cmd
