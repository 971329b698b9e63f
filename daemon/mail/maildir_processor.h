// The processor that writes mails into a maildir for a person or a mail reader to look at; nothing is sent.
//
// What comes in while one round is written makes up the next. A copy written again after a crash stands beside the
// first, and both name the job they belong to. The first lines of the file tell the envelope: Return-Path, and a
// Delivered-To for everybody who would have got it.
//
// For `hold` jobs the step over the dot is asked for before the first byte is written. A full or broken disk is a
// temporary failure of the mails it hit.
#pragma once

#include <memory>

#include "daemon/mail/mail_context.h"
#include "daemon/mail/transport.h"
#include "shared/result.h"

namespace jobd {

// Errors: unavailable, when the folder cannot be made.
Result<std::unique_ptr<Processor>> make_maildir_processor(const MaildirTransport& transport, MailContext context);

}  // namespace jobd
