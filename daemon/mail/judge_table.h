// What replies of real relays are known to mean, where code and class alone would mislead.
//
// The policy. A reply about the relay, the account or our pace is trouble, whatever its code: it says nothing about the
// message, so no mail pays for it with an attempt. A reply about the message or its recipient stays with its class, 4
// for later and 5 for never; a row may move it only where the field reads it otherwise (552 for too many recipients).
// The words decide as they are written by the relay today, and a relay that changes them falls back to its class, which
// is never worse than to have no row. What could as well be said of one recipient must not stand here: "over quota" and
// "receiving mail at a rate" are about a mailbox. Each row names its source.
//
// A relay may hand on the words of a recipient's server, which a stranger chooses: a text that quotes ("said:") is
// judged by its code alone, and a phrase behind an address is none of the relay's.
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "daemon/core/attempt.h"
#include "daemon/mail/smtp/reply.h"
#include "shared/clock.h"

namespace jobd::smtp {

// Nothing: no more than its code says.
std::optional<std::variant<Verdict, Trouble>> known_meaning(const Reply& reply);

// A 4xx or 5xx that stands for RFC 5321 4.5.3.1.10: the recipient is over the server's number for one mail.
bool is_one_recipient_too_many(const Reply& reply);

// How long the reply asks us to wait, if it says so in words ("try again in 5 minutes", "Greylisted for 300 seconds",
// "come back in 00:05:00"); 1 s to 4 h.
std::optional<Duration> wait_asked_for(const Reply& reply);

}  // namespace jobd::smtp
