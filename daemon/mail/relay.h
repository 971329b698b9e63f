// A relay as the processor has to know it: where it is, what it must prove, what we must say to be let in.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "shared/clock.h"
#include "shared/result.h"

namespace jobd {

// Words are Postfix's. With verify the chain must lead to a trusted root and the certificate name the host; encrypt
// takes any certificate; may takes what it gets, plain text too.
enum class TlsLevel : std::uint8_t { none, may, encrypt, verify };

// automatic: the best that the server offers and the secrets allow.
enum class AuthMechanism : std::uint8_t { automatic, plain, login, xoauth2, oauthbearer };

struct RelaySettings {
  std::string name;  // as configured: "ses"; what history, log and stats call it
  std::string url;   // as told, without secrets: "smtp://email-smtp.eu-west-1.amazonaws.com:587"
  std::string host;  // a name or an address, without brackets
  std::uint16_t port = 25;

  TlsLevel tls = TlsLevel::verify;
  bool implicit_tls = false;  // smtps: TLS from the first byte
  std::string tls_name;       // whom the certificate must name; empty: host
  std::string ca_file;        // PEM; empty: the system's roots

  std::string username;  // empty: no AUTH
  AuthMechanism auth = AuthMechanism::automatic;
  // Where the secret is, one of these. A file whose name is no absolute path is one of $CREDENTIALS_DIRECTORY. Its one
  // trailing line end is not part of the secret.
  std::string password_file;
  std::string oauth2_file;     // an access token
  std::string oauth2_command;  // run by /bin/sh -c, prints an access token

  std::string ehlo_name;
  std::string source_address;  // to connect from; empty: the system's choice

  std::size_t connections = 10;
  std::size_t mails_per_connection = 100;
  Duration idle_timeout = std::chrono::seconds(5);
  Duration attempt_timeout = std::chrono::minutes(30);  // the whole of an attempt, connecting included
  std::size_t min_bytes_per_second = 1024;              // of content, on average; slower is given up
  std::size_t size_max = 0;                             // bytes of a message; 0: what the server says
  bool trace = false;                                   // the transcript goes into the log
};

// A host name's addresses, as texts. Called on a thread of its own, and may block there.
using LookUp = std::function<Result<std::vector<std::string>>(const std::string& host)>;

}  // namespace jobd
