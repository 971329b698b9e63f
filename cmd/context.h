// Context: what a subcommand works with. All of it outlives the subcommand.
#pragma once

#include <string>

#include "cmd/console.h"
#include "cmd/outside.h"
#include "cmd/session.h"
#include "shared/clock.h"

namespace jobd::cmd {

struct Context {
  Session& session;
  Console& console;
  Outside& outside;
  const Clock& clock;
  std::string socket_path;  // for connections beside the session's
};

}  // namespace jobd::cmd
