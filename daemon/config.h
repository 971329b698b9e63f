// The configuration: what jobd.toml(5) describes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/retry_policy.h"
#include "daemon/relay_config.h"
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
  std::string drop_dir;  // empty: beside the state that is /var/lib/jobd drop::kFolder, else STATE/drop
  Duration shutdown_grace = std::chrono::seconds(20);
  std::string log_level = "info";
  // [http]
  std::string http_listen;              // empty: not on TCP
  std::vector<std::string> http_hosts;  // names it is called by, beside the loopback's own
  // [store]
  std::string store_url;  // empty: sqlite:STATE/jobs.db
  // [mail]
  std::string transport;  // empty: the relays; without any maildir:STATE/outbox
  std::string from;
  std::string message_id_domain;              // empty: the host's name; with_defaults makes it ASCII
  std::string ehlo_name;                      // likewise
  std::string templates;                      // their folder; empty: none
  std::string redirect_all_to;                // an address that gets all mail instead; empty: off
  std::vector<std::string> allow_recipients;  // "a@b" or "@example.com"; empty: all
  bool trace = false;                         // of every relay
  // [retry]
  RetryPolicy retry;
  // [limits]
  std::int64_t max_queued_jobs = static_cast<std::int64_t>(limits::kQueuedJobs);
  std::int64_t min_free_space = static_cast<std::int64_t>(limits::kMinFreeSpaceBytes);
  std::int64_t connections = static_cast<std::int64_t>(limits::kConnections);
  std::int64_t connections_per_uid = 0;  // 0: not said
  std::int64_t line_bytes = static_cast<std::int64_t>(limits::kLineBytes);
  std::int64_t content_bytes = static_cast<std::int64_t>(limits::kContentBytes);
  std::int64_t recipients = static_cast<std::int64_t>(limits::kRecipients);
  // [[relay]], [[route]], [[domain]]
  RelayConfigs relays;

  // Of the keys above by "section.key", and of the sections by their name. What a flag or a variable said has that
  // for a place: "--socket: ", "JOBD_SOCKET: ".
  Places places = {};
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

// Everything that can be found wrong without touching anything. Errors: invalid_field, its field "section.key", the
// message beginning with the place of what is wrong, or of its section.
Result<Done> check_config(const Config& config);

// The whole as TOML, for --print-config; read again it is the same configuration. A transport that is a relay is
// printed as that relay, with all that is in force for it. There are no secrets in a configuration, only where they
// are. Precondition: check_config said yes.
std::string print_config(Config config);

// Precondition: check_config said yes.
unsigned socket_mode_of(const Config& config);
std::optional<Mailbox> default_from_of(const Config& config);
// The relays of the configuration, or the one that its transport is, by the name "default"; none for maildir and
// simulate.
RelayConfigs relays_of(const Config& config);
// Puts its transcript into the log. False: there is no relay of that name.
bool trace_relay(Config& config, std::string_view name);

}  // namespace jobd
