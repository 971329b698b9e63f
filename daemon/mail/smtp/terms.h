// What a conversation is told before it begins, and what it is given on its way.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/mail/relay.h"
#include "daemon/mail/smtp/secret.h"
#include "shared/email.h"

namespace jobd::smtp {

// The level is how much of TLS is insisted on; whether a certificate is good is the shell's to find out, who
// says secured() or lost().
struct Terms {
  std::string ehlo_name;
  TlsLevel tls = TlsLevel::none;
  bool implicit_tls = false;
  bool log_in = false;  // AUTH, or the session is of no use; never without TLS
  AuthMechanism auth = AuthMechanism::automatic;
  std::size_t mails_per_session = 100;
  Duration idle = std::chrono::seconds(5);
  Duration attempt = std::chrono::minutes(30);
  std::size_t min_bytes_per_second = 1024;
  std::size_t size_max = 0;    // bytes of a message, whatever the server takes; 0: what it says
  bool pipelining = true;      // where it is offered
  bool tls_is_broken = false;  // with TlsLevel::may: a handshake with this server failed, TLS is not asked for
  // Every line as it passes, secrets blanked, content as its size. from_server: or ours. Empty: nobody listens.
  std::function<void(bool from_server, std::string_view line)> trace = {};
};

// How the connection is secured, for people.
struct TlsFacts {
  std::string version;  // "TLSv1.3"
  std::string cipher;   // "TLS_AES_256_GCM_SHA384"
  std::string subject;  // of the certificate, and its issuer
  std::string issuer;
  std::string expires;  // RFC 3339
  bool verified = false;
};

// What to log in with. secret is a password, or with token an OAuth 2.0 access token.
struct Credentials {
  std::string username;
  Secret secret;
  bool token = false;
};

struct Mail {
  std::string envelope_from;  // empty: the null sender
  std::vector<std::string> recipients;
  std::string message;  // with CR LF line ends, dots as they are
  bool ask_before_dot = false;
  Dsn dsn = {};
  std::string envelope_id = {};       // ENVID, where a notification is asked for
  bool only_ask = false;              // a probe: ends with the replies to RCPT (of MAIL, to nobody), nothing is sent
  Moment give_up_at = Moment::max();  // beside Terms::attempt: the attempt may have begun before begin()
  // Instead of message, where an address in that wants SMTPUTF8 and the server has none; or empty.
  std::string message_in_ascii = {};
};

// What the session has come to know of the server; for probes.
struct ServerFacts {
  std::string greeting;
  std::vector<std::string> extensions;  // lines of the last EHLO reply, the first one left out
  std::string mechanism;                // AUTH that succeeded
  std::size_t size_limit = 0;           // bytes; 0: not told
};

}  // namespace jobd::smtp
