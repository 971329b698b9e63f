#include "daemon/mail/transport.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "daemon/mail/mail_thread.h"
#include "shared/limits.h"

namespace jobd {
namespace {

constexpr std::size_t kMaildirSlots = 64;
constexpr std::size_t kSimulateSlots = 100;
constexpr std::size_t kConnections = 10;
constexpr std::size_t kConnectionsMax = 100;
constexpr std::uint16_t kSmtpPort = 25;
constexpr std::uint16_t kSmtpsPort = 465;  // RFC 8314
constexpr std::chrono::minutes kLatencyMax{10};
constexpr std::array kTlsLevels{"none", "may", "encrypt", "verify"};  // in the order of TlsLevel

Error refuse(std::string message) {
  return {Code::invalid_field, std::move(message), "mail.transport"};
}

template <typename Number>
std::optional<Number> number_in(std::string_view text, Number low, Number high) {
  Number value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= low && value <= high)) return std::nullopt;
  return value;
}

template <typename Number>
bool assign(Number& to, std::optional<Number> value) {
  if (value) to = *value;
  return value.has_value();
}

// One parameter of a scheme: how it is set, and what to say when it cannot be.
struct Parameter {
  std::string_view name;
  std::string_view allowed;
  std::function<bool(std::string_view)> set;
};

std::optional<Error> set_one(std::string_view pair, const std::vector<Parameter>& known, const std::string& scheme) {
  const std::size_t equals = pair.find('=');
  const std::string name(pair.substr(0, equals));
  std::string names;
  for (const Parameter& parameter : known) {
    names += (names.empty() ? "" : ", ") + std::string(parameter.name);
    if (parameter.name != name) continue;
    if (equals != std::string_view::npos && parameter.set(pair.substr(equals + 1))) return std::nullopt;
    return refuse(scheme + ": " + name + " takes " + std::string(parameter.allowed) + ", not \"" +
                  (equals == std::string_view::npos ? "" : std::string(pair.substr(equals + 1))) + "\"");
  }
  return refuse(scheme + ": unknown parameter \"" + name + "\"; there are " + names);
}

std::optional<Error> set_all(std::string_view query, const std::vector<Parameter>& known, const std::string& scheme) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    if (auto error = set_one(query.substr(0, end), known, scheme)) return error;
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return std::nullopt;
}

Result<Transport> parse_maildir(std::string_view path) {
  if (path.empty()) return refuse("maildir: names no folder; write maildir:/path/to/folder");
  return Transport(MaildirTransport{std::string(path)});
}

Result<Transport> parse_simulate(std::string_view rest) {
  SimulateTransport made;
  if (!rest.empty() && rest.front() != '?') {
    return refuse("simulate: takes only parameters, as in simulate:?fail=0.3&permanent=0.1&latency=20ms&seed=42");
  }
  const std::vector<Parameter> known = {
      {"fail", "a probability from 0 to 1", [&](auto text) { return assign(made.fail, number_in(text, 0.0, 1.0)); }},
      {"permanent", "a probability from 0 to 1",
       [&](auto text) { return assign(made.permanent, number_in(text, 0.0, 1.0)); }},
      {"latency", "a duration up to 10m, as in 20ms",
       [&](auto text) {
         const auto latency = parse_duration(text);
         return latency && *latency <= kLatencyMax && assign(made.latency, latency);
       }},
      {"seed", "a whole number from 0 on",
       [&](auto text) { return assign(made.seed, number_in<std::uint64_t>(text, 0, UINT64_MAX)); }},
      {"fail_first", "a number of attempts from 0 to 100",
       [&](auto text) { return assign(made.fail_first, number_in(text, 0, limits::kMaxAttempts)); }},
  };
  if (!rest.empty()) {
    if (auto error = set_all(rest.substr(1), known, "simulate")) return *error;
  }
  if (made.fail + made.permanent > 1) return refuse("simulate: fail and permanent together are more than 1");
  return Transport(made);
}

// What may not stand in a host or a user name: they go into the log and onto the wire.
bool has_blank_or_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; });
}

std::optional<Error> parse_user(std::string_view& authority, SmtpTransport& made) {
  const std::size_t at = authority.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  made.username = authority.substr(0, at);
  authority.remove_prefix(at + 1);
  if (made.username.find(':') != std::string::npos) {
    return refuse("smtp: a URL is no place for a password; name its file as password_file of a [[relay]]");
  }
  if (made.username.empty() || has_blank_or_control(made.username))
    return refuse("smtp: the user name before @ is none");
  return std::nullopt;
}

// "HOST", "HOST:PORT", "[V6]", "[V6]:PORT", each with "USER@" in front or without.
std::optional<Error> parse_authority(std::string_view authority, SmtpTransport& made) {
  if (auto error = parse_user(authority, made)) return error;
  std::size_t host_end = std::min(authority.find(':'), authority.size());
  if (authority.starts_with('[')) {
    const std::size_t bracket = authority.find(']');
    if (bracket == std::string_view::npos) return refuse("smtp: the address in brackets has no \"]\"");
    made.host = authority.substr(1, bracket - 1);
    host_end = bracket + 1;
  } else {
    made.host = authority.substr(0, host_end);
    if (authority.substr(std::min(host_end + 1, authority.size())).find(':') != std::string_view::npos) {
      return refuse("smtp: write an IPv6 address in brackets, as in smtp://[::1]:25");
    }
  }
  if (has_blank_or_control(made.host)) return refuse("smtp: the host name has a space or a control character");
  if (made.host.empty()) return refuse("smtp: names no host; write smtp://HOST or smtp://HOST:PORT");
  const std::string_view port = authority.substr(host_end);
  if (port.empty()) return std::nullopt;
  const auto number = port.front() == ':' ? number_in<std::uint16_t>(port.substr(1), 1, 65535) : std::nullopt;
  if (!number) return refuse("smtp: \"" + std::string(port) + "\" after the host is no port; a port is 1 to 65535");
  made.port = *number;
  return std::nullopt;
}

