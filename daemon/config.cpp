#include "daemon/config.h"

#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <cstdlib>

#include "daemon/log.h"
#include "daemon/mail/idn.h"
#include "daemon/mail/transport.h"
#include "daemon/net/tcp_listener.h"
#include "shared/address.h"
#include "shared/drop.h"

namespace jobd {
namespace {

constexpr const char* kSystemState = "/var/lib/jobd";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::optional<unsigned> parse_mode(const std::string& text) {
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc{} || end != text.data() + text.size() || mode > 0777) return std::nullopt;
  return mode;
}

bool is_host_name(const std::string& name) {
  const bool ascii = std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return ascii && check_address("x@" + name).ok();
}

// DNS may know its domain.
bool is_address(const std::string& address) {
  return check_address(address).ok() && comparable_address(address).has_value();
}

// Where the key was said, else where its section begins.
std::string place_of(const Places& places, const std::string& field) {
  auto place = places.find(field);
  if (place == places.end()) place = places.find(field.substr(0, field.find('.')));
  return place == places.end() ? "" : place->second;
}

Error bad(const std::string& field, const std::string& why) {
  return {Code::invalid_field, field + " " + why, field};
}

// As bind() takes them.
Result<Done> check_socket(const Config& config) {
  constexpr std::size_t kPathBytes = sizeof(sockaddr_un::sun_path) - 1;
  if (config.socket.ends_with('/')) return bad("daemon.socket", "must name a file, not a folder: " + config.socket);
  if (config.socket.size() > kPathBytes) {
    return bad("daemon.socket", "must be a path of at most " + std::to_string(kPathBytes) + " bytes; this one has " +
                                    std::to_string(config.socket.size()) + ": " + config.socket);
  }
  if (!parse_mode(config.socket_mode)) return bad("daemon.socket_mode", "must be an octal mode like \"0660\"");
  return Done{};
}

Result<Done> check_http(const Config& config) {
  if (!config.http_listen.empty()) {
    if (Result<Done> good = check_tcp_address(config.http_listen); !good) return good;
  }
  for (const std::string& host : config.http_hosts) {
    const bool is_bare = host.find_first_of("/@ \t") == std::string::npos;
    if (host.empty() || !is_bare)
      return bad("http.hosts", "must be names as a Host has them, like \"mail.example.com:8025\"");
  }
  return Done{};
}

Result<Done> check_mail(const Config& config) {
  if (!config.from.empty()) {
    if (const auto from = parse_mailbox(config.from); !from) return bad("mail.from", from.error().message);
  }
  if (!is_host_name(config.message_id_domain)) {
    return bad("mail.message_id_domain", "must be a domain, like \"example.com\"");
  }
  if (!is_host_name(config.ehlo_name)) return bad("mail.ehlo_name", "must be a host name, like \"mail.example.com\"");
  if (!config.redirect_all_to.empty() && !is_address(config.redirect_all_to)) {
    return bad("mail.redirect_all_to", "must be an address, like \"qa@example.com\"");
  }
  for (const std::string& allowed : config.allow_recipients) {
    if (!is_address(allowed.starts_with('@') ? "x" + allowed : allowed)) {
      return bad("mail.allow_recipients", R"(must be addresses and domains, like ["ann@example.com", "@example.org"])");
    }
  }
  const bool has_relays = !config.relays.relays.empty();
  if (has_relays && !config.transport.empty()) {
    return bad("mail.transport", "stands for one relay; with [[relay]] sections leave it out");
  }
  if (has_relays) return Done{};
  const auto transport = parse_transport(config.transport);
  if (!transport) return bad("mail.transport", "is wrong: " + transport.error().message);
  return Done{};
}

Result<Done> check_sections(const Config& config) {
  if (Result<Done> good = check_socket(config); !good) return good;
  if (!log::is_level(config.log_level)) return bad("daemon.log_level", "must be one of " + std::string(log::kLevels));
  if (Result<Done> good = check_http(config); !good) return good;
  if (config.retry.max < config.retry.initial) {
    return bad("retry.max", "is " + format_duration(config.retry.max) + "; it must not be less than retry.initial, " +
                                format_duration(config.retry.initial));
  }
  const bool known_store =
      config.store_url == "memory:" || (config.store_url.starts_with("sqlite:") && config.store_url.size() > 7);
  if (!known_store) return bad("store.url", "must be sqlite:PATH or memory:");
  return check_mail(config);
}

}  // namespace

