// The body of a text part as it goes over the wire (RFC 2045 6): CR LF at the end of each line and of the last, 7 bit,
// no line over 998.
#pragma once

#include <string>
#include <string_view>

namespace jobd {

struct EncodedText {
  std::string_view encoding;  // "7bit", "quoted-printable" or "base64"
  std::string bytes;
};

// text: UTF-8 with any line ends, CR, LF or both. ASCII stays legible (7bit) unless a line is too long or begins with
// "From ", which mailboxes on the way would change; of the other two it is the shorter one.
EncodedText encode_text(std::string_view text);

}  // namespace jobd