Result<SmtpTransport> parse_smtp(std::string_view rest, bool implicit_tls, std::uint16_t port) {
  SmtpTransport made;
  made.implicit_tls = implicit_tls;
  made.port = implicit_tls ? kSmtpsPort : port;
  if (!rest.starts_with("//")) return refuse("smtp: write smtp://HOST or smtp://HOST:PORT");
  rest.remove_prefix(2);
  const std::size_t question = std::min(rest.find('?'), rest.size());
  std::string_view authority = rest.substr(0, question);
  if (authority.ends_with('/')) authority.remove_suffix(1);
  if (auto error = parse_authority(authority, made)) return *error;
  const std::vector<Parameter> known = {
      {"connections", "a number from 1 to 100",
       [&](auto text) {
         made.connections = number_in<std::size_t>(text, 1, kConnectionsMax);
         return made.connections.has_value();
       }},
      {"tls", "none, may, encrypt or verify",
       [&](auto text) {
         made.tls = parse_tls_level(text);
         return made.tls.has_value();
       }},
  };
  if (question < rest.size()) {
    if (auto error = set_all(rest.substr(question + 1), known, "smtp")) return *error;
  }
  return made;
}

Result<Transport> as_transport(Result<SmtpTransport> made) {
  if (!made) return std::move(made).error();
  return Transport(*std::move(made));
}

struct Describe {
  std::string operator()(const MaildirTransport& t) const { return "maildir:" + t.path; }
  std::string operator()(const SimulateTransport&) const { return "simulate:"; }
  std::string operator()(const SmtpTransport& t) const {
    const bool v6 = t.host.find(':') != std::string::npos;
    return (t.implicit_tls ? "smtps://" : "smtp://") + (v6 ? "[" + t.host + "]" : t.host) + ":" +
           std::to_string(t.port);
  }
};

struct Slots {
  std::size_t operator()(const MaildirTransport&) const { return kMaildirSlots; }
  std::size_t operator()(const SimulateTransport&) const { return kSimulateSlots; }
  std::size_t operator()(const SmtpTransport& t) const { return t.connections.value_or(kConnections); }
};

}  // namespace

Result<Transport> parse_transport(const std::string& url) {
  const std::string_view text = url;
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::string_view scheme = text.substr(0, colon);
  const std::string_view rest = text.substr(std::min(colon + 1, text.size()));
  if (colon < text.size()) {
    if (scheme == "maildir") return parse_maildir(rest);
    if (scheme == "simulate") return parse_simulate(rest);
    if (scheme == "smtp" || scheme == "smtps") return as_transport(parse_smtp(rest, scheme == "smtps", kSmtpPort));
  }
  return refuse("unknown transport \"" + std::string(scheme) +  // the rest may have a password in it
                "\"; there are maildir:PATH, simulate:?fail=0.3&latency=20ms, smtp://HOST:PORT and smtps://HOST:PORT");
}

Result<SmtpTransport> parse_relay_url(const std::string& url, std::uint16_t port) {
  const std::string_view text = url;
  Result<SmtpTransport> made = text.starts_with("smtp:")    ? parse_smtp(text.substr(5), false, port)
                               : text.starts_with("smtps:") ? parse_smtp(text.substr(6), true, port)
                                                            : refuse("write smtp://HOST:PORT or smtps://HOST:PORT");
  if (made) return made;
  return Error{Code::invalid_field, made.error().message};
}

std::optional<TlsLevel> parse_tls_level(std::string_view word) {
  const auto* found = std::ranges::find(kTlsLevels, word);
  if (found == kTlsLevels.end()) return std::nullopt;
  return static_cast<TlsLevel>(found - kTlsLevels.begin());
}

std::string word_of(TlsLevel level) {
  return kTlsLevels.at(static_cast<std::size_t>(level));
}

std::optional<AuthMechanism> parse_auth_mechanism(std::string_view word) {
  constexpr std::array kWords{"automatic", "plain", "login", "xoauth2", "oauthbearer"};  // in the order of the enum
  const auto* found = std::ranges::find(kWords, word);
  if (found == kWords.end()) return std::nullopt;
  return static_cast<AuthMechanism>(found - kWords.begin());
}

std::string relay_name(const Transport& transport) {
  return std::visit(Describe{}, transport);
}

Result<TransportInfo> check_transport(const std::string& url) {
  auto transport = parse_transport(url);
  if (!transport) return std::move(transport).error();
  return TransportInfo{url, std::visit(Slots{}, *transport), std::holds_alternative<SmtpTransport>(*transport)};
}

}  // namespace jobd
