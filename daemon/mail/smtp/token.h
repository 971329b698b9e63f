// What oauth2_command printed: the token alone, or what OAuth 2.0 token endpoints answer (RFC 6749 5.1):
//   {"access_token":"ya29.a0AfH6S...","expires_in":3599}
#pragma once

#include <optional>

#include "daemon/mail/smtp/secret.h"
#include "shared/clock.h"

namespace jobd::smtp {

struct Token {
  Secret text;
  std::optional<Duration> lifetime;
};

// Nothing of the token is copied out of Secrets. Errors: unavailable, with nothing of the token in the words.
Result<Token> parse_token(Secret printed);

}  // namespace jobd::smtp
