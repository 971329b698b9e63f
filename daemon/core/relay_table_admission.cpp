// What may be claimed now, when more may be, and why not before.
#include <algorithm>

#include "daemon/core/relay_table.h"
#include "shared/limits.h"

namespace jobd {
namespace {

void keep_earlier(std::optional<Time>& earliest, std::optional<Time> other) {
  if (other && (!earliest || *other < *earliest)) earliest = other;
}
void keep_later(std::optional<Time>& latest, std::optional<Time> other) {
  if (other && (!latest || *other > *latest)) latest = other;
}

std::int64_t room_of(std::vector<RateWindow>& windows, Time now) {
  std::int64_t room = Admission::kUnlimited;
  for (RateWindow& window : windows) room = std::min(room, window.room(now));
  return room;
}

// When all of them have room; none: they have.
std::optional<Time> next_room_of(std::vector<RateWindow>& windows, Time now) {
  std::optional<Time> latest;
  for (RateWindow& window : windows) keep_later(latest, window.next_room(now));
  return latest;
}

std::int64_t left_of(std::size_t limit, std::size_t used) {
  return static_cast<std::int64_t>(limit - std::min(limit, used));
}

}  // namespace

Admission RelayTable::admission(Time now) {
  std::vector<Admission::Pool> pools;
  pools.reserve(relays_.size() + domains_.size());
  for (Relay& relay : relays_) pools.push_back(pool_of(relay, now));
  for (Domain& domain : domains_) pools.push_back(pool_of(domain, now));
  return {draws_, std::move(pools)};
}

Admission::Pool RelayTable::pool_of(Relay& relay, Time now) {
  bring_back(relay, now);
  while (relay.allowed < relay.rule.connections && now - relay.crowded_at >= kMoreConnections) {
    relay.allowed = std::min(relay.rule.connections, relay.allowed + std::max<std::size_t>(1, relay.allowed / 2));
    relay.crowded_at += kMoreConnections;
  }
  Admission::Pool pool;
  // Where it takes fewer connections than it may have, no mail is at hand behind another: that would open one more.
  const bool crowded = relay.allowed < relay.rule.connections;
  const std::size_t attempts =
      crowded ? relay.allowed : relay.allowed * relay.rule.attempts_per_connection + attempts_ahead(relay, now);
  pool.attempts = left_of(attempts, relay.in_flight);
  const std::size_t share = std::max(limits::kInFlightBytes / relays_.size(), limits::kInFlightBytesOfRelay);
  pool.content_bytes = left_of(share, relay.bytes_in_flight);
  pool.idle = relay.in_flight == 0;
  if (!relay.breaker.is_open()) pool.attempts = relay.breaker.takes_probe(now) ? 1 : 0;
  pool.recipients = std::min(room_of(relay.windows, now), relay.pace.room(now));
  return pool;
}

std::size_t RelayTable::attempts_ahead(const Relay& relay, Time now) {
  const std::size_t in_one_turn = std::max(relay.served_last, relay.served_before);
  if (in_one_turn <= 1 || now - *relay.served_at > kJustServed) return 0;
  return std::min(kTurnsAhead * in_one_turn, relay.allowed * relay.rule.attempts_ahead_per_connection);
}

Admission::Pool RelayTable::pool_of(Domain& domain, Time now) {
  const std::size_t connections = domain.rule.connections;
  Admission::Pool pool;
  if (connections != 0) pool.attempts = left_of(connections, domain.in_flight);
  pool.recipients = room_of(domain.windows, now);
  return pool;
}

std::optional<Time> RelayTable::next_opening(Time now) {
  std::optional<Time> next;
  for (Relay& relay : relays_) {
    const Breaker& breaker = relay.breaker;
    if (!breaker.is_open() && !breaker.is_probing() && breaker.reopens_at(now) > now) {
      keep_earlier(next, breaker.reopens_at(now));
    }
    std::optional<Time> room = next_room_of(relay.windows, now);
    keep_later(room, relay.pace.next_room(now));
    if (breaker.is_open() || breaker.takes_probe(now)) keep_earlier(next, room);
    const bool full = relay.in_flight >= relay.allowed && relay.allowed < relay.rule.connections;
    if (full) keep_earlier(next, relay.crowded_at + kMoreConnections);
  }
  for (Domain& domain : domains_) keep_earlier(next, next_room_of(domain.windows, now));
  return next;
}

// Why nothing goes to a relay that is up.
std::optional<Waiting> RelayTable::rate_of(RelayId id, Time now) {
  Relay& relay = relays_[id];
  if (!relay.breaker.is_open()) return Waiting{WaitingFor::rate_limit, std::max(now, relay.breaker.reopens_at(now))};
  std::optional<Time> room = next_room_of(relay.windows, now);
  keep_later(room, relay.pace.next_room(now));
  if (!room) return std::nullopt;
  return Waiting{WaitingFor::rate_limit, *room};
}

std::optional<Waiting> RelayTable::closed(LaneId lane, Time now) {
  const auto meaning = lanes_.find(lane);
  if (meaning == lanes_.end()) return std::nullopt;
  const Standing& relays = standings_[meaning->second.route];
  std::optional<Waiting> why;
  for (const RelayId id : relays.serving) {
    const std::optional<Waiting> rate = rate_of(id, now);
    if (!rate) {
      why.reset();
      break;
    }
    if (!why || rate->until < why->until) why = rate;
  }
  if (relays.serving.empty()) {
    for (const RelayId id : relays.down) {
      const Breaker& breaker = relays_[id].breaker;
      const Waiting down{breaker.closure() == Closure::auth ? WaitingFor::relay_auth : WaitingFor::relay_down,
                         std::max(now, breaker.reopens_at(now))};
      if (!why || down.until < why->until) why = down;
    }
  }
  if (why || !meaning->second.domain) return why;
  const auto room = next_room_of(domains_[*meaning->second.domain].windows, now);
  return room ? std::optional(Waiting{WaitingFor::rate_limit, *room}) : std::nullopt;
}

}  // namespace jobd
