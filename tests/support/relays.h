// Relays for tests, in one line each.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "daemon/core/relay_table.h"

namespace jobd::testing {

inline RelayRule a_relay(const std::string& name, std::size_t connections = 10, int priority = 0) {
  return {name, "smtp://" + name + ":25", connections, 1, {}, 100, priority};
}

// With one route to all of them.
inline RelayRules rules_of(std::vector<RelayRule> relays) {
  RelayRules rules;
  rules.routes.emplace_back();
  for (RelayId id = 0; id < relays.size(); ++id) rules.routes.back().relays.push_back(id);
  rules.relays = std::move(relays);
  return rules;
}

// All lanes there are, as a store that is new numbers them.
inline std::vector<LaneRule> lanes_of(const RelayRules& rules) {
  std::vector<LaneRule> lanes;
  for (const std::string& rule : rules_of_lanes(rules)) {
    lanes.push_back({static_cast<LaneId>(lanes.size() + 1), rule});
  }
  return lanes;
}

inline RelayTable one_relay(std::size_t connections) {
  const RelayRules rules = rules_of({a_relay("mx", connections)});
  return {rules, lanes_of(rules)};
}

}  // namespace jobd::testing
