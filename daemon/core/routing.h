// Router: which lane a recipient of a mail falls under. A lane is a configured rule, not a relay: the route that the
// sender or the recipient is under, together with the domain limits that the recipient is under. It is found once, at
// acceptance, and kept with the job under an id that the store gave to the rule's key; so relays may be added, taken
// away and fail over to one another without a job being touched. A lane whose rule has gone from the configuration goes
// by what is left of it: no limits of its domain, or the default route.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/core/lane_rules.h"
#include "daemon/core/record.h"

namespace jobd {

// Immutable, any thread.
class Router {
 public:
  virtual ~Router() = default;
  // Addresses are bare, in any case. envelope_from may be empty.
  virtual LaneId lane_of(std::string_view envelope_from, std::string_view recipient) const = 0;
  // How many recipients one transaction on this lane may have: the least that its relays take.
  virtual std::size_t recipients_max(LaneId lane) const = 0;
};

// A domain outside ASCII as DNS knows it; nothing: there can be no such name. It may be called on any thread.
using DomainInAscii = std::optional<std::string> (*)(std::string_view domain);

// The configured rules. What it costs does not depend on how many there are: an address has few forms in which a rule
// can name it (itself, its domain, what that is under), and each is looked up.
class RuleRouter final : public Router {
 public:
  // lanes: all that the store knows, those of these rules among them. in_ascii: asked of addresses whose domain is not,
  // since rules name domains in ASCII.
  RuleRouter(const RelayRules& rules, std::span<const LaneRule> lanes, DomainInAscii in_ascii);

  LaneId lane_of(std::string_view envelope_from, std::string_view recipient) const override;
  std::size_t recipients_max(LaneId lane) const override;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  template <typename T>
  using ByText = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  // The patterns that an address fits, of those that rules name; with any, which is "".
  static std::vector<std::string_view> fitting(std::string_view address, const ByText<std::size_t>& patterns);
  std::size_t route_of(std::string_view envelope_from, std::string_view recipient) const;
  std::string comparable(std::string_view address) const;

  ByText<std::size_t> senders_;                                        // pattern -> its number
  ByText<std::size_t> recipients_;                                     // likewise
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> routes_;  // by the numbers of both patterns
  ByText<std::size_t> domains_;
  std::vector<std::vector<LaneId>> lanes_;                  // by route, then by domain; the last is of none
  std::unordered_map<LaneId, std::size_t> recipients_max_;  // of every lane there is
  std::size_t default_route_ = 0;
  DomainInAscii in_ascii_;
};

}  // namespace jobd
