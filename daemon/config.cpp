#include "daemon/config.h"

#include <unistd.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <variant>

#include "daemon/log.h"
#include "daemon/mail/mail_thread.h"
#include "daemon/net/tcp_listener.h"
#include "shared/address.h"

namespace jobd {
namespace {

// Where a key's value lives; the alternative says how it is written in TOML: strings and durations as
// strings, lists as arrays of strings, the rest as numbers.
using Place = std::variant<std::string Config::*, std::vector<std::string> Config::*, Duration Config::*,
                           std::int64_t Config::*, int RetryPolicy::*, double RetryPolicy::*, Duration RetryPolicy::*>;

struct Key {
  std::string_view section;
  std::string_view name;
  Place place;
  double min = 0;
  double max = 0;
};

constexpr double kHorizonMs = static_cast<double>(std::chrono::milliseconds(limits::kHorizon).count());
constexpr double kHuge = 1e15;

const std::array kKeys{
    Key{"daemon", "state_dir", &Config::state_dir},
    Key{"daemon", "socket", &Config::socket},
    Key{"daemon", "socket_mode", &Config::socket_mode},
    Key{"daemon", "socket_group", &Config::socket_group},
    Key{"daemon", "shutdown_grace", &Config::shutdown_grace, 0, kHorizonMs},
    Key{"daemon", "log_level", &Config::log_level},
    Key{"http", "listen", &Config::http_listen},
    Key{"http", "hosts", &Config::http_hosts},
    Key{"store", "url", &Config::store_url},
    Key{"mail", "transport", &Config::transport},
    Key{"mail", "from", &Config::from},
    Key{"mail", "message_id_domain", &Config::message_id_domain},
    Key{"mail", "ehlo_name", &Config::ehlo_name},
    Key{"retry", "max_attempts", &RetryPolicy::max_attempts, 1, limits::kMaxAttempts},
    Key{"retry", "initial", &RetryPolicy::initial, 1, kHorizonMs},
    Key{"retry", "multiplier", &RetryPolicy::multiplier, 1, 1000},
    Key{"retry", "max", &RetryPolicy::max, 1, kHorizonMs},
    Key{"retry", "jitter", &RetryPolicy::jitter, 0, 1},
    Key{"retry", "ttl", &RetryPolicy::ttl, 1000, kHorizonMs},
    Key{"limits", "max_queued_jobs", &Config::max_queued_jobs, 1, kHuge},
    Key{"limits", "min_free_space", &Config::min_free_space, 0, kHuge},
    Key{"limits", "connections", &Config::connections, 1, 100000},
    Key{"limits", "line_bytes", &Config::line_bytes, 1024, 1 << 30},
    Key{"limits", "content_bytes", &Config::content_bytes, 1, 1 << 30},
    Key{"limits", "recipients", &Config::recipients, 1, 100000},
};

// Reads one node into its place; what it answers is the problem, if any.
class ValueReader {
 public:
  ValueReader(const toml::node& node, const Key& key, Config& config) : node_(node), key_(key), config_(config) {}

  std::optional<std::string> operator()(std::string Config::* place) const {
    const auto text = node_.value_exact<std::string>();
    if (!text) return "must be a string";
    config_.*place = *text;
    return std::nullopt;
  }
  std::optional<std::string> operator()(std::vector<std::string> Config::* place) const {
    constexpr const char* kProblem = "must be a list of strings";
    const toml::array* items = node_.as_array();
    if (items == nullptr) return kProblem;
    std::vector<std::string> out;
    for (const toml::node& item : *items) {
      const auto text = item.value_exact<std::string>();
      if (!text) return kProblem;
      out.push_back(*text);
    }
    config_.*place = std::move(out);
    return std::nullopt;
  }
  std::optional<std::string> operator()(Duration Config::* place) const { return duration(config_.*place); }
  std::optional<std::string> operator()(Duration RetryPolicy::* place) const { return duration(config_.retry.*place); }
  std::optional<std::string> operator()(std::int64_t Config::* place) const {
    return number<std::int64_t>(config_.*place);
  }
  std::optional<std::string> operator()(int RetryPolicy::* place) const {
    std::int64_t wide = 0;
    if (auto problem = number<std::int64_t>(wide)) return problem;
    config_.retry.*place = static_cast<int>(wide);
    return std::nullopt;
  }
  std::optional<std::string> operator()(double RetryPolicy::* place) const {
    return number<double>(config_.retry.*place);
  }

