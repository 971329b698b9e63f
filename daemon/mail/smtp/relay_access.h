// What all sessions to one relay share: where it is, on what terms, how to prove it and what to prove to it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "daemon/mail/mail_context.h"
#include "daemon/mail/relay.h"
#include "daemon/mail/smtp/connect.h"
#include "daemon/mail/smtp/credentials.h"
#include "daemon/mail/smtp/terms.h"
#include "daemon/mail/smtp/tls.h"
#include "daemon/mail/smtp/transaction.h"

namespace jobd::smtp {

// With TlsLevel::may a server whose handshake fails gets its mails in plain text, as Postfix does it: on a new
// connection, for a failed handshake leaves none to go on with. That TLS fails there is remembered for kPlainFor, and
// told to who mends relays; a server that then asks for TLS ends it. Only a handshake that ends without agreement is
// one that fails: a connection lost meanwhile, a server that says more than it was asked, or a ca_file of ours that
// cannot be read tell nothing about the server's TLS, and are trouble as they are at every other level.
//
// Mail thread only. Outlives its sessions.
class RelayAccess {
 public:
  // Short enough that a server that was mended is soon talked to in TLS again; long enough that the failure is not paid
  // for by every connection.
  static constexpr Duration kPlainFor = std::chrono::minutes(10);

  RelayAccess(RelaySettings settings, const MailContext& context);

  const RelaySettings& settings() const { return settings_; }
  Destination destination() const;
  Terms terms(Moment now) const;  // without a trace
  CredentialSource& credentials() { return *credentials_; }
  // Of a mail; learns from it. True: its handshake failed, and the next connection, which should be made now, goes
  // without TLS.
  bool goes_on_in_plain(const Outcome& outcome, Moment now);
  // For one connection. What it needs is read when it is first asked for. Errors: unavailable: no ca_file.
  Result<std::unique_ptr<TlsStream>> secure();

 private:
  const RelaySettings settings_;
  const LookUp look_up_;
  const std::function<void(std::string)> warn_;
  const std::shared_ptr<CredentialSource> credentials_;
  std::unique_ptr<TlsContext> tls_;
  Moment plain_until_{};
};

}  // namespace jobd::smtp
