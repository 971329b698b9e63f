// What the configuration says of relays, routes and domains, as the core needs it, and the lanes that come of it.
//
// A lane is a route together with the limits of the recipient's domain. Its rule is its name for good, in the store:
// "default", "recipient=example.com", "sender=.a.com recipient=b@c.com domain=c.com". It is made of what a route asks,
// not of the relays it leads to, which may change while jobs wait.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/attempt.h"

namespace jobd {

// At most so many recipients in any stretch of time so long.
struct Rate {
  std::int64_t recipients = 0;
  Duration per{};
  friend bool operator==(const Rate&, const Rate&) = default;
};
// "14/s", "500/min", "1000/h", "50000/day".
std::optional<Rate> parse_rate(std::string_view text);
std::string text_of(const Rate& rate);

struct RelayRule {
  std::string name;
  std::string url;  // without secrets
  std::size_t connections = 10;
  // More than one: the next mail is at hand when the last one's dot has been sent.
  std::size_t attempts_per_connection = 1;
  std::vector<Rate> rates;
  std::size_t recipients_max = 0;  // of one mail; 0: any number
  int priority = 0;                // the lowest is used first
  // So many more, as long as it takes mails faster than they can be claimed one by one.
  std::size_t attempts_ahead_per_connection = 0;
};

// Patterns: "example.com", ".example.com" (what is under it), "a@example.com"; empty: any. In lower case, domains in
// ASCII.
struct RouteRule {
  std::string sender;
  std::string recipient;
  std::vector<RelayId> relays;
};

struct DomainRule {
  std::string name;             // in lower case and ASCII
  std::size_t connections = 0;  // 0: no limit of its own
  std::vector<Rate> rates;
};

// Routes are asked in their order, the first that fits is taken. The last one asks nothing: it is the default.
struct RelayRules {
  std::vector<RelayRule> relays;  // by RelayId
  std::vector<RouteRule> routes;
  std::vector<DomainRule> domains;
};

// A lane as the store knows it; it may be of a configuration that is gone.
struct LaneRule {
  LaneId id = kDefaultLane;
  std::string rule = "default";
};

// The rules of all lanes there can be, the default one first.
std::vector<std::string> rules_of_lanes(const RelayRules& rules);

// What a lane means under these rules. A route that is gone is the default one, a domain that is gone has no limits.
struct LaneMeaning {
  std::size_t route = 0;              // place among RelayRules::routes
  std::optional<std::size_t> domain;  // place among RelayRules::domains
  bool is_in_force = false;           // nothing of it is gone
};
// Of each lane, in their order.
std::vector<LaneMeaning> meanings_of(std::span<const LaneRule> lanes, const RelayRules& rules);

}  // namespace jobd
