#include "cmd/subcommands.h"

#include <array>

namespace jobd::cmd {
namespace {

constexpr std::array kSubcommands{
    Subcommand{"submit-email", "submit_email",
               "Examples:\n"
               "  jobctl submit-email --to user@example.com --subject Hello --body 'Test email'\n"
               "  df -h | jobctl submit-email --to ops@example.com --subject \"Disks of $(hostname)\"\n"
               "  jobctl submit-email --to 'Ann <ann@example.com>' --subject Report --body 'See the file.' \\\n"
               "      --attach report.pdf --tag reports --delay 15m\n"
               "  jobctl submit-email --to user@example.com --subject Hello --body-file mail.txt --wait=30s\n"},
    Subcommand{"status", "get_job",
               "Examples:\n"
               "  jobctl status 01953f2a-7c00-7abc-8def-0123456789ab\n"
               "  jobctl status ID --wait=2m && echo delivered\n"
               "  jobctl status ID --json | jq .recipients\n"},
    Subcommand{"list", "list_jobs",
               "Examples:\n"
               "  jobctl list --status failed --since 2h\n"
               "  jobctl list --recipient user@example.com --limit 5\n"
               "  jobctl list --tag reports --json | jq -r .id\n"},
    Subcommand{"cancel", "cancel_job", "Example:\n  jobctl cancel ID ID\n"},
    Subcommand{"retry", "retry_job", "Examples:\n  jobctl retry ID\n  jobctl retry ID --ttl 1d\n"},
    Subcommand{"stats", "stats", "Examples:\n  jobctl stats\n  jobctl stats --json | jq .jobs.failed\n"},
    Subcommand{"pause", "pause", "Example:\n  jobctl pause && jobctl stats\n"},
    Subcommand{"resume", "resume", "Example:\n  jobctl resume\n"},
    Subcommand{"ping", "ping", "Examples:\n  jobctl ping\n  jobctl ping --wait=30s && echo up\n"},
};

}  // namespace

std::span<const Subcommand> subcommands() {
  return kSubcommands;
}

}  // namespace jobd::cmd
