// What all sessions to one relay share: where it is, on what terms, how to prove it and what to prove to it.
#pragma once

#include <chrono>
#include <memory>

#include "daemon/mail/relay.h"
#include "daemon/mail/smtp/connect.h"
#include "daemon/mail/smtp/credentials.h"
#include "daemon/mail/smtp/terms.h"
#include "daemon/mail/smtp/tls.h"
#include "daemon/mail/smtp/transaction.h"

namespace jobd::smtp {

// With TlsLevel::may a server whose handshake fails gets its mails in plain text, as Postfix does it: on a new
// connection, for a failed handshake leaves none to go on with. That TLS fails there is remembered for kPlainFor.
//
// Mail thread only. Outlives its sessions.
class RelayAccess {
 public:
  // Short enough that a server that was mended is soon talked to in TLS again; long enough that one handshake, which
  // may take a minute to fail, is not paid for by every connection.
  static constexpr Duration kPlainFor = std::chrono::minutes(10);

  RelayAccess(RelaySettings settings, LookUp look_up, const std::shared_ptr<boost::asio::io_context>& io);

  const RelaySettings& settings() const { return settings_; }
  Destination destination() const;
  Terms terms() const;  // without a trace
  CredentialSource& credentials() { return *credentials_; }
  // Of a mail. True: its handshake failed, and the next connection, which should be made now, goes without TLS.
  bool goes_on_in_plain(const Outcome& outcome);
  // For one connection. What it needs is read when it is first asked for. Errors: unavailable: no ca_file.
  Result<std::unique_ptr<TlsStream>> secure();

 private:
  const RelaySettings settings_;
  const LookUp look_up_;
  const std::shared_ptr<CredentialSource> credentials_;
  std::unique_ptr<TlsContext> tls_;
  Moment plain_until_{};
};

}  // namespace jobd::smtp
