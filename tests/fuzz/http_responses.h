// What a strict client makes of all that came out of one HTTP connection. Written from RFC 9112 and jobd-protocol(7)
// alone; shares no code with daemon/net.
#pragma once

#include <cstddef>
#include <string_view>

namespace jobd::fuzz {

// How many final responses there are. Aborts, with a word, where the bytes are not a sequence of whole, well-formed
// responses with nothing behind the one that closes. asked_heads: there may have been HEADs among the requests, whose
// responses have no body.
std::size_t count_responses(std::string_view bytes, bool asked_heads);

}  // namespace jobd::fuzz
