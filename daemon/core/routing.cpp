#include "daemon/core/routing.h"
#include "shared/unicode.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace jobd {
namespace {

std::string_view domain_of(std::string_view address) {
  const std::size_t at = address.rfind('@');
  return at == std::string_view::npos ? std::string_view() : address.substr(at + 1);
}

std::size_t most_of(const RouteRule& route, const std::vector<RelayRule>& relays) {
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const RelayId id : route.relays) {
    if (relays[id].recipients_max > 0) least = std::min(least, relays[id].recipients_max);
  }
  return least;
}

}  // namespace

RuleRouter::RuleRouter(const RelayRules& rules, std::span<const LaneRule> lanes, DomainInAscii in_ascii)
    : lanes_(rules.routes.size(), std::vector<LaneId>(rules.domains.size() + 1, kDefaultLane)),
      default_route_(rules.routes.size() - 1),
      in_ascii_(in_ascii) {
  for (std::size_t i = 0; i < rules.routes.size(); ++i) {
    const RouteRule& route = rules.routes[i];
    const std::size_t sender = senders_.try_emplace(route.sender, senders_.size()).first->second;
    const std::size_t recipient = recipients_.try_emplace(route.recipient, recipients_.size()).first->second;
    routes_.try_emplace({sender, recipient}, i);
  }
  for (std::size_t i = 0; i < rules.domains.size(); ++i) domains_.try_emplace(rules.domains[i].name, i);
  const std::vector<LaneMeaning> meanings = meanings_of(lanes, rules);
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const LaneMeaning& meaning = meanings[i];
    recipients_max_[lanes[i].id] = most_of(rules.routes[meaning.route], rules.relays);
    if (meaning.is_in_force) lanes_[meaning.route][meaning.domain.value_or(rules.domains.size())] = lanes[i].id;
  }
}

std::vector<std::string_view> RuleRouter::fitting(std::string_view address, const ByText<std::size_t>& patterns) {
  std::vector<std::string_view> out;
  if (patterns.contains(address)) out.push_back(address);
  const std::string_view domain = domain_of(address);
  if (!domain.empty() && patterns.contains(domain)) out.push_back(domain);
  for (std::size_t dot = domain.find('.'); dot != std::string_view::npos; dot = domain.find('.', dot + 1)) {
    if (patterns.contains(domain.substr(dot))) out.push_back(domain.substr(dot));
  }
  if (!address.empty() && patterns.contains(std::string_view())) out.emplace_back();
  return out;
}

// Of all the rules that fit, the first.
std::size_t RuleRouter::route_of(std::string_view envelope_from, std::string_view recipient) const {
  std::size_t first = default_route_;
  const auto senders = fitting(envelope_from, senders_);
  for (const std::string_view to : fitting(recipient, recipients_)) {
    for (const std::string_view from : senders) {
      const auto found = routes_.find({senders_.find(from)->second, recipients_.find(to)->second});
      if (found != routes_.end()) first = std::min(first, found->second);
    }
  }
  return first;
}

// What can be no name in DNS is under no rule.
std::string RuleRouter::comparable(std::string_view address) const {
  const std::string_view domain = domain_of(address);
  if (std::ranges::all_of(domain, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    return lower_case(address);
  }
  const std::optional<std::string> name = in_ascii_(domain);
  return lower_case(address.substr(0, address.size() - domain.size())) + lower_case(name ? *name : std::string(domain));
}

LaneId RuleRouter::lane_of(std::string_view envelope_from, std::string_view recipient) const {
  if (default_route_ == 0 && domains_.empty()) return lanes_.back().back();
  const std::string to = comparable(recipient);
  const std::size_t route = default_route_ == 0 ? 0 : route_of(comparable(envelope_from), to);
  const std::vector<LaneId>& lanes = lanes_[route];
  if (domains_.empty()) return lanes.back();
  const auto domain = domains_.find(domain_of(to));
  return domain == domains_.end() ? lanes.back() : lanes[domain->second];
}

std::size_t RuleRouter::recipients_max(LaneId lane) const {
  const auto found = recipients_max_.find(lane);
  return found == recipients_max_.end() ? std::numeric_limits<std::size_t>::max() : found->second;
}

}  // namespace jobd
