// The subcommands about jobd itself, and about the shell.
#include <array>
#include <memory>
#include <utility>

#include "cmd/definitions.h"

namespace jobd::cmd {

Finish define_stats(Options& options, const Surroundings& /*around*/) {
  auto draft = std::make_shared<ShowStats>();
  options.json(draft->format, "the figures as one line of JSON");
  return [draft]() -> Command { return *draft; };
}

Finish define_pause(Options& /*options*/, const Surroundings& /*around*/) {
  return []() -> Command { return SetPaused{true}; };
}

Finish define_resume(Options& /*options*/, const Surroundings& /*around*/) {
  return []() -> Command { return SetPaused{false}; };
}

Finish define_ping(Options& options, const Surroundings& /*around*/) {
  auto draft = std::make_shared<PingDaemon>();
  options.wait(draft->wait, "wait until jobd answers, so long at most");
  return [draft]() -> Command { return *draft; };
}

Finish define_ready(Options& /*options*/, const Surroundings& /*around*/) {
  return []() -> Command { return CheckReady{}; };
}

// The words in the order of Shell.
Finish define_completion(Options& options, const Surroundings& /*around*/) {
  auto draft = std::make_shared<PrintCompletion>();
  options.word("shell", "SHELL", {"bash", "zsh", "fish"}, "",
               [draft](std::size_t word) { draft->shell = static_cast<Shell>(word); });
  options.require("shell");
  return [draft]() -> Command { return *draft; };
}

}  // namespace jobd::cmd
