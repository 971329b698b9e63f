// What `jobctl relays` shows.
#include <algorithm>

#include "daemon/core/relay_table.h"

namespace jobd {
namespace {

std::vector<std::string> texts_of(const std::vector<Rate>& rates) {
  std::vector<std::string> out;
  for (const Rate& rate : rates) out.push_back(text_of(rate));
  return out;
}

std::vector<std::string> names_of(const std::vector<RelayId>& ids, const RelayRules& rules) {
  std::vector<std::string> out;
  for (const RelayId id : ids) out.push_back(rules.relays[id].name);
  return out;
}

}  // namespace

std::string RelayTable::state_of(Relay& relay, Time now) {
  const Breaker& breaker = relay.breaker;
  if (breaker.is_open()) return relay.pace.is_slowed(now) ? "throttled" : "open";
  if (breaker.is_probing() || breaker.takes_probe(now)) return "probing";
  switch (breaker.closure()) {
    case Closure::auth: return "auth";
    case Closure::quota: return "quota";
    default: return "down";
  }
}

std::vector<RelayStats> RelayTable::relay_stats(Time now) {
  std::vector<RelayStats> out;
  for (Relay& relay : relays_) {
    RelayStats stats;
    stats.name = relay.rule.name;
    stats.url = relay.rule.url;
    stats.state = state_of(relay, now);
    if (!relay.breaker.is_open()) {
      stats.since = relay.breaker.since();
      stats.reopens_at = relay.breaker.reopens_at(now);
    } else if (relay.pace.is_slowed(now)) {
      stats.since = relay.pace.since();
      stats.rate_now = relay.pace.per_second(now);
    }
    if (stats.since) stats.last_error = relay.last_error;
    stats.connections_in_use = std::min(relay.in_flight, relay.allowed);
    stats.connections_allowed = relay.allowed;
    stats.connections_max = relay.rule.connections;
    stats.rates = texts_of(relay.rule.rates);
    stats.sent_last_minute = static_cast<std::uint64_t>(relay.last_minute.taken(now));
    stats.sent_last_day = static_cast<std::uint64_t>(relay.last_day.taken(now));
    stats.delivered = relay.delivered;
    stats.failed = relay.failed;
    out.push_back(std::move(stats));
  }
  return out;
}

std::vector<RouteStats> RelayTable::route_stats() const {
  std::vector<RouteStats> out;
  for (const RouteRule& route : rules_.routes) {
    out.push_back({route.sender, route.recipient, names_of(route.relays, rules_),
                   names_of(standings_[out.size()].serving, rules_)});
  }
  return out;
}

std::vector<DomainStats> RelayTable::domain_stats(Time now) {
  std::vector<DomainStats> out;
  for (Domain& domain : domains_) {
    const std::size_t limit = domain.rule.connections;
    out.push_back({domain.rule.name, domain.in_flight, limit == 0 ? std::nullopt : std::optional<std::uint64_t>(limit),
                   texts_of(domain.rule.rates), static_cast<std::uint64_t>(domain.last_minute.taken(now))});
  }
  return out;
}

}  // namespace jobd
