#include "daemon/mail/smtp/auth.h"

#include <algorithm>
#include <span>
#include <utility>

#include "daemon/mail/smtp/secret.h"
#include "shared/base64.h"

namespace jobd::smtp {
namespace {

constexpr std::size_t kLineBytesMax = 512;  // RFC 5321 4.5.3.1.4

constexpr AuthMechanism kByToken[] = {AuthMechanism::oauthbearer, AuthMechanism::xoauth2};
constexpr AuthMechanism kByPassword[] = {AuthMechanism::plain, AuthMechanism::login};

bool takes_token(AuthMechanism mechanism) {
  return mechanism == AuthMechanism::oauthbearer || mechanism == AuthMechanism::xoauth2;
}

// RFC 5801 section 4.
std::string saslname(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == ',') out += "=2C";
    if (c == '=') out += "=3D";
    if (c != ',' && c != '=') out += c;
  }
  return out;
}

std::string base64_and_wipe(std::string secret) {
  std::string encoded = encode_base64(secret);
  wipe(secret);
  return encoded;
}

// Growing a string would leave copies of it behind.
std::string line_of(std::string secret) {
  std::string line;
  line.reserve(secret.size() + 2);
  line.append(secret).append("\r\n");
  wipe(secret);
  return line;
}

void replace_all(std::string& text, std::string_view secret) {
  if (secret.size() < 4) return;  // it would blank half of every word
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), "***");
    at += 3;
  }
}

void replace_and_wipe(std::string& text, std::string secret) {
  replace_all(text, secret);
  wipe(secret);
}

}  // namespace

std::string_view wire_name(AuthMechanism mechanism) {
  switch (mechanism) {
    case AuthMechanism::plain: return "PLAIN";
    case AuthMechanism::login: return "LOGIN";
    case AuthMechanism::xoauth2: return "XOAUTH2";
    case AuthMechanism::oauthbearer: return "OAUTHBEARER";
    case AuthMechanism::automatic: break;
  }
  return "";
}

std::optional<AuthMechanism> choose_mechanism(AuthMechanism wanted, const std::vector<std::string>& offered,
                                              std::optional<bool> token) {
  const auto suits = [&](AuthMechanism mechanism) {
    return (wanted == AuthMechanism::automatic || wanted == mechanism) &&
           token.value_or(takes_token(mechanism)) == takes_token(mechanism) &&
           std::ranges::find(offered, wire_name(mechanism)) != offered.end();
  };
  for (const std::span<const AuthMechanism> kind : {std::span(kByToken), std::span(kByPassword)}) {
    for (const AuthMechanism mechanism : kind) {
      if (suits(mechanism)) return mechanism;
    }
  }
  return std::nullopt;
}

Login::Login(AuthMechanism mechanism, Credentials credentials)
    : mechanism_(mechanism), credentials_(std::move(credentials)) {}

std::string Login::command() {
  std::string line = "AUTH " + std::string(wire_name(mechanism_));
  if (mechanism_ == AuthMechanism::login) return line + "\r\n";
  std::string answer = first_answer();
  if (line.size() + answer.size() + 3 > kLineBytesMax) {
    wipe(answer);
    return line + "\r\n";
  }
  ++said_;
  line.reserve(line.size() + answer.size() + 3);
  line += ' ';
  line += answer;
  line += "\r\n";
  wipe(answer);
  return line;
}

std::optional<std::string> Login::answer() {
  const int turn = said_++;
  if (mechanism_ == AuthMechanism::login && turn == 1) return line_of(encode_base64(credentials_.secret.view()));
  if (turn == 0) {
    return line_of(mechanism_ == AuthMechanism::login ? encode_base64(credentials_.username) : first_answer());
  }
  // What follows a refused token is its error in JSON, and has to be answered before the 535 comes.
  if (mechanism_ == AuthMechanism::oauthbearer && turn == 1) return "AQ==\r\n";
  if (mechanism_ == AuthMechanism::xoauth2 && turn == 1) return "\r\n";
  return std::nullopt;
}

std::string Login::shown() const {
  return "AUTH " + std::string(wire_name(mechanism_)) + (said_ > 0 ? " ***" : "");
}

void Login::blank(std::string& words) const {
  replace_all(words, credentials_.secret.view());
  replace_and_wipe(words, first_answer());
  replace_and_wipe(words, encode_base64(credentials_.secret.view()));
}

std::string Login::first_answer() const {
  const std::string& user = credentials_.username;
  std::string words;
  words.reserve(3 * user.size() + credentials_.secret.view().size() + 64);
  switch (mechanism_) {
    case AuthMechanism::plain:
      words.append(1, '\0').append(user).append(1, '\0').append(credentials_.secret.view());
      break;
    case AuthMechanism::xoauth2:
      words.append("user=").append(user).append("\x01").append("auth=Bearer ").append(credentials_.secret.view());
      words.append("\x01\x01");
      break;
    case AuthMechanism::oauthbearer:
      words.append("n,a=")
          .append(saslname(user))
          .append(",\x01")
          .append("auth=Bearer ")
          .append(credentials_.secret.view());
      words.append("\x01\x01");
      break;
    case AuthMechanism::login:
    case AuthMechanism::automatic: break;
  }
  return base64_and_wipe(std::move(words));
}

}  // namespace jobd::smtp
