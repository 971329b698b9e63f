// The listening TCP socket of the HTTP door, on a loopback address: HTTP carries no passwords yet, so nobody from
// outside may come in.
#pragma once

#include <string>

#include "shared/descriptor.h"
#include "shared/result.h"

namespace jobd {

struct TcpListener {
  Descriptor listener;
  std::string address;  // as bound: "127.0.0.1:8025", "[::1]:8025"
  std::string port;
};

// "127.0.0.1:8025", "[::1]:8025" or "localhost:8025"; port 0 lets the system choose. Errors: invalid_field, naming
// http.listen, for what is none of these; it touches nothing.
Result<Done> check_tcp_address(const std::string& address);

// Errors: those of check_tcp_address; busy when the port is taken; unavailable with what the system said.
Result<TcpListener> listen_on_tcp(const std::string& address);

}  // namespace jobd
