// The configuration as text: one table of keys for each kind of table, which reading, --print-config and the error for
// an unknown key all go by.
#include <toml++/toml.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <type_traits>

#include "daemon/config.h"
#include "daemon/config_values.h"

namespace jobd {
namespace {

constexpr double kHorizonMs = static_cast<double>(std::chrono::milliseconds(limits::kHorizon).count());
constexpr double kHuge = 1e15;
constexpr double kDayMs = 24.0 * 3600 * 1000;

constexpr Key<Config> kKeys[] = {
    {"daemon", "state_dir", [](Config& c) -> Slot { return &c.state_dir; }},
    {"daemon", "socket", [](Config& c) -> Slot { return &c.socket; }},
    {"daemon", "socket_mode", [](Config& c) -> Slot { return &c.socket_mode; }},
    {"daemon", "socket_group", [](Config& c) -> Slot { return &c.socket_group; }},
    {"daemon", "drop_dir", [](Config& c) -> Slot { return &c.drop_dir; }},
    {"daemon", "shutdown_grace", [](Config& c) -> Slot { return &c.shutdown_grace; }, {0, kHorizonMs}},
    {"daemon", "log_level", [](Config& c) -> Slot { return &c.log_level; }},
    {"http", "listen", [](Config& c) -> Slot { return &c.http_listen; }},
    {"http", "hosts", [](Config& c) -> Slot { return &c.http_hosts; }},
    {"store", "url", [](Config& c) -> Slot { return &c.store_url; }},
    {"mail", "transport", [](Config& c) -> Slot { return &c.transport; }},
    {"mail", "from", [](Config& c) -> Slot { return &c.from; }},
    {"mail", "message_id_domain", [](Config& c) -> Slot { return &c.message_id_domain; }},
    {"mail", "ehlo_name", [](Config& c) -> Slot { return &c.ehlo_name; }},
    {"mail", "templates", [](Config& c) -> Slot { return &c.templates; }},
    {"mail", "redirect_all_to", [](Config& c) -> Slot { return &c.redirect_all_to; }},
    {"mail", "allow_recipients", [](Config& c) -> Slot { return &c.allow_recipients; }},
    {"mail", "trace", [](Config& c) -> Slot { return &c.trace; }},
    {"retry", "max_attempts", [](Config& c) -> Slot { return &c.retry.max_attempts; }, {1, limits::kMaxAttempts}},
    {"retry", "initial", [](Config& c) -> Slot { return &c.retry.initial; }, {1, kHorizonMs}},
    {"retry", "multiplier", [](Config& c) -> Slot { return &c.retry.multiplier; }, {1, 1000}},
    {"retry", "max", [](Config& c) -> Slot { return &c.retry.max; }, {1, kHorizonMs}},
    {"retry", "jitter", [](Config& c) -> Slot { return &c.retry.jitter; }, {0, 1}},
    {"retry", "ttl", [](Config& c) -> Slot { return &c.retry.ttl; }, {1000, kHorizonMs}},
    {"limits", "max_queued_jobs", [](Config& c) -> Slot { return &c.max_queued_jobs; }, {1, kHuge}},
    {"limits", "min_free_space", [](Config& c) -> Slot { return &c.min_free_space; }, {0, kHuge}},
    {"limits", "connections", [](Config& c) -> Slot { return &c.connections; }, {1, 100000}},
    {"limits", "connections_per_uid", [](Config& c) -> Slot { return &c.connections_per_uid; }, {1, 100000}},
    {"limits", "line_bytes", [](Config& c) -> Slot { return &c.line_bytes; }, {1024, 1 << 30}},
    {"limits", "content_bytes", [](Config& c) -> Slot { return &c.content_bytes; }, {1, 1 << 30}},
    {"limits", "recipients", [](Config& c) -> Slot { return &c.recipients; }, {1, 100000}},
};

// name and profile first: a profile is filled in before the keys that stand beside it are read.
constexpr Key<RelayConfig> kRelayKeys[] = {
    {"relay", "name", [](RelayConfig& r) -> Slot { return &r.name; }},
    {"relay", "profile", [](RelayConfig& r) -> Slot { return &r.profile; }},
    {"relay", "url", [](RelayConfig& r) -> Slot { return &r.url; }},
    {"relay", "username", [](RelayConfig& r) -> Slot { return &r.username; }},
    {"relay", "auth", [](RelayConfig& r) -> Slot { return &r.auth; }},
    {"relay", "password_file", [](RelayConfig& r) -> Slot { return &r.password_file; }},
    {"relay", "oauth2_file", [](RelayConfig& r) -> Slot { return &r.oauth2_file; }},
    {"relay", "oauth2_command", [](RelayConfig& r) -> Slot { return &r.oauth2_command; }},
    {"relay", "tls", [](RelayConfig& r) -> Slot { return &r.tls; }},
    {"relay", "tls_name", [](RelayConfig& r) -> Slot { return &r.tls_name; }},
    {"relay", "ca_file", [](RelayConfig& r) -> Slot { return &r.ca_file; }},
    {"relay", "connections", [](RelayConfig& r) -> Slot { return &r.connections; }, {1, 100}},
    {"relay", "mails_per_connection", [](RelayConfig& r) -> Slot { return &r.mails_per_connection; }, {1, 1'000'000}},
    {"relay", "idle_timeout", [](RelayConfig& r) -> Slot { return &r.idle_timeout; }, {0, kDayMs}},
    {"relay", "attempt_timeout", [](RelayConfig& r) -> Slot { return &r.attempt_timeout; }, {1000, kDayMs}},
    {"relay", "rate", [](RelayConfig& r) -> Slot { return &r.rate; }},
    {"relay", "recipients", [](RelayConfig& r) -> Slot { return &r.recipients; }, {1, 100000}},
    {"relay", "size", [](RelayConfig& r) -> Slot { return &r.size; }, {0, kHuge}},
    {"relay", "priority", [](RelayConfig& r) -> Slot { return &r.priority; }, {0, 65535}},
    {"relay", "source_address", [](RelayConfig& r) -> Slot { return &r.source_address; }},
    {"relay", "ehlo_name", [](RelayConfig& r) -> Slot { return &r.ehlo_name; }},
    {"relay", "trace", [](RelayConfig& r) -> Slot { return &r.trace; }},
};

constexpr Key<RouteConfig> kRouteKeys[] = {
    {"route", "sender", [](RouteConfig& r) -> Slot { return &r.sender; }},
    {"route", "recipient", [](RouteConfig& r) -> Slot { return &r.recipient; }},
    {"route", "relay", [](RouteConfig& r) -> Slot { return &r.relay; }},
};

constexpr Key<DomainConfig> kDomainKeys[] = {
    {"domain", "name", [](DomainConfig& d) -> Slot { return &d.name; }},
    {"domain", "connections", [](DomainConfig& d) -> Slot { return &d.connections; }, {0, 10'000}},
    {"domain", "rate", [](DomainConfig& d) -> Slot { return &d.rate; }},
};

template <typename T>
std::string key_names(std::string_view section, std::span<const Key<T>> known) {
  std::string out;
  for (const Key<T>& key : known) {
    if (key.section == section) out += (out.empty() ? "" : ", ") + std::string(key.name);
  }
  return out;
}

std::string section_names() {
  std::string out;
  std::string_view last;
  for (const Key<Config>& key : kKeys) {
    if (key.section != last) out += "[" + std::string(key.section) + "], ";
    last = key.section;
  }
  return out + "[[relay]], [[route]] and [[domain]]";
}

class Reader {
 public:
  Reader(const std::string& name, Config& config) : name_(name), config_(config) {}

  Result<Done> read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const std::string section(key.str());
      Result<Done> read = section == "relay"    ? tables(node, section, kRelayKeys, config_.relays.relays)
                          : section == "route"  ? tables(node, section, kRouteKeys, config_.relays.routes)
                          : section == "domain" ? tables(node, section, kDomainKeys, config_.relays.domains)
                                                : plain_section(key, node);
      if (!read) return read;
    }
    return Done{};
  }

 private:
  std::string at(const toml::source_region& source) const {
    return name_ + ":" + std::to_string(source.begin.line) + ":" + std::to_string(source.begin.column) + ": ";
  }

  Result<Done> plain_section(const toml::key& key, const toml::node& node) {
    const std::string section(key.str());
    if (std::ranges::find(kKeys, section, &Key<Config>::section) == std::end(kKeys)) {
      return Error{Code::unknown_field,
                   at(key.source()) + "unknown section " + section + "; there are " + section_names(), section};
    }
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      return Error{Code::invalid_field, at(node.source()) + section + " must be a section, [" + section + "]", section};
    }
    if (Result<Done> read = keys<Config>(*table, section, kKeys, config_); !read) return read;
    config_.places[section] = at(node.source());
    for (const auto& [name, value] : *table) {
      config_.places[section + "." + std::string(name.str())] = at(value.source());
    }
    return Done{};
  }

