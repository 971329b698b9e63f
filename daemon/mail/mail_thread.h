// MailThread: the thread on which all delivery happens, with the processor that the settings name: maildir, simulate,
// or SMTP to the relays.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/core/attempt.h"
#include "daemon/core/processor.h"
#include "daemon/mail/probe.h"
#include "daemon/mail/relay.h"
#include "shared/clock.h"
#include "shared/result.h"

namespace jobd {

struct MailSettings {
  std::string transport;              // maildir:PATH or simulate:?fail=0.3&...; empty: the relays
  std::vector<RelaySettings> relays;  // the place of each is its RelayId
  std::string message_id_domain;      // right half of Message-ID: <JOB-ID@domain>
  // Staging: everything goes to this address, or only these recipients get anything (daemon/mail/staging.h).
  std::string redirect_all_to = {};
  std::vector<std::string> allow_recipients = {};
  // Called on the mail thread. A line of a relay's transcript, if its settings ask for it; what a person should mend.
  std::function<void(std::string)> trace = {};
  std::function<void(std::string)> warn = {};
  LookUp look_up = {};  // of host names; empty: the system's
};

// What the rest of the daemon needs to know of a transport.
struct TransportInfo {
  std::string url;          // as told by stats and history, without secrets
  std::size_t slots = 0;    // attempts that may run at once
  bool sends_mail = false;  // false: maildir and simulate keep everything on the machine
};

// Understands a transport URL without touching anything. Errors: invalid_field, field "mail.transport".
Result<TransportInfo> check_transport(const std::string& url);

class MailThread {
 public:
  // Precondition: check_transport(settings.transport) is ok. Errors: unavailable (a maildir that cannot be made).
  // sink and clock outlive it.
  static Result<std::unique_ptr<MailThread>> start(const MailSettings& settings, AttemptSink& sink, const Clock& clock);
  virtual ~MailThread() = default;  // stops without reporting; call abort_all first

  // Thread-safe, do not block.
  virtual void start(std::vector<Attempt> attempts) = 0;
  virtual void abort_all() = 0;
  // done comes once, on the mail thread; never, when this object ends first. Precondition: there is such a relay.
  virtual void probe(ProbeOrder order, std::function<void(ProbeReport)> done) = 0;
};

}  // namespace jobd
