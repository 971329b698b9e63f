// [[relay]], [[route]] and [[domain]] of the configuration, and what becomes of them: what the processor has to know
// (RelaySettings) and what the core has to (RelayRules).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/lane_rules.h"
#include "daemon/mail/relay.h"
#include "shared/result.h"

namespace jobd {

// Where each key of a table stands, for errors: "jobd.toml:12:1: "; under "" the table itself.
using Places = std::map<std::string, std::string, std::less<>>;

struct RelayConfig {
  std::string name;
  std::string profile;  // what it was filled in with before its own keys were read; empty: nothing
  std::string url;
  std::string username;
  std::string auth = "automatic";
  std::string password_file;
  std::string oauth2_file;
  std::string oauth2_command;
  std::string tls;  // empty: by the host, see complete()
  std::string tls_name;
  std::string ca_file;
  std::int64_t connections = 10;
  std::int64_t mails_per_connection = 100;
  Duration idle_timeout = std::chrono::seconds(5);
  Duration attempt_timeout = std::chrono::minutes(30);
  std::vector<std::string> rate;
  std::int64_t recipients = 100;  // what every server takes, RFC 5321 4.5.3.1.8
  std::int64_t size = 0;          // bytes of a message; 0: what the server says
  std::int64_t priority = 0;
  std::string source_address;
  std::string ehlo_name;  // empty: that of [mail]
  bool trace = false;
  Places places = {};
};

struct RouteConfig {
  std::string sender;
  std::string recipient;
  std::vector<std::string> relay;  // names
  Places places = {};
};

struct DomainConfig {
  std::string name;
  std::int64_t connections = 0;
  std::vector<std::string> rate;
  Places places = {};
};

// All of them.
struct RelayConfigs {
  std::vector<RelayConfig> relays;
  std::vector<RouteConfig> routes;
  std::vector<DomainConfig> domains;
};

// Fills a relay in with what a provider's own documents say. False: no such profile.
bool apply_profile(std::string_view profile, RelayConfig& relay);
std::string profile_names();  // "ses, gmail, m365, mailgun"

// Fills in what depends on other keys: what the URL says of user name, connections and TLS, the level of TLS; names go
// to ASCII. What is wrong stays as it is.
void complete(RelayConfig& relay, const std::string& ehlo_name);

// "smtp://HOST:PORT", the port that is in force; the rest of a URL is in other keys. Precondition: the URL is one.
std::string url_in_force(const RelayConfig& relay);

// Errors: invalid_field, its field "relay.url" and the like, the message beginning with the place.
Result<Done> check_relays(const RelayConfigs& configs);

// Preconditions: complete() and check_relays() are done. Without relays there is one of that name and URL, with so
// many connections, which is none: maildir or simulate.
std::vector<RelaySettings> relay_settings(const RelayConfigs& configs);
RelayRules relay_rules(const RelayConfigs& configs, const RelayRule& without_relays);

}  // namespace jobd