  template <typename T>
  Result<Done> tables(const toml::node& node, const std::string& section,
                      std::type_identity_t<std::span<const Key<T>>> known, std::vector<T>& into) {
    const toml::array* items = node.as_array();
    if (items == nullptr || !std::ranges::all_of(*items, [](const toml::node& item) { return item.is_table(); })) {
      return Error{Code::invalid_field,
                   at(node.source()) + section + " must be written as a list of sections, [[" + section + "]]",
                   section};
    }
    into.clear();
    for (const toml::node& item : *items) {
      T made;
      made.places[""] = at(item.source());
      if (Result<Done> filled = fill(*item.as_table(), made); !filled) return filled;
      if (Result<Done> read = keys<T>(*item.as_table(), section, known, made); !read) return read;
      for (const auto& [key, value] : *item.as_table()) made.places[std::string(key.str())] = at(value.source());
      into.push_back(std::move(made));
    }
    return Done{};
  }

  Result<Done> fill(const toml::table& table, RelayConfig& relay) {
    const toml::node* profile = table.get("profile");
    const auto word = profile == nullptr ? std::nullopt : profile->value_exact<std::string>();
    if (!word || word->empty() || apply_profile(*word, relay)) return Done{};
    return Error{Code::invalid_field, at(profile->source()) + "relay.profile must be one of " + profile_names(),
                 "relay.profile"};
  }
  Result<Done> fill(const toml::table& /*table*/, const RouteConfig& /*route*/) { return Done{}; }
  Result<Done> fill(const toml::table& /*table*/, const DomainConfig& /*domain*/) { return Done{}; }

