#include "daemon/relay_config.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "daemon/mail/idn.h"
#include "daemon/mail/transport.h"

namespace jobd {
namespace {

constexpr std::uint16_t kSubmissionPort = 587;  // what all profiles have
constexpr std::size_t kAttemptsPerConnection = 2;
// What goes out in some milliseconds: more of them made no mails a second more (tests/bench/smtp_load.py with 40).
constexpr std::size_t kAttemptsAhead = 14;
// History and log tell the relay that a transport stands for by its URL.
constexpr std::string_view kDefaultRelay = "default";

std::string in_ascii(const std::string& name) {
  return domain_in_ascii(name).value_or(name);
}

Result<SmtpTransport> url_of(const RelayConfig& relay) {
  Result<SmtpTransport> url =
      relay.profile.empty() ? parse_relay_url(relay.url) : parse_relay_url(relay.url, kSubmissionPort);
  if (url) url->host = in_ascii(url->host);
  return url;
}

bool is_loopback(const std::string& host) {
  const bool is_ipv4 = std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return host == "localhost" || host == "::1" || (is_ipv4 && host.starts_with("127."));
}

std::vector<Rate> rates_of(const std::vector<std::string>& texts) {
  std::vector<Rate> out;
  for (const std::string& text : texts) {
    if (const auto rate = parse_rate(text)) out.push_back(*rate);
  }
  return out;
}

std::string in_rules(const std::string& pattern) {
  return comparable_address(pattern).value_or(pattern);
}

RelaySettings settings_of(const RelayConfig& relay) {
  RelaySettings out;
  const Result<SmtpTransport> url = url_of(relay);
  out.url = url_in_force(relay);
  out.name = relay.name == kDefaultRelay ? out.url : relay.name;
  out.host = url->host;
  out.port = url->port;
  out.implicit_tls = url->implicit_tls;
  out.tls = parse_tls_level(relay.tls).value_or(TlsLevel::verify);
  out.tls_name = relay.tls_name;
  out.ca_file = relay.ca_file;
  out.username = relay.username;
  out.auth = parse_auth_mechanism(relay.auth).value_or(AuthMechanism::automatic);
  out.password_file = relay.password_file;
  out.oauth2_file = relay.oauth2_file;
  out.oauth2_command = relay.oauth2_command;
  out.ehlo_name = relay.ehlo_name;
  out.source_address = relay.source_address;
  out.connections = static_cast<std::size_t>(relay.connections);
  out.mails_per_connection = static_cast<std::size_t>(relay.mails_per_connection);
  out.idle_timeout = relay.idle_timeout;
  out.attempt_timeout = relay.attempt_timeout;
  out.size_max = static_cast<std::size_t>(relay.size);
  out.trace = relay.trace;
  return out;
}

}  // namespace

void complete(RelayConfig& relay, const std::string& ehlo_name) {
  if (relay.ehlo_name.empty()) relay.ehlo_name = ehlo_name;
  for (std::string* name : {&relay.ehlo_name, &relay.tls_name}) *name = in_ascii(*name);
  const Result<SmtpTransport> url = url_of(relay);
  if (!url) return;
  if (relay.username.empty()) relay.username = url->username;
  if (url->connections && !relay.places.contains("connections")) {
    relay.connections = static_cast<std::int64_t>(*url->connections);
  }
  if (url->tls && !relay.places.contains("tls")) relay.tls = word_of(*url->tls);
  if (!relay.tls.empty()) return;
  const bool plain = is_loopback(url->host) && relay.username.empty() && !url->implicit_tls;
  relay.tls = word_of(plain ? TlsLevel::none : TlsLevel::verify);
}

std::string url_in_force(const RelayConfig& relay) {
  return relay_name(Transport(*url_of(relay)));
}

std::vector<RelaySettings> relay_settings(const RelayConfigs& configs) {
  std::vector<RelaySettings> out;
  for (const RelayConfig& relay : configs.relays) out.push_back(settings_of(relay));
  return out;
}

RelayRules relay_rules(const RelayConfigs& configs, const RelayRule& without_relays) {
  RelayRules out;
  std::vector<RelayId> all;
  for (const RelayConfig& relay : configs.relays) {
    all.push_back(static_cast<RelayId>(all.size()));
    out.relays.push_back({relay.name, url_in_force(relay), static_cast<std::size_t>(relay.connections),
                          kAttemptsPerConnection, rates_of(relay.rate), static_cast<std::size_t>(relay.recipients),
                          static_cast<int>(relay.priority), kAttemptsAhead});
  }
  if (all.empty()) {
    all.push_back(0);
    out.relays.push_back(without_relays);
  }
  for (const RouteConfig& route : configs.routes) {
    RouteRule rule{in_rules(route.sender), in_rules(route.recipient), {}};
    for (const std::string& name : route.relay) {
      const auto relay = std::ranges::find(configs.relays, name, &RelayConfig::name);
      rule.relays.push_back(static_cast<RelayId>(relay - configs.relays.begin()));
    }
    out.routes.push_back(std::move(rule));
  }
  const bool has_default =
      !out.routes.empty() && out.routes.back().sender.empty() && out.routes.back().recipient.empty();
  if (!has_default) out.routes.push_back({"", "", std::move(all)});
  for (const DomainConfig& domain : configs.domains) {
    out.domains.push_back({in_rules(domain.name), static_cast<std::size_t>(domain.connections), rates_of(domain.rate)});
  }
  return out;
}

}  // namespace jobd
