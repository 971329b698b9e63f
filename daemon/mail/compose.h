// Compose: from an Email to the RFC 5322 / MIME message that goes over the wire. The header is ours (compose_header),
// as is the encoding of texts (compose_text); GMime builds what has parts. GMime's own header would not do: it lets a
// subject through that reads as an encoded word, breaks long words in two, and is slow (tests/bench/compose_bench).
//
// The same email of the same job gives the same bytes at every attempt: Message-ID and Date are those of the
// acceptance, boundaries count up from the job id. So a copy that went out twice is recognised as one.
//
// The result has CR LF line ends only, no line over 998 bytes (RFC 5322 2.1.1), no Bcc. It is 7-bit throughout,
// except that a raw message keeps its bytes and an address with a UTF-8 local part has no 7-bit form. Attachments are
// base64, so that their bytes stay as they are; but a message/rfc822 that needs no encoding is given none, for readers
// to show it as the message that it is (RFC 2046 5.2.1 has it in no other form).
//
// GMime keeps global state: one thread only, the mail thread.
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/attempt.h"
#include "daemon/mail/compose_header.h"
#include "shared/email.h"
#include "shared/result.h"

namespace jobd {

struct MessageFacts {
  JobId id;
  Time created_at{};
  std::string message_id_domain;
  Addresses addresses = Addresses::as_they_are;
};

// Precondition: email is as shared/codec checked it, with a from unless raw. Errors: invalid_field when a header
// cannot be folded under 998 bytes.
Result<std::string> compose(const Email& email, const MessageFacts& facts);

// The two ways of compose() for what is not raw: a text alone needs no GMime. Given one, both come to the same bytes.
Result<std::string> compose_plain(const Email& email, const MessageFacts& facts);
Result<std::string> compose_mime(const Email& email, const MessageFacts& facts);

// The message of an attempt, from its stored content; where it was redirected, it says from whom. in_ascii is the same
// with no address beyond ASCII, for servers without SMTPUTF8: empty where bytes are that already, and where they are
// raw, in which nothing is rewritten. Errors: as compose; internal when the content is unreadable.
struct ComposedMessage {
  std::string bytes;
  std::string in_ascii;
};
Result<ComposedMessage> message_of(const Attempt& attempt, const std::string& message_id_domain);

// compose() of a raw message, GMime not needed: CR LF line ends, without Bcc, with Message-ID and Date where it has
// none.
std::string compose_raw(std::string_view raw, const MessageFacts& facts);

// "Sun, 01 Mar 2026 12:00:00 +0000": a Date as RFC 5322 3.3 has it.
std::string mail_date(Time time);
std::string message_id(const MessageFacts& facts);  // without angle brackets

}  // namespace jobd
