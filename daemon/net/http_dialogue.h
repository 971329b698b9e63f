// HttpDialogue: HTTP/1.1 (RFC 9110, 9112) over the same operations: requests in, responses out in their order.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/net/dialogue.h"

namespace jobd {

// Whom the Host of a request may name; a browser sends what its user, or an attacker's page, typed.
struct HostRule {
  bool any = false;                          // on the Unix socket, which no browser reaches
  std::vector<std::string> hosts;            // else one of these, "localhost:8025", compared without case
  std::vector<std::string> configured = {};  // or these: where a proxy stands before jobd, maybe with TLS
};

// rule outlives it.
std::shared_ptr<Dialogue> make_http_dialogue(Hall& hall, const HostRule& rule, Caller caller, Wake wake);

}  // namespace jobd
