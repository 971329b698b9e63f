// MailThread: the thread on which all delivery happens, with the processor that the transport URL names.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "daemon/core/attempt.h"
#include "daemon/core/processor.h"
#include "shared/clock.h"
#include "shared/result.h"

namespace jobd {

struct MailSettings {
  // maildir:PATH, simulate:?fail=0.3&permanent=0.1&latency=20ms&seed=42, smtp://host[:port][?connections=10]
  std::string transport;
  std::string message_id_domain;  // right half of Message-ID: <JOB-ID@domain>
  std::string ehlo_name;
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
};

}  // namespace jobd
