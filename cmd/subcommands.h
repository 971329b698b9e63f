// The subcommands: which operation each calls, and what its help shows. Names and examples only; the options
// are in command_line.cpp, the one-line summaries in shared/operations.
#pragma once

#include <span>
#include <string_view>

namespace jobd::cmd {

struct Subcommand {
  std::string_view name;       // "status"
  std::string_view operation;  // "get_job"
  std::string_view examples;   // ends its --help
};

std::span<const Subcommand> subcommands();

// Ends the help of the program.
inline constexpr const char* kProgramHelp =
    "Examples:\n"
    "  jobctl submit-email --to user@example.com --subject Hello --body 'Test email'\n"
    "  jobctl status ID --wait\n"
    "  jobctl list --status failed\n"
    "More of them: jobctl SUBCOMMAND --help. All of it: man jobctl.\n"
    "\n"
    "Exit codes: 0 done, 1 the awaited job failed, 3 partly delivered or in doubt, 4 not at its end when\n"
    "--wait ran out, 64 usage, 65 bad data, 66 no such job or file, 74 output error, 75 not accepted, repeat.\n";

}  // namespace jobd::cmd
