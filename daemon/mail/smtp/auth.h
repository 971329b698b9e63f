// Logging in (RFC 4954): which mechanism, and what is to be said.
//
// PLAIN (RFC 4616), LOGIN (a draft, but what Microsoft and many others offer), and with an access token OAUTHBEARER
// (RFC 7628) and XOAUTH2 (Google's older form). No CRAM-MD5, for which the server must keep the password itself, and
// which protects nothing that TLS does not: a log-in without TLS does not come this far.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/mail/smtp/terms.h"

namespace jobd::smtp {

std::string_view wire_name(AuthMechanism mechanism);  // "PLAIN"; precondition: not automatic

// Of those offered, the one wanted, or with automatic the best for the kind of secret. Nothing: none will do. Without
// token nothing is said about the secret yet: whether any kind would do.
std::optional<AuthMechanism> choose_mechanism(AuthMechanism wanted, const std::vector<std::string>& offered,
                                              std::optional<bool> token);

// One log-in. Who takes a line from it wipes the line. Own thread only.
class Login {
 public:
  Login(AuthMechanism mechanism, Credentials credentials);
  Login(const Login&) = delete;
  Login& operator=(const Login&) = delete;

  AuthMechanism mechanism() const { return mechanism_; }
  bool with_token() const { return credentials_.token; }
  bool says(const Secret& secret) const { return credentials_.secret.view() == secret.view(); }
  // "AUTH PLAIN AGFw...": with the first answer, unless the line would be longer than 512 bytes (RFC 4954 section 4).
  std::string command();
  // To each 334. Nothing: there is nothing more to say, the server is out of step.
  std::optional<std::string> answer();
  // The command as a transcript may show it.
  std::string shown() const;
  // Servers like to repeat what they did not understand: takes the secret out of their words.
  void blank(std::string& words) const;

 private:
  std::string first_answer() const;

  const AuthMechanism mechanism_;
  Credentials credentials_;
  int said_ = 0;  // answers given
};

}  // namespace jobd::smtp
