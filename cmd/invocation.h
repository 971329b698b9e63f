// What the user asked for, typed: one struct per subcommand, exactly one of them in an Invocation.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "shared/requests.h"

namespace jobd::cmd {

// --wait: for ever, or --wait=30s.
struct Wait {
  std::optional<Duration> limit;
};

// Where a body comes from. Unsaid: standard input, unless that is a terminal or there is an HTML file.
struct UnsaidBody {};
struct LiteralBody {
  std::string text;
};
struct FileBody {
  std::string path;
};
struct StandardInputBody {};
using Body = std::variant<UnsaidBody, LiteralBody, FileBody, StandardInputBody>;

// request has all that the command line says by itself; body and files are still to be read.
struct Submit {
  SubmitEmail request;
  Body body;
  std::string html_file;                 // empty: none
  std::vector<std::string> attachments;  // paths
  std::optional<Wait> wait;
  bool json = false;
};
struct Status {
  JobId id;
  std::optional<Wait> wait;
  bool json = false;
};
struct List {
  JobFilter filter;
  std::size_t limit = limits::kListLimitDefault;
  bool json = false;
};
struct CancelMany {
  std::vector<JobId> ids;
};
struct RetryMany {
  std::vector<JobId> ids;
  std::optional<Duration> ttl;
};
struct ShowStats {
  bool json = false;
};
struct SetPaused {
  bool paused = true;
};
struct PingDaemon {
  std::optional<Wait> wait;
};

using Command = std::variant<Submit, Status, List, CancelMany, RetryMany, ShowStats, SetPaused, PingDaemon>;

struct Invocation {
  std::string socket;  // as given, empty: not said
  Command command;
};

}  // namespace jobd::cmd