 private:
  std::optional<std::string> duration(Duration& into) const {
    const auto text = node_.value_exact<std::string>();
    const auto value = text ? parse_duration(*text) : std::nullopt;
    if (!value) return R"(must be a duration in quotes, like "90s", "15m", "4h" or "3d")";
    const auto count = static_cast<double>(value->count());
    if (count < key_.min || count > key_.max) {
      return "must be from " + format_duration(Duration(static_cast<std::int64_t>(key_.min))) + " to " +
             format_duration(Duration(static_cast<std::int64_t>(key_.max)));
    }
    into = *value;
    return std::nullopt;
  }

  template <typename T>
  std::optional<std::string> number(T& into) const {
    const auto value = node_.value<T>();
    const bool is_number = node_.is_integer() || (std::is_same_v<T, double> && node_.is_floating_point());
    if (!is_number || !value || static_cast<double>(*value) < key_.min || static_cast<double>(*value) > key_.max) {
      return "must be a number from " + std::to_string(static_cast<std::int64_t>(key_.min)) + " to " +
             std::to_string(static_cast<std::int64_t>(key_.max));
    }
    into = *value;
    return std::nullopt;
  }

  const toml::node& node_;
  const Key& key_;
  Config& config_;
};

std::string at(const std::string& name, const toml::source_region& source) {
  return name + ":" + std::to_string(source.begin.line) + ":" + std::to_string(source.begin.column) + ": ";
}

bool is_section(std::string_view name) {
  return std::ranges::find(kKeys, name, &Key::section) != kKeys.end();
}

Result<Done> read_section(const toml::table& section, std::string_view section_name, const std::string& name,
                          Config& config) {
  for (const auto& [key, node] : section) {
    const auto found = std::ranges::find_if(
        kKeys, [&](const Key& known) { return known.section == section_name && known.name == key.str(); });
    const std::string path = std::string(section_name) + "." + std::string(key.str());
    if (found == kKeys.end()) {
      return Error{Code::unknown_field, at(name, key.source()) + "unknown key " + path, path};
    }
    if (auto problem = std::visit(ValueReader(node, *found, config), found->place)) {
      return Error{Code::invalid_field, at(name, node.source()) + path + " " + *problem, path};
    }
  }
  return Done{};
}

// A value as TOML writes it.
struct ValuePrinter {
  const Config& config;

  std::string operator()(std::string Config::* place) const { return quoted(config.*place); }
  std::string operator()(std::vector<std::string> Config::* place) const {
    std::string out;
    for (const std::string& item : config.*place) out += (out.empty() ? "" : ", ") + quoted(item);
    return "[" + out + "]";
  }
  std::string operator()(Duration Config::* place) const { return quoted(format_duration(config.*place)); }
  std::string operator()(Duration RetryPolicy::* place) const { return quoted(format_duration(config.retry.*place)); }
  std::string operator()(std::int64_t Config::* place) const { return std::to_string(config.*place); }
  std::string operator()(int RetryPolicy::* place) const { return std::to_string(config.retry.*place); }
  std::string operator()(double RetryPolicy::* place) const {
    std::array<char, 32> out{};
    const auto end =
        std::to_chars(out.data(), out.data() + out.size(), config.retry.*place).ptr;  // the shortest that reads back
    const std::string text(out.data(), end);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
  }

