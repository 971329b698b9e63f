// The processor that sends over SMTP: one pool of sessions for each relay, all on one thread. An attempt says which.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "daemon/mail/mail_context.h"
#include "daemon/mail/probe.h"
#include "daemon/mail/relay.h"

namespace jobd::smtp {

class SmtpProcessor : public Processor {
 public:
  // See MailThread::probe. Over a connection of its own, beside those of the pool.
  virtual void probe(ProbeOrder order, std::function<void(ProbeReport)> done) = 0;
};

std::unique_ptr<SmtpProcessor> make_smtp_processor(const std::vector<RelaySettings>& relays,
                                                   const MailContext& context);

}  // namespace jobd::smtp