Surroundings surroundings() {
  Surroundings out;
  out.is_root = ::geteuid() == 0;
  out.home = environment("HOME");
  out.xdg_state_home = environment("XDG_STATE_HOME");
  out.xdg_runtime_dir = environment("XDG_RUNTIME_DIR");
  std::array<char, HOST_NAME_MAX + 1> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) out.host = host.data();
  if (!is_host_name(out.host)) out.host = "localhost";
  return out;
}

Config with_defaults(Config config, const Surroundings& around) {
  if (config.state_dir.empty()) {
    const std::string state_home =
        around.xdg_state_home.empty() ? around.home + "/.local/state" : around.xdg_state_home;
    config.state_dir = around.is_root ? kSystemState : state_home + "/jobd";
  }
  while (config.state_dir.size() > 1 && config.state_dir.ends_with('/')) config.state_dir.pop_back();
  if (config.socket.empty()) {
    const bool own = !around.is_root && !around.xdg_runtime_dir.empty();
    if (own) config.places["daemon.socket"] = "XDG_RUNTIME_DIR: ";
    config.socket = (own ? around.xdg_runtime_dir : "/run") + "/jobd/jobd.sock";
  }
  if (config.drop_dir.empty()) {
    config.drop_dir = config.state_dir == kSystemState ? std::string(drop::kFolder) : config.state_dir + "/drop";
  }
  if (config.store_url.empty()) config.store_url = "sqlite:" + config.state_dir + "/jobs.db";
  const bool has_relays = !config.relays.relays.empty();
  if (config.transport.empty() && !has_relays) config.transport = "maildir:" + config.state_dir + "/outbox";
  if (config.message_id_domain.empty()) config.message_id_domain = around.host;
  if (config.ehlo_name.empty()) config.ehlo_name = around.host;
  // What goes out in a Message-ID or an EHLO is ASCII. What can be no name stays as it is, for check_config.
  for (std::string* name : {&config.message_id_domain, &config.ehlo_name}) {
    *name = domain_in_ascii(*name).value_or(*name);
  }
  // One user's programs may be most of those who come, but the others still find a place.
  if (config.connections_per_uid == 0) config.connections_per_uid = config.connections - config.connections / 4;
  for (RelayConfig& relay : config.relays.relays) complete(relay, config.ehlo_name);
  return config;
}

Result<Done> check_config(const Config& config) {
  Result<Done> good = check_sections(config);
  if (good) return check_relays(relays_of(config));
  Error error = std::move(good).error();
  error.message = place_of(config.places, error.field) + error.message;
  return error;
}

unsigned socket_mode_of(const Config& config) {
  return parse_mode(config.socket_mode).value_or(0660);
}

std::optional<Mailbox> default_from_of(const Config& config) {
  if (config.from.empty()) return std::nullopt;
  Result<Mailbox> from = parse_mailbox(config.from);
  return from ? std::optional(*std::move(from)) : std::nullopt;
}

bool trace_relay(Config& config, std::string_view name) {
  const auto relay = std::ranges::find(config.relays.relays, name, &RelayConfig::name);
  if (relay != config.relays.relays.end()) return relay->trace = true;
  const RelayConfigs relays = relays_of(config);
  return config.trace = std::ranges::find(relays.relays, name, &RelayConfig::name) != relays.relays.end();
}

RelayConfigs relays_of(const Config& config) {
  RelayConfigs out = config.relays;
  if (out.relays.empty() && config.transport.starts_with("smtp")) {
    RelayConfig relay;
    relay.name = "default";
    relay.url = config.transport;
    relay.places[""] = place_of(config.places, "mail.transport") + "mail.transport: ";
    complete(relay, config.ehlo_name);
    out.relays.push_back(std::move(relay));
  }
  for (RelayConfig& relay : out.relays) relay.trace = relay.trace || config.trace;
  return out;
}

}  // namespace jobd
