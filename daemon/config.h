// The configuration: what jobd.toml(5) describes. A key exists in one table (config.cpp) that parsing,
// --print-config and the error for an unknown key all read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/core/retry_policy.h"
#include "shared/email.h"
#include "shared/limits.h"
#include "shared/result.h"

namespace jobd {

struct Config {
  // [daemon]
  std::string state_dir;  // empty: by who runs it, see with_defaults
  std::string socket;
  std::string socket_mode = "0660";
  std::string socket_group;
  Duration shutdown_grace = std::chrono::seconds(20);
  std::string log_level = "info";
  // [http]
  std::string http_listen;              // empty: not on TCP
  std::vector<std::string> http_hosts;  // names it is called by, beside the loopback's own
  // [store]
  std::string store_url;  // empty: sqlite:STATE/jobs.db
  // [mail]
  std::string transport;  // empty: maildir:STATE/outbox
  std::string from;
  std::string message_id_domain;  // empty: the host's name
  std::string ehlo_name;          // likewise
  // [retry]
  RetryPolicy retry;
  // [limits]
  std::int64_t max_queued_jobs = static_cast<std::int64_t>(limits::kQueuedJobs);
  std::int64_t min_free_space = static_cast<std::int64_t>(limits::kMinFreeSpaceBytes);
  std::int64_t connections = static_cast<std::int64_t>(limits::kConnections);
  std::int64_t line_bytes = static_cast<std::int64_t>(limits::kLineBytes);
  std::int64_t content_bytes = static_cast<std::int64_t>(limits::kContentBytes);
  std::int64_t recipients = static_cast<std::int64_t>(limits::kRecipients);
};

// Reads TOML into `config`, over what is there. name: the file's, for messages. Errors: invalid_field or unknown_field,
// the message beginning "NAME:LINE:COLUMN: ".
Result<Done> read_config(const std::string& toml, const std::string& name, Config& config);
// The same from a file. Errors: also not_found.
Result<Done> read_config_file(const std::string& path, Config& config);

// Fills in what depends on the surroundings: folders by user (root: /var/lib/jobd and /run/jobd; else
// $XDG_STATE_HOME/jobd and $XDG_RUNTIME_DIR/jobd), the host's name, the URLs inside the state folder.
struct Surroundings {
  bool is_root = false;
  std::string home;
  std::string xdg_state_home;
  std::string xdg_runtime_dir;
  std::string host;
};
Surroundings surroundings();
Config with_defaults(Config config, const Surroundings& surroundings);

// Everything that can be found wrong without touching anything. Errors: invalid_field, its field "section.key".
Result<Done> check_config(const Config& config);

// The whole as TOML, for --print-config.
std::string print_config(const Config& config);

// Precondition: check_config said yes.
unsigned socket_mode_of(const Config& config);
std::optional<Mailbox> default_from_of(const Config& config);

}  // namespace jobd
