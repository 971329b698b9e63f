// RelayProber: the service's probes, done by the mail thread.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/prober.h"
#include "daemon/mail/mail_thread.h"
#include "daemon/net/io_loop.h"

namespace jobd {

// Loop's thread only.
class RelayProber final : public Prober {
 public:
  // names: of the relays, in their order. from: the envelope's sender of probes. loop and mail outlive it.
  RelayProber(IoLoop& loop, MailThread& mail, std::vector<std::string> names, std::string from)
      : loop_(loop), mail_(mail), names_(std::move(names)), from_(std::move(from)) {}

  Result<RelayId> find(const std::string& relay) const override;
  void probe(RelayId relay, ProbeRelay probe, std::function<void(Result<ProbeReport>)> reply) override;

 private:
  IoLoop& loop_;
  MailThread& mail_;
  const std::vector<std::string> names_;
  const std::string from_;
};

}  // namespace jobd
