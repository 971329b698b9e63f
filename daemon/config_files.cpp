#include "daemon/config_files.h"

#include <grp.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace jobd {
namespace {

// As read_secret() finds it; empty: not to be known here.
std::string path_of_secret(const std::string& name) {
  if (name.empty() || name.starts_with('/')) return name;
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  return folder == nullptr ? "" : std::string(folder) + "/" + name;
}

class Search {
 public:
  void look_for(const Places& places, const std::string& key, const std::string& field, const std::string& path) {
    if (path.empty() || ::access(path.c_str(), R_OK) == 0) return;
    const int reason = errno;
    tell(places, key, field + " cannot be read now: " + path + ": " + std::strerror(reason));
  }

  void tell(const Places& places, const std::string& key, const std::string& what) {
    const auto place = places.find(key);
    missing.push_back((place == places.end() ? "" : place->second) + what);
  }

  std::vector<std::string> missing;
};

}  // namespace

std::vector<std::string> missing_files(const Config& config) {
  Search search;
  if (!config.socket_group.empty() && ::getgrnam(config.socket_group.c_str()) == nullptr) {
    search.tell(config.places, "daemon.socket_group", "daemon.socket_group is no group now: " + config.socket_group);
  }
  search.look_for(config.places, "mail.templates", "mail.templates", config.templates);
  for (const RelayConfig& relay : config.relays.relays) {
    search.look_for(relay.places, "password_file", "relay.password_file", path_of_secret(relay.password_file));
    search.look_for(relay.places, "oauth2_file", "relay.oauth2_file", path_of_secret(relay.oauth2_file));
    search.look_for(relay.places, "ca_file", "relay.ca_file", relay.ca_file);
  }
  return search.missing;
}

}  // namespace jobd
