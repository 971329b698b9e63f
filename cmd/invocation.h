// What the user asked for, typed: one struct per subcommand, exactly one of them in an Invocation.
#pragma once

#include <cstdint>
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

// Text for people; --json, one JSON text; --json-lines, one a line.
enum class Format : std::uint8_t { text, json, json_lines };

// Jobs by their ids; with from_input those on standard input follow, one a line.
struct Ids {
  std::vector<JobId> ids;
  bool from_input = false;
};
// Jobs by what they are.
struct Filtered {
  JobFilter filter;
  std::optional<std::uint64_t> limit;
};
using Which = std::variant<Ids, Filtered>;

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
  std::string variables_file;            // of the template, a JSON object; "-": standard input
  Metadata variables;                    // likewise, each in place of that of the file
  std::string raw_file;                  // a whole message instead of all that; "-": standard input
  std::string json_file;                 // an email object, completed by what the command line says of its handling
  std::optional<Wait> wait;
  Format format = Format::text;
};
// submit-email --json-lines: an email object a line on standard input, a result a line on standard output.
struct SubmitLines {
  std::optional<Wait> wait;
};
struct Status {
  Ids ids;
  std::optional<Wait> wait;
  bool follow = false;
  Format format = Format::text;
};
struct Why {
  Ids ids;
};
struct List {
  JobFilter filter;
  std::size_t limit = limits::kListLimitDefault;
  bool watch = false;
  Format format = Format::text;
};
struct CancelMany {
  Which which;
  bool yes = false;  // asks nobody
};
struct RetryMany {
  Which which;
  std::optional<Duration> ttl;
  bool yes = false;
};
struct DeleteMany {
  Ids ids;
  bool yes = false;
};
struct WatchJobs {
  std::optional<JobId> job;
  std::optional<std::uint64_t> after;
  Format format = Format::text;
};
struct ShowStats {
  Format format = Format::text;
};
struct ShowRelays {
  Format format = Format::text;
};
struct SetPaused {
  bool paused = true;
};
struct PingDaemon {
  std::optional<Wait> wait;
};
struct CheckReady {};
struct Probe {
  ProbeRelay request;
  bool transcript = false;
  Format format = Format::text;
};
// As sendmail(1) is called.
struct SendMail {
  enum class Mode : std::uint8_t { send, list, nothing };
  Mode mode = Mode::send;
  bool recipients_from_header = false;       // -t
  bool a_dot_is_text = false;                // -i: a line with a dot alone does not end the message
  bool verbose = false;                      // -v
  std::optional<std::string> envelope_from;  // -f, as it was given
  std::string full_name;                     // -F
  Dsn dsn;                                   // -N, -R
  std::vector<std::string> recipients;       // likewise
};
enum class Shell : std::uint8_t { bash, zsh, fish };
struct PrintCompletion {
  Shell shell = Shell::bash;
};

using Command =
    std::variant<Submit, SubmitLines, Status, Why, List, CancelMany, RetryMany, DeleteMany, WatchJobs, ShowStats,
                 ShowRelays, SetPaused, PingDaemon, CheckReady, Probe, SendMail, PrintCompletion>;

enum class ColorChoice : std::uint8_t { automatic, always, never };

struct Invocation {
  std::string socket;  // as given, empty: not said
  ColorChoice color = ColorChoice::automatic;
  Command command;
};

}  // namespace jobd::cmd
