#include "daemon/relay_prober.h"

#include <algorithm>
#include <utility>

namespace jobd {

Result<RelayId> RelayProber::find(const std::string& relay) const {
  const auto unknown = [](const std::string& why) { return Error{Code::invalid_field, why, "relay"}; };
  if (names_.empty()) return unknown("there is no relay to probe: no mail leaves this machine; see mail.transport");
  if (relay.empty()) return RelayId{0};
  const auto found = std::ranges::find(names_, relay);
  if (found != names_.end()) return static_cast<RelayId>(found - names_.begin());
  std::string known;
  for (const std::string& name : names_) known += (known.empty() ? "" : ", ") + name;
  return unknown("relay " + relay + " is not configured; there is: " + known);
}

void RelayProber::probe(RelayId relay, ProbeRelay probe, std::function<void(Result<ProbeReport>)> reply) {
  mail_.probe({relay, from_, std::move(probe.to), probe.timeout},
              [this, name = names_.at(relay), reply = std::move(reply)](ProbeReport report) {
                report.relay = name;
                loop_.post([reply, report = std::move(report)]() mutable { reply(std::move(report)); });
              });
}

}  // namespace jobd
