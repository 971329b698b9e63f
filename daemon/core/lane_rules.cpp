#include "daemon/core/lane_rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <unordered_map>

namespace jobd {
namespace {

constexpr std::string_view kDefault = "default";
constexpr std::string_view kDomain = " domain=";

struct Unit {
  std::string_view name;
  Duration length;
};
constexpr std::array kUnits{Unit{"s", std::chrono::seconds(1)}, Unit{"min", std::chrono::minutes(1)},
                            Unit{"h", std::chrono::hours(1)}, Unit{"day", std::chrono::hours(24)}};
constexpr std::int64_t kRateMax = 1'000'000'000;

std::string rule_of(const RouteRule& route) {
  std::string out;
  if (!route.sender.empty()) out = "sender=" + route.sender;
  if (!route.recipient.empty()) out += (out.empty() ? "recipient=" : " recipient=") + route.recipient;
  return out.empty() ? std::string(kDefault) : out;
}

}  // namespace

std::optional<Rate> parse_rate(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto* unit = std::ranges::find(kUnits, text.substr(slash + 1), &Unit::name);
  const std::string_view number = text.substr(0, slash);
  std::int64_t recipients = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), recipients);
  const bool is_number = error == std::errc{} && end == number.data() + number.size();
  if (unit == kUnits.end() || !is_number || recipients < 1 || recipients > kRateMax) return std::nullopt;
  return Rate{recipients, unit->length};
}

std::string text_of(const Rate& rate) {
  const auto* unit = std::ranges::find(kUnits, rate.per, &Unit::length);
  return std::to_string(rate.recipients) + '/' +
         (unit == kUnits.end() ? format_duration(rate.per) : std::string(unit->name));
}

std::vector<std::string> rules_of_lanes(const RelayRules& rules) {
  std::vector<std::string> out;
  for (auto route = rules.routes.rbegin(); route != rules.routes.rend(); ++route) {
    out.push_back(rule_of(*route));
    for (const DomainRule& domain : rules.domains) {
      out.push_back(rule_of(*route) + std::string(kDomain) + domain.name);
    }
  }
  return out;
}

std::vector<LaneMeaning> meanings_of(std::span<const LaneRule> lanes, const RelayRules& rules) {
  std::unordered_map<std::string, std::size_t> routes;
  std::unordered_map<std::string, std::size_t> domains;
  for (const RouteRule& route : rules.routes) routes.try_emplace(rule_of(route), routes.size());
  for (const DomainRule& domain : rules.domains) domains.try_emplace(domain.name, domains.size());
  std::vector<LaneMeaning> out;
  for (const LaneRule& lane : lanes) {
    LaneMeaning meaning{rules.routes.size() - 1, std::nullopt, true};
    std::string rule = lane.rule;
    if (const std::size_t at = rule.rfind(kDomain); at != std::string::npos) {
      const auto domain = domains.find(rule.substr(at + kDomain.size()));
      if (domain != domains.end()) meaning.domain = domain->second;
      meaning.is_in_force = domain != domains.end();
      rule.resize(at);
    }
    const auto route = routes.find(rule);
    if (route != routes.end()) meaning.route = route->second;
    meaning.is_in_force = meaning.is_in_force && route != routes.end();
    out.push_back(meaning);
  }
  return out;
}

}  // namespace jobd
