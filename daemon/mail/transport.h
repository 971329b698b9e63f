// The transport URL, understood: which processor, and what it is told.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "daemon/mail/relay.h"
#include "shared/result.h"

namespace jobd {

// maildir:PATH
struct MaildirTransport {
  std::string path;
  friend bool operator==(const MaildirTransport&, const MaildirTransport&) = default;
};

// simulate:?fail=0.3&permanent=0.1&latency=20ms&seed=42&fail_first=1; what each means: simulate_processor.h.
struct SimulateTransport {
  double fail = 0;       // 0 to 1; with permanent at most 1
  double permanent = 0;  // 0 to 1
  std::chrono::milliseconds latency{0};
  std::uint64_t seed = 1;
  int fail_first = 0;  // 0 to limits::kMaxAttempts
  friend bool operator==(const SimulateTransport&, const SimulateTransport&) = default;
};

// smtp://[USER@]HOST[:PORT][?connections=10&tls=verify], or smtps: with TLS from the first byte; an IPv6 address stands
// in brackets. A password is never part of a URL.
struct SmtpTransport {
  std::string host;         // without brackets
  std::uint16_t port = 25;  // smtps: 465
  bool implicit_tls = false;
  std::string username;  // empty: none
  std::optional<std::size_t> connections;
  std::optional<TlsLevel> tls;
  friend bool operator==(const SmtpTransport&, const SmtpTransport&) = default;
};

using Transport = std::variant<MaildirTransport, SimulateTransport, SmtpTransport>;

// Errors: invalid_field, field "mail.transport"; the message says what would be right.
Result<Transport> parse_transport(const std::string& url);
// The same of a relay's URL, without field. port: of smtp: where the URL has none.
Result<SmtpTransport> parse_relay_url(const std::string& url, std::uint16_t port = 25);

// "none", "may", "encrypt", "verify".
std::optional<TlsLevel> parse_tls_level(std::string_view word);
std::string word_of(TlsLevel level);
// "automatic", "plain", "login", "xoauth2", "oauthbearer".
std::optional<AuthMechanism> parse_auth_mechanism(std::string_view word);

// As history tells it: "maildir:/var/lib/jobd/outbox", "simulate:", "smtp://[::1]:2525".
std::string relay_name(const Transport& transport);

}  // namespace jobd
