// Acceptance: from what a client asked to the record and the content that are kept. Defaults are filled
// in here, once; what is decided here (id, sender, times) is fixed for the job's life.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/core/record.h"
#include "daemon/core/retry_policy.h"
#include "daemon/core/routing.h"
#include "daemon/core/templates.h"
#include "shared/requests.h"
#include "shared/result.h"

namespace jobd {

struct AcceptanceRules {
  RetryPolicy retry;
  std::optional<Mailbox> default_from;                // mail.from
  std::string host;                                   // jobd@host is the sender where nothing is sent
  bool sends_mail = true;                             // false: maildir and simulate, which take mails without a sender
  const Templates* templates = nullptr;               // none: a mail that calls for one is refused; outlives the rules
  std::size_t content_bytes = limits::kContentBytes;  // of an email that a template makes, with its attachments
  const Router* router = nullptr;                     // none: all is the default lane; outlives the rules
  DomainInAscii in_ascii = nullptr;                   // none: domains are not asked whether they can be names
};

// The mails that a job's recipients make: one for each lane, more where a lane's relays take fewer recipients at once.
// Sets the record's lane, and its parts when there are several. Precondition: a pending record with recipients.
void divide(Record& record, const Router& router);

struct AcceptedEmail {
  Record record;
  std::string content;  // what pack_email wrote, sender included
  // Why no new job may come of it, though an equal request before may have made one: the time it names has passed, its
  // template has gone, a domain of its addresses can be no name.
  std::optional<Error> refusal;
};

// The part of accept that takes long for a large email: may be called ahead, on any thread, the result kept in the
// submit. Fills in the sender and what a template says. Errors: missing_field (from).
Result<EncodedEmail> encode(SubmitEmail& submit, const AcceptanceRules& rules);

// scope: whose idempotency keys it shares. Errors: missing_field (from).
Result<AcceptedEmail> accept(SubmitEmail submit, const AcceptanceRules& rules, const std::string& scope, JobId id,
                             Time now);

}  // namespace jobd
