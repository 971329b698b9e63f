#include "cmd/subcommands.h"

#include <array>

#include "shared/operations.h"

namespace jobd::cmd {
namespace {

constexpr std::array kSubcommands{
    Subcommand{"submit-email", "submit_email", define_submit,
               "Examples:\n"
               "  jobctl submit-email --to user@example.com --subject Hello --body 'Test email'\n"
               "  df -h | jobctl submit-email --to ops@example.com --subject \"Disks of $(hostname)\"\n"
               "  jobctl submit-email --to 'Ann <ann@example.com>' --subject Report --body 'See the file.' \\\n"
               "      --attach report.pdf --tag reports --delay 15m\n"
               "  jobctl submit-email --to user@example.com --subject Hello --body-file mail.txt --wait=30s\n"
               "  jobctl submit-email --json-lines <emails.jsonl >results.jsonl\n"},
    Subcommand{"status", "get_job", define_status,
               "Examples:\n"
               "  jobctl status 01953f2a-7c00-7abc-8def-0123456789ab\n"
               "  jobctl status ID --wait=2m && echo delivered\n"
               "  jobctl status ID --follow\n"
               "  jobctl status ID --json | jq .recipients\n"},
    Subcommand{"why", "", define_why,
               "Examples:\n"
               "  jobctl why ID\n"
               "  jobctl list --status failed | jobctl why -\n",
               "Say why a job is as it is, and what would change it"},
    Subcommand{"list", "list_jobs", define_list,
               "Examples:\n"
               "  jobctl list --status failed --since 2h\n"
               "  jobctl list --recipient user@example.com --limit 5\n"
               "  jobctl list --status processing --watch\n"
               "  jobctl list --tag reports --json-lines | jq -r .id\n"},
    Subcommand{"cancel", "cancel_job", define_cancel,
               "Examples:\n"
               "  jobctl cancel ID ID\n"
               "  jobctl cancel --status pending --tag newsletter\n"},
    Subcommand{"retry", "retry_job", define_retry,
               "Examples:\n"
               "  jobctl retry ID\n"
               "  jobctl retry ID --ttl 1d\n"
               "  jobctl retry --status failed --since 2h --yes\n"},
    Subcommand{"delete", "delete_job", define_delete,
               "Examples:\n"
               "  jobctl delete ID\n"
               "  jobctl list --status cancelled | jobctl delete --yes -\n"},
    Subcommand{"watch", "watch", define_watch,
               "Examples:\n"
               "  jobctl watch\n"
               "  jobctl watch ID\n"
               "  jobctl watch --json-lines | jq -r 'select(.job.status == \"failed\") | .job.id'\n"},
    Subcommand{"stats", "stats", define_stats,
               "Examples:\n"
               "  jobctl stats\n"
               "  jobctl stats --json | jq .jobs.failed\n"},
    Subcommand{"relays", "", define_relays,
               "Examples:\n"
               "  jobctl relays\n"
               "  jobctl relays --json | jq -r '.relays[] | select(.state != \"open\") | .name'\n",
               "Tell how the relays are: state, connections, rates, routes"},
    Subcommand{"pause", "pause", define_pause, "Example:\n  jobctl pause && jobctl stats\n"},
    Subcommand{"resume", "resume", define_resume, "Example:\n  jobctl resume\n"},
    Subcommand{"ping", "ping", define_ping, "Examples:\n  jobctl ping\n  jobctl ping --wait=30s && echo up\n"},
    Subcommand{"ready", "ready", define_ready, "Example:\n  jobctl ready && echo takes emails\n"},
    Subcommand{"probe", "probe_relay", define_probe,
               "Examples:\n"
               "  jobctl probe\n"
               "  jobctl probe --relay ses --to user@example.com --transcript\n"},
    Subcommand{"sendmail", "", define_sendmail,
               "Examples:\n"
               "  printf 'Subject: Hello\\n\\nTest email\\n' | jobctl sendmail user@example.com\n"
               "  jobctl sendmail -t -i <message.eml\n"
               "  ln -s jobctl /usr/local/bin/sendmail\n"
               "Most other letters of sendmail(1), such as -h N, -oem and -V ID, are taken and have no effect.\n",
               "Take a message from standard input, called as sendmail(1) is"},
    Subcommand{"completion", "", define_completion,
               "Examples:\n"
               "  source <(jobctl completion bash)\n"
               "  jobctl completion zsh >\"${fpath[1]}/_jobctl\"\n"
               "  jobctl completion fish | source\n",
               "Print the completions for a shell"},
};

}  // namespace

std::string_view Subcommand::summary() const {
  return operation.empty() ? own_summary : find_operation(operation)->summary;
}

std::span<const Subcommand> subcommands() {
  return kSubcommands;
}

}  // namespace jobd::cmd
