// Rates over a restart.
//
// What a rate of a minute or more has let out is written with the results of attempts, in their transaction: it costs
// no flush and no turn of its own, and one page a turn where such a rate is configured. Since every attempt ends with a
// result, all is kept when jobd ends in order; when it is killed, all but what was claimed since the last turn that
// wrote something, which is at most what was under way.
//
// Rejected: counting what was delivered in the last day when jobd starts (there is no index by that time, refused
// recipients count too, and what went to whom is not in the job's row); writing with the claims (a claim is the store's
// own, which knows nothing of rates).
#include <string_view>

#include "daemon/core/relay_table.h"

namespace jobd {
namespace {

// As the rules of lanes have it.
template <typename Rule>
std::string whose(std::string_view kind, const Rule& rule) {
  return std::string(kind) + rule.name;
}
constexpr std::string_view kRelay = "relay=";
constexpr std::string_view kDomain = "domain=";

template <typename Limited>
void add_unkept(std::string_view kind, const std::vector<Limited>& all, std::vector<Sent>& out) {
  for (const Limited& each : all) {
    if (!each.unkept) continue;
    for (const RateWindow& window : each.windows) {
      if (window.rate().per < RelayTable::kShortestKept) continue;
      out.push_back({whose(kind, each.rule), window.rate().per, window.sent()});
    }
  }
}

template <typename Limited>
void remember_in(std::string_view kind, std::vector<Limited>& all, const Sent& sent) {
  for (Limited& each : all) {
    if (whose(kind, each.rule) != sent.whose) continue;
    for (RateWindow& window : each.windows) {
      if (window.rate().per == sent.per) window.remember(sent.steps);
    }
  }
}

}  // namespace

std::vector<Sent> RelayTable::unkept() const {
  std::vector<Sent> out;
  if (!unkept_) return out;
  add_unkept(kRelay, relays_, out);
  add_unkept(kDomain, domains_, out);
  return out;
}

void RelayTable::kept() {
  unkept_ = false;
  for (Relay& relay : relays_) relay.unkept = false;
  for (Domain& domain : domains_) domain.unkept = false;
}

void RelayTable::remember(std::span<const Sent> sent) {
  for (const Sent& each : sent) {
    remember_in(kRelay, relays_, each);
    remember_in(kDomain, domains_, each);
  }
}

}  // namespace jobd
