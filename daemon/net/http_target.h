// HttpTarget: whom and what a request asks for, from its target (RFC 9112 3.2) and Host, and whether whoever sent it
// may ask jobd at all.
//
// A web page can make its visitor's browser send requests to a loopback address. Such a request carries the page's
// Origin, or says by Sec-Fetch-Site that it is not from here; or, when the attacker's own name was made to lead here,
// names that as its Host. All are refused, whatever the method. What comes without any was sent by no browser.
#pragma once

#include <optional>
#include <string_view>

#include "daemon/net/http_dialogue.h"
#include "daemon/net/http_error.h"
#include "daemon/net/http_parser.h"

namespace jobd {

// Views of the head's.
struct HttpTarget {
  std::string_view host;   // empty where HTTP/1.0 names none on the Unix socket
  std::string_view path;   // "/jobs", or "*"
  std::string_view query;  // without the "?"
};

std::optional<HttpError> read_target(const HttpHead& head, HttpTarget& target);
// 403; 400 where HTTP/1.0 names no host and may not leave it out.
std::optional<HttpError> check_sender(const HttpHead& head, const HttpTarget& target, const HostRule& rule);

}  // namespace jobd