  static std::string quoted(const std::string& text) {
    std::ostringstream out;
    out << toml::toml_formatter(toml::value(text),
                                toml::toml_formatter::default_flags & ~toml::format_flags::allow_literal_strings);
    return out.str();
  }
};

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

}  // namespace

Result<Done> read_config(const std::string& toml_text, const std::string& name, Config& config) {
  toml::table root;
  try {
    root = toml::parse(toml_text);
  } catch (const toml::parse_error& error) {
    return Error{Code::invalid_field, at(name, error.source()) + std::string(error.description())};
  }
  for (const auto& [key, node] : root) {
    const std::string section(key.str());
    if (!is_section(section)) {
      return Error{Code::unknown_field, at(name, key.source()) + "unknown section or key " + section, section};
    }
    const toml::table* table = node.as_table();
    if (table == nullptr)
      return Error{Code::invalid_field, at(name, node.source()) + section + " must be a section, [" + section + "]",
                   section};
    if (Result<Done> read = read_section(*table, section, name, config); !read) return read;
  }
  return Done{};
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
    config.state_dir = around.is_root ? "/var/lib/jobd" : state_home + "/jobd";
  }
  while (config.state_dir.size() > 1 && config.state_dir.ends_with('/')) config.state_dir.pop_back();
  if (config.socket.empty()) {
    const bool own = !around.is_root && !around.xdg_runtime_dir.empty();
    config.socket = (own ? around.xdg_runtime_dir : "/run") + "/jobd/jobd.sock";
  }
  if (config.store_url.empty()) config.store_url = "sqlite:" + config.state_dir + "/jobs.db";
  if (config.transport.empty()) config.transport = "maildir:" + config.state_dir + "/outbox";
  if (config.message_id_domain.empty()) config.message_id_domain = around.host;
  if (config.ehlo_name.empty()) config.ehlo_name = around.host;
  return config;
}

Result<Done> check_config(const Config& config) {
  const auto bad = [](const std::string& field, const std::string& why) {
    return Error{Code::invalid_field, field + " " + why, field};
  };
  if (!parse_mode(config.socket_mode)) return bad("daemon.socket_mode", "must be an octal mode like \"0660\"");
  if (!log::is_level(config.log_level)) return bad("daemon.log_level", "must be one of " + std::string(log::kLevels));
  if (!config.http_listen.empty()) {
    if (Result<Done> good = check_tcp_address(config.http_listen); !good) return good;
  }
  for (const std::string& host : config.http_hosts) {
    const bool is_bare = host.find_first_of("/@ \t") == std::string::npos;
    if (host.empty() || !is_bare)
      return bad("http.hosts", "must be names as a Host has them, like \"mail.example.com:8025\"");
  }
  if (!config.from.empty()) {
    if (const auto from = parse_mailbox(config.from); !from) return bad("mail.from", from.error().message);
  }
  if (!is_host_name(config.message_id_domain)) return bad("mail.message_id_domain", "must be a domain name");
  if (!is_host_name(config.ehlo_name)) return bad("mail.ehlo_name", "must be a host name");
  if (config.retry.max < config.retry.initial) return bad("retry.max", "must not be less than retry.initial");
  const bool known_store =
      config.store_url == "memory:" || (config.store_url.starts_with("sqlite:") && config.store_url.size() > 7);
  if (!known_store) return bad("store.url", "must be sqlite:PATH or memory:");
  if (const auto transport = check_transport(config.transport); !transport) return transport.error();
  return Done{};
}

std::string print_config(const Config& config) {
  std::ostringstream out;
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    const Key& key = kKeys[i];
    if (i == 0 || kKeys[i - 1].section != key.section) out << (i == 0 ? "" : "\n") << "[" << key.section << "]\n";
    out << key.name << " = " << std::visit(ValuePrinter{config}, key.place) << "\n";
  }
  return out.str();
}

unsigned socket_mode_of(const Config& config) {
  return parse_mode(config.socket_mode).value_or(0660);
}

std::optional<Mailbox> default_from_of(const Config& config) {
  if (config.from.empty()) return std::nullopt;
  Result<Mailbox> from = parse_mailbox(config.from);
  return from ? std::optional(*std::move(from)) : std::nullopt;
}

}  // namespace jobd
