// The yardstick of smtp_bench: as little as a client can do that sends one message again and again, pipelining all it
// may. It parses no replies beyond their code, composes nothing, keeps no time.
#pragma once

#include <cstdint>
#include <string>

namespace jobd::testing {

struct YardstickLoad {
  std::uint16_t port = 0;  // of 127.0.0.1
  int mails = 0;
  int connections = 1;
  std::string message;  // CR LF line ends, no dots to stuff
};

// False: a server that did not take them.
bool send_all(const YardstickLoad& load);

}  // namespace jobd::testing
