// The processor that sends over SMTP to one relay, through a pool of sessions.
//
// A mail goes over the free session used last, so that those not needed grow idle and end; when none is free a new one
// is opened, up to `connections`; past that it waits. The pool pairs attempts with sessions and nothing else: what
// became of a mail is said by the conversation, when to try again by the core.
#pragma once

#include <memory>
#include <string>

#include "daemon/mail/mail_context.h"
#include "daemon/mail/transport.h"

namespace jobd::smtp {

std::unique_ptr<Processor> make_smtp_processor(const SmtpTransport& transport, const std::string& ehlo_name,
                                               MailContext context);

}  // namespace jobd::smtp
