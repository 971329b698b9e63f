// What all sessions to one relay share: where it is, on what terms, how to prove it and what to prove to it.
#pragma once

#include <memory>

#include "daemon/mail/relay.h"
#include "daemon/mail/smtp/connect.h"
#include "daemon/mail/smtp/credentials.h"
#include "daemon/mail/smtp/terms.h"
#include "daemon/mail/smtp/tls.h"

namespace jobd::smtp {

// Mail thread only. Outlives its sessions.
class RelayAccess {
 public:
  RelayAccess(RelaySettings settings, LookUp look_up, const std::shared_ptr<boost::asio::io_context>& io);

  const RelaySettings& settings() const { return settings_; }
  Destination destination() const;
  Terms terms() const;  // without a trace
  CredentialSource& credentials() { return *credentials_; }
  // For one connection. What it needs is read when it is first asked for. Errors: unavailable: no ca_file.
  Result<std::unique_ptr<TlsStream>> secure();

 private:
  const RelaySettings settings_;
  const LookUp look_up_;
  const std::shared_ptr<CredentialSource> credentials_;
  std::unique_ptr<TlsContext> tls_;
};

}  // namespace jobd::smtp
