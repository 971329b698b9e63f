// The table of subcommands: help, parsing, completions, "did you mean" and the manual's check read it.
#pragma once

#include <span>
#include <string_view>

#include "cmd/definitions.h"

namespace jobd::cmd {

struct Subcommand {
  std::string_view name;       // "status"
  std::string_view operation;  // that it calls, for one job where there are two; empty: it has a summary of its own
  Define define;
  std::string_view examples;  // end its --help
  std::string_view own_summary = {};

  std::string_view summary() const;  // one line, no full stop
};

std::span<const Subcommand> subcommands();

// Ends the help of the program.
inline constexpr const char* kProgramHelp =
    "Examples:\n"
    "  jobctl submit-email --to user@example.com --subject Hello --body 'Test email'\n"
    "  jobctl status ID --wait\n"
    "  jobctl list --status failed\n"
    "  jobctl why ID\n"
    "More of them: jobctl SUBCOMMAND --help. All of it: man jobctl.\n"
    "\n"
    "Exit codes: 0 done, 1 the awaited job failed, 3 partly delivered or in doubt, 4 not at its end when\n"
    "--wait ran out, 64 usage, 65 bad data, 66 no such job or file, 74 output error, 75 not accepted, repeat.\n";

}  // namespace jobd::cmd
