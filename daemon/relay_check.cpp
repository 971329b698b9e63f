// What can be found wrong with relays, routes and domains without touching anything.
#include <arpa/inet.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "daemon/mail/idn.h"
#include "daemon/mail/transport.h"
#include "daemon/relay_config.h"
#include "shared/address.h"
#include "shared/limits.h"

namespace jobd {
namespace {

constexpr std::size_t kNameBytes = 64;
constexpr std::size_t kUsernameBytes = 255;

using Problem = std::optional<Error>;

// About a key of one table.
template <typename Table>
Error bad(const Table& table, std::string_view section, const std::string& key, const std::string& why) {
  auto place = table.places.find(key);
  if (place == table.places.end()) place = table.places.find("");
  const std::string field = std::string(section) + (key.empty() ? "" : "." + key);
  return {Code::invalid_field, (place == table.places.end() ? "" : place->second) + field + " " + why, field};
}

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= kNameBytes && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

bool is_printable(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f; });
}

// In U-labels or in A-labels.
bool is_domain(const std::string& name) {
  if (name.find('@') != std::string::npos || !check_address("x@" + name)) return false;
  const std::optional<std::string> ascii = domain_in_ascii(name);
  return ascii && check_address("x@" + *ascii).ok();
}

bool is_host_name(const std::string& name) {
  return is_domain(name) && std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// No quoted local parts: a space would end the pattern in the lane's rule.
bool is_pattern(const std::string& text) {
  if (text.find_first_of(" \"") != std::string::npos) return false;
  if (const std::size_t at = text.rfind('@'); at != std::string::npos) {
    return check_address(text).ok() && is_domain(text.substr(at + 1));
  }
  return is_domain(text.starts_with('.') ? text.substr(1) : text);
}

// A name, the root's dot after it or not, or an address.
bool is_host(std::string host) {
  in6_addr ignored{};
  if (host.find(':') != std::string::npos) {
    return ::inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), &ignored) == 1;  // fe80::1%eth0
  }
  if (host.ends_with('.')) host.pop_back();
  std::ranges::replace(host, '_', 'x');  // no name of a mail's domain, but of machines there are
  return is_domain(host);
}

template <typename Table>
Problem check_rates(const Table& table, std::string_view section) {
  for (const std::string& rate : table.rate) {
    if (!parse_rate(rate)) {
      return bad(table, section, "rate",
                 R"(must be like "14/s", "500/min", "1000/h" or "50000/day", or a list of such)");
    }
  }
  return std::nullopt;
}

struct CheckRelay {
  const RelayConfig& relay;

  Error bad(const std::string& key, const std::string& why) const { return jobd::bad(relay, "relay", key, why); }

  Problem operator()() const {
    if (!is_name(relay.name)) return bad("name", "must be a name of letters, digits, dots, hyphens and underscores");
    if (relay.url.empty()) return bad("url", "is missing; it says where the relay is, like \"smtp://HOST:PORT\"");
    const Result<SmtpTransport> url = parse_relay_url(relay.url);
    if (!url) return bad("url", "is wrong: " + url.error().message);
    if (!is_host(url->host)) return bad("url", "is wrong: no host can have the name \"" + url->host + "\"");
    if (!url->username.empty() && url->username != relay.username) {
      return bad("username", "is another than the one in the url; leave one of them out");
    }
    if (Problem problem = secrets(*url)) return problem;
    if (Problem problem = tls(*url)) return problem;
    if (!is_host_name(relay.ehlo_name)) return bad("ehlo_name", "must be a host name, like \"mail.example.com\"");
    if (!relay.source_address.empty() && !check_source())
      return bad("source_address", "must be an IP address of this machine");
    return check_rates(relay, "relay");
  }

  Problem secrets(const SmtpTransport& /*url*/) const {
    const auto mechanism = parse_auth_mechanism(relay.auth);
    if (!mechanism) return bad("auth", "must be automatic, plain, login, xoauth2 or oauthbearer");
    const bool has_token = !relay.oauth2_file.empty() || !relay.oauth2_command.empty();
    const int secrets = !relay.password_file.empty() + !relay.oauth2_file.empty() + !relay.oauth2_command.empty();
    if (secrets > 1) {
      return bad(relay.oauth2_command.empty() ? "oauth2_file" : "oauth2_command",
                 "is a second secret; keep one of password_file, oauth2_file and oauth2_command");
    }
    if (relay.username.empty()) {
      return secrets == 0 ? std::nullopt : Problem(bad("username", "is missing; it says who the secret is of"));
    }
    if (relay.username.size() > kUsernameBytes || !is_printable(relay.username)) {
      return bad("username", "must be at most 255 bytes without control characters");
    }
    if (secrets == 0) {
      return bad("username",
                 "has no secret; a [[relay]] says where it is, in password_file, oauth2_file or oauth2_command");
    }
    const bool wants_token = *mechanism == AuthMechanism::xoauth2 || *mechanism == AuthMechanism::oauthbearer;
    if (*mechanism != AuthMechanism::automatic && wants_token != has_token) {
      return bad("auth", wants_token ? "needs oauth2_file or oauth2_command" : "needs password_file");
    }
    return std::nullopt;
  }