  template <typename T>
  Result<Done> keys(const toml::table& table, const std::string& section, std::span<const Key<T>> known, T& into) {
    for (const auto& [key, node] : table) {
      const auto found = std::ranges::find_if(
          known, [&](const Key<T>& row) { return row.section == section && row.name == key.str(); });
      const std::string path = section + "." + std::string(key.str());
      if (found == known.end()) {
        return Error{Code::unknown_field,
                     at(key.source()) + "unknown key " + path + "; there are " + key_names(section, known), path};
      }
      if (auto problem = read_value(node, found->slot(into), found->range)) {
        return Error{Code::invalid_field, at(node.source()) + path + " " + *problem, path};
      }
    }
    return Done{};
  }

  const std::string& name_;
  Config& config_;
};

template <typename T>
void print_tables(std::ostream& out, std::vector<T>& tables, std::span<const Key<T>> keys) {
  for (T& table : tables) {
    out << "\n[[" << keys.front().section << "]]\n";
    for (const Key<T>& key : keys) out << key.name << " = " << print_value(key.slot(table)) << "\n";
  }
}

}  // namespace

Result<Done> read_config(const std::string& toml_text, const std::string& name, Config& config) {
  toml::table root;
  try {
    root = toml::parse(toml_text);
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    return Error{Code::invalid_field, name + ":" + std::to_string(begin.line) + ":" + std::to_string(begin.column) +
                                          ": " + std::string(error.description())};
  }
  return Reader(name, config).read(root);
}

Result<Done> read_config_file(const std::string& path, Config& config) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const int reason = errno;
    return Error{reason == ENOENT ? Code::not_found : Code::unavailable,
                 "cannot read the configuration " + path + ": " + std::strerror(reason)};
  }
  std::error_code error;
  std::ostringstream text;
  if (!std::filesystem::is_regular_file(path, error) || (file.peek() != EOF && !(text << file.rdbuf())) || file.bad()) {
    return Error{Code::unavailable, "cannot read the configuration " + path + ": it is no file that can be read"};
  }
  return read_config(text.str(), path, config);
}

std::string print_config(Config config) {
  config.relays = relays_of(config);
  for (RelayConfig& relay : config.relays.relays) relay.url = url_in_force(relay);
  std::ostringstream out;
  std::string_view section;
  for (const Key<Config>& key : kKeys) {
    if (key.section != section) out << (section.empty() ? "" : "\n") << "[" << key.section << "]\n";
    section = key.section;
    // With relays there is no transport beside them.
    const Slot slot = key.slot(config);
    if (slot == Slot(&config.transport) && !config.relays.relays.empty()) continue;
    out << key.name << " = " << print_value(slot) << "\n";
  }
  print_tables<RelayConfig>(out, config.relays.relays, kRelayKeys);
  print_tables<RouteConfig>(out, config.relays.routes, kRouteKeys);
  print_tables<DomainConfig>(out, config.relays.domains, kDomainKeys);
  return out.str();
}

}  // namespace jobd
