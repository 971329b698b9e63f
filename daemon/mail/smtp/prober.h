// A probe of one relay: an SMTP session of its own that asks as a mail would, up to RCPT, and sends nothing.
//
// Its steps are found in the transcript: without pipelining every line of ours begins one, and the reply to it ends it.
// So they show what was said, in the order in which it was said, and a probe needs no conversation of its own.
#pragma once

#include <functional>
#include <memory>

#include "daemon/mail/probe.h"
#include "daemon/mail/smtp/relay_access.h"

namespace jobd::smtp {

// Mail thread only.
class Prober {
 public:
  virtual ~Prober() = default;
  virtual void abort() = 0;  // jobd stops: the report comes soon
};

// ended comes once, later; never, when the Prober goes first. access outlives the Prober.
std::shared_ptr<Prober> start_probe(RelayAccess& access, ProbeOrder order,
                                    const std::shared_ptr<boost::asio::io_context>& io,
                                    std::function<void(const Prober&, ProbeReport)> ended);

}  // namespace jobd::smtp
