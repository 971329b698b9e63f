// The content of a job as the store keeps it: an email as bytes.
//
//   1  from?, to, cc, bcc, reply_to, subject, text?, html?, raw?, headers, attachments
//
// A version, then the fields of Email in that order with the primitives of byte_codec: a text is its length and its
// bytes, a list its length and its items, what may be absent (?) is 0, or 1 and itself. It was JSON first, and what
// begins with a brace still is read as that. But it is read for every attempt, on the thread that sends, where a lexer
// that looks at each byte of a body and an attachment in base64 cost more than all else that a mail takes there
// (tests/bench/compose_bench shows both).
#pragma once

#include <string>
#include <string_view>

#include "shared/email.h"
#include "shared/result.h"

namespace jobd {

std::string pack_email(const Email& email);
// Errors: internal, when the bytes are none that pack_email wrote, or encode_email before it.
Result<Email> unpack_email(std::string_view bytes);

}  // namespace jobd
