#include "cmd/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobd::cmd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A program with one of each kind, and words that a shell would take for its own.
Program a_program() {
  using enum DefinedOption::Takes;
  const DefinedOption help{{"-h", "--help"}, "print this", nothing, "", {}, false};
  const DefinedOption path{{"--path"}, "where; it's [not] here: $HOME `x` \"y\"", value, "FILE", {}, true};
  const DefinedOption kind{{"--kind"}, "what", value, "KIND", {"big", "small"}, false};
  const DefinedOption wait{{"--wait"}, "so long", optional_value, "", {}, false};
  const DefinedOption ids{{}, "which", value, "ID", {}, true};
  const DefinedOption dash{{}, "input", value, "-", {}, false};
  const DefinedOption loud{{"-l"}, "loud", nothing, "", {}, false};
  return {
      {help},
      {{"fly", "Flies: away", {path, kind, wait, ids}}, {"sing", "Sings", {dash}}, {"cry", "Cries", {loud}, false}}};
}

TEST(CompletionScript, Bash) {
  const std::string script = completion_script(Shell::bash, a_program());
  EXPECT_THAT(script, HasSubstr("        --path) _jobctl_files; return ;;\n"));
  EXPECT_THAT(script, HasSubstr("        --kind) _jobctl_words 'big small'; return ;;\n"));
  EXPECT_THAT(script,
              HasSubstr("        _jobctl_words '--path --kind --wait -h --help'\n      else\n        _jobctl_ids\n"));
  EXPECT_THAT(script,
              HasSubstr("    sing)\n      [[ $assigned ]] && return\n      _jobctl_words '-h --help'\n      ;;\n"));
  EXPECT_THAT(script, HasSubstr("    cry)\n      [[ $assigned ]] && return\n      _jobctl_words '-l'\n      ;;\n"));
  EXPECT_THAT(script, HasSubstr("else _jobctl_words 'fly sing cry'; fi ;;"));
}

TEST(CompletionScript, Zsh) {
  const std::string script = completion_script(Shell::zsh, a_program());
  EXPECT_THAT(script, HasSubstr("'(-h --help)'{-h,--help}'[print this]'"));
  EXPECT_THAT(script, HasSubstr(R"('*--path=[where; it'\''s \[not\] here\: $HOME `x` "y"]:FILE:_files')"));
  EXPECT_THAT(script, HasSubstr("'--kind=[what]:KIND:(big small)'"));
  EXPECT_THAT(script, HasSubstr("'--wait=-[so long]::DURATION: '"));
  EXPECT_THAT(script, HasSubstr("'*:ID:_jobctl_ids'"));
  EXPECT_THAT(script, HasSubstr(R"('fly:Flies\: away')"));
  EXPECT_THAT(script, Not(HasSubstr("1:-")));
  EXPECT_THAT(script, HasSubstr("        cry)\n          _arguments -S \\\n            '-l[loud]'\n          ;;\n"));
}

TEST(CompletionScript, Fish) {
  const std::string script = completion_script(Shell::fish, a_program());
  EXPECT_THAT(script, HasSubstr("complete -c jobctl -n \"not __jobctl_is 'cry'\" -s h -l help -d 'print this'\n"));
  EXPECT_THAT(script, HasSubstr("complete -c jobctl -k -n \"__jobctl_is ''\" -a fly -d 'Flies: away'\n"));
  EXPECT_THAT(script, HasSubstr("-l path -r -F -d 'where; it\\'s [not] here: $HOME `x` \"y\"'\n"));
  EXPECT_THAT(script, HasSubstr("-l kind -x -a 'big small' -d 'what'\n"));
  EXPECT_THAT(script, HasSubstr("-l wait -d 'so long'\n"));
  EXPECT_THAT(script, HasSubstr("-x -k -a '(__jobctl_ids)'"));
  EXPECT_THAT(script, Not(HasSubstr("'sing'")));
}

}  // namespace
}  // namespace jobd::cmd
