// What each subcommand takes: one function for each row of cmd/subcommands.
#pragma once

#include <functional>

#include "cmd/invocation.h"
#include "cmd/options.h"

namespace jobd::cmd {

// What a command line means depends on these too.
struct Surroundings {
  Time now{};  // what "2h ago" counts from
  bool in_is_terminal = false;
};

// What the options have filled, as the command. Called once, after the parse. Throws Unusable.
using Finish = std::function<Command()>;
using Define = Finish (*)(Options& options, const Surroundings& around);

Finish define_submit(Options& options, const Surroundings& around);
Finish define_status(Options& options, const Surroundings& around);
Finish define_why(Options& options, const Surroundings& around);
Finish define_list(Options& options, const Surroundings& around);
Finish define_cancel(Options& options, const Surroundings& around);
Finish define_retry(Options& options, const Surroundings& around);
Finish define_delete(Options& options, const Surroundings& around);
Finish define_watch(Options& options, const Surroundings& around);
Finish define_stats(Options& options, const Surroundings& around);
Finish define_relays(Options& options, const Surroundings& around);
Finish define_pause(Options& options, const Surroundings& around);
Finish define_resume(Options& options, const Surroundings& around);
Finish define_ping(Options& options, const Surroundings& around);
Finish define_ready(Options& options, const Surroundings& around);
Finish define_probe(Options& options, const Surroundings& around);
// For help and completions: sendmail's own command line is cmd/sendmail_options'.
Finish define_sendmail(Options& options, const Surroundings& around);
Finish define_completion(Options& options, const Surroundings& around);

}  // namespace jobd::cmd