  Problem tls(const SmtpTransport& url) const {
    const auto level = parse_tls_level(relay.tls);
    if (!level) return bad("tls", "must be none, may, encrypt or verify");
    if (url.tls && url.tls != level) return bad("tls", "is another than the one in the url; leave one of them out");
    const bool certain = *level == TlsLevel::encrypt || *level == TlsLevel::verify;
    if (!certain && url.implicit_tls) return bad("tls", "must be encrypt or verify with smtps:");
    if (!certain && !relay.username.empty()) {
      return bad("tls", "must be encrypt or verify where there is a login; no password goes out in the clear");
    }
    if (!relay.tls_name.empty() && !is_host_name(relay.tls_name))
      return bad("tls_name", "must be a host name, like \"mail.example.com\"");
    return std::nullopt;
  }

  bool check_source() const { return check_address("x@[" + literal() + "]").ok(); }
  std::string literal() const {
    return (relay.source_address.find(':') == std::string::npos ? "" : "IPv6:") + relay.source_address;
  }
};

Problem check_all_relays(const std::vector<RelayConfig>& relays) {
  std::set<std::string> names;
  std::int64_t connections = 0;
  for (const RelayConfig& relay : relays) {
    if (Problem problem = CheckRelay{relay}()) return problem;
    if (!names.insert(relay.name).second)
      return bad(relay, "relay", "name", "is already another relay's; give each its own");
    connections += relay.connections;
    if (connections > static_cast<std::int64_t>(limits::kRelayConnections)) {
      return bad(relay, "relay", "connections", "of all relays together must be at most 1000");
    }
  }
  return std::nullopt;
}

std::string names_of(const std::vector<RelayConfig>& relays) {
  std::string out;
  for (const RelayConfig& relay : relays) out += (out.empty() ? "" : ", ") + relay.name;
  return out.empty() ? "none" : out;
}

Problem check_route(const RouteConfig& route, const std::vector<RelayConfig>& relays) {
  for (const auto& [key, pattern] : {std::pair("sender", &route.sender), std::pair("recipient", &route.recipient)}) {
    if (!pattern->empty() && !is_pattern(*pattern)) {
      return bad(route, "route", key, R"(must be like "example.com", ".example.com" or "ann@example.com")");
    }
  }
  if (route.relay.empty()) return bad(route, "route", "relay", "is missing; it names a relay, or several");
  std::set<std::string> names;
  for (const std::string& name : route.relay) {
    if (std::ranges::find(relays, name, &RelayConfig::name) == relays.end()) {
      return bad(route, "route", "relay", "names no [[relay]]: \"" + name + "\"; there are " + names_of(relays));
    }
    if (!names.insert(name).second) return bad(route, "route", "relay", "names \"" + name + "\" twice");
  }
  return std::nullopt;
}

Problem check_all_routes(const RelayConfigs& configs) {
  std::set<std::pair<std::optional<std::string>, std::optional<std::string>>> known;
  bool takes_all = false;
  for (const RouteConfig& route : configs.routes) {
    if (takes_all)
      return bad(route, "route", "", "is never reached, the one before it takes all mail; put it before that one");
    if (Problem problem = check_route(route, configs.relays)) return problem;
    if (!known.emplace(comparable_address(route.sender), comparable_address(route.recipient)).second) {
      return bad(route, "route", "", "is never reached, one before it asks the same; take one of them out");
    }
    takes_all = route.sender.empty() && route.recipient.empty();
  }
  if (!takes_all && !configs.routes.empty() && configs.relays.size() > 1) {
    return bad(configs.routes.back(), "route", "",
               "needs one more after it, with neither sender nor recipient: where all other mail goes");
  }
  return std::nullopt;
}

Problem check_all_domains(const std::vector<DomainConfig>& domains) {
  std::set<std::optional<std::string>> names;
  for (const DomainConfig& domain : domains) {
    if (!is_domain(domain.name)) return bad(domain, "domain", "name", "must be a domain, like \"example.com\"");
    if (!names.insert(comparable_address(domain.name)).second)
      return bad(domain, "domain", "name", "is there twice; put its limits into one section");
    if (Problem problem = check_rates(domain, "domain")) return problem;
  }
  return std::nullopt;
}

}  // namespace

Result<Done> check_relays(const RelayConfigs& configs) {
  if (Problem problem = check_all_relays(configs.relays)) return *problem;
  if (Problem problem = check_all_routes(configs)) return *problem;
  if (Problem problem = check_all_domains(configs.domains)) return *problem;
  if ((configs.routes.size() + 1) * (configs.domains.size() + 1) > limits::kLanes) {
    const std::string why = "is one too many: (routes + 1) * (domains + 1) must be at most 4096";
    if (configs.domains.empty()) return bad(configs.routes.back(), "route", "", why);
    return bad(configs.domains.back(), "domain", "", why);
  }
  return Done{};
}

}  // namespace jobd
