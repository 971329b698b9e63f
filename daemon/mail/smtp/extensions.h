// What a server offers beyond RFC 821, out of its answer to EHLO (RFC 5321 4.1.1.1).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/mail/smtp/reply.h"

namespace jobd::smtp {

struct Extensions {
  bool starttls = false;
  bool pipelining = false;
  bool size = false;
  bool eight_bit_mime = false;
  bool smtputf8 = false;
  bool dsn = false;
  std::size_t size_limit = 0;           // bytes; 0: not told
  std::vector<std::string> mechanisms;  // of AUTH, in capitals, as offered
};

// What is announced twice counts once; what is malformed does not count.
Extensions extensions_in(const Reply& ehlo);

}  // namespace jobd::smtp
