// CredentialSource: what to log in to a relay with, wherever its settings say the secret is.
//
// Files are read at each login, so that a changed one holds at once and nothing of it stays in memory. A command is run
// on a thread of its own, once for all the sessions that wait for it, and what it printed is kept until the server
// refuses it or, where the command told when it expires (see token.h), until shortly before.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/core/attempt.h"
#include "daemon/mail/relay.h"
#include "daemon/mail/smtp/terms.h"

namespace boost::asio {
class io_context;
}

namespace jobd::smtp {

// Which of a relay's tokens one is: the first is 1. 0: none.
using TokenNumber = std::uint64_t;

struct FoundCredentials {
  Result<Credentials> credentials;  // error: unavailable, in words, nothing of a secret in them
  TokenNumber number = 0;
  // What an error means: greeting where a command failed, which may soon do better, as a relay that is down.
  Trouble trouble = Trouble::auth;
};

// Mail thread only. Does not own io.
class CredentialSource {
 public:
  static constexpr Duration kCommandTime = std::chrono::seconds(30);
  static constexpr Duration kBeforeExpiry = std::chrono::minutes(10);

  static std::shared_ptr<CredentialSource> make(const RelaySettings& settings,
                                                const std::shared_ptr<boost::asio::io_context>& io,
                                                Duration command_time = kCommandTime);
  virtual ~CredentialSource() = default;
  // refused: the token that the server has just turned down, if any; one fetched since then is good enough. done is
  // called once, later, on the mail thread; never, when this object ends first.
  virtual void fetch(TokenNumber refused, std::function<void(FoundCredentials)> done) = 0;
};

}  // namespace jobd::smtp
