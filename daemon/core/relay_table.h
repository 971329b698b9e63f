// RelayTable: what may be sent where now. It knows each relay's breaker, pace, rates and connections, the limits of
// domains, and the routes that lead from lanes to relays; out of these it makes the Admission of a batch, and it learns
// from what comes of the attempts.
//
// - A route's relays stand in tiers by priority. Mail goes to the first tier in which a relay is not down (breaker.h),
//   and there to the freest. So the next tier serves only while the first is down or refuses our login; a relay that is
//   too slow or has had its quota is waited for: nobody asked for twice the rate. A relay of a better tier that is down
//   gets its one probe when its pause is over, and takes over when it serves. A mail past its dot never comes here.
// - Trouble of one session is not the relay's as long as others are served: a relay that answered another attempt after
//   this one was claimed is not closed. It may have too many connections from us, so it gets no more than it has left
//   us, or one less where nobody knows, and again half as many more each half minute. Ten sessions that lose their
//   relay in one moment are so one event, and so is a relay that hangs on every tenth connection: it keeps the others.
//   An attempt that fails with nothing served since it was claimed closes it, unless others are under way that were
//   served a moment ago.
// - A session that is lost in the middle of a message, as after the dot, is no answer: a probe that ends so has failed.
//   It closes no relay that is open, since the next tier must not get what this one may have taken.
// - What came of attempts that were claimed before a relay was slowed or crowded is old news and changes nothing.
// - Rates count recipients at the claim, since that is what relays count. A connection has one attempt, or two where
//   the next mail shall be at hand when a dot has been sent. A turn of the store takes a flush of the disk, in
//   which a quick relay would run out of mails: one that is done with several in a turn gets a few turns' worth ahead,
//   up to a bound, and a slow one none, where they would only wait past what is more urgent.
//
// A closed lane's jobs are not touched, and after a restart every relay is open and finds out anew. Rates alone are
// kept over it (relay_table_sent.cpp): a quota of the day that was forgotten at noon would be sent twice.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/core/admission.h"
#include "daemon/core/attempt.h"
#include "daemon/core/breaker.h"
#include "daemon/core/describe.h"
#include "daemon/core/lane_rules.h"
#include "daemon/core/notice.h"
#include "daemon/core/pace.h"
#include "daemon/core/rate_window.h"
#include "shared/requests.h"

namespace jobd {

// Pure state, own thread only.
class RelayTable {
 public:
  static constexpr Duration kMoreConnections = std::chrono::seconds(30);
  // A relay that answered so lately, and has other attempts under way, is not down for one that failed.
  static constexpr Duration kServesStill = std::chrono::seconds(2);
  // More than the slowest turn of the store.
  static constexpr Duration kJustServed = std::chrono::milliseconds(200);
  // What is claimed in one turn reaches the relay in the next, while those go through that were there before; so with
  // fewer than two turns' worth it could never show that it is quicker. From four on there is no more to gain.
  static constexpr std::size_t kTurnsAhead = 4;

  // Precondition: there is a relay, and a last route that asks nothing.
  RelayTable(RelayRules rules, std::span<const LaneRule> lanes);

  // What was claimed, to be told when it ends.
  struct Ticket {
    RelayId relay = 0;
    std::optional<std::size_t> domain;
    std::uint64_t sequence = 0;  // when it was claimed, among all that happened
    bool is_probe = false;
    std::uint64_t content_bytes = 0;
  };
  Ticket claimed(LaneId lane, RelayId relay, Admission::Cost cost, Time now);
  void ended(const Ticket& ticket, const AttemptResult& result, Time now, std::vector<Notice>& notices);

  Admission admission(Time now);
  // When something opens or grows that nothing goes through now; none: nothing waits for time.
  std::optional<Time> next_opening(Time now);
  // Why nothing goes through a lane, and until when; none: something does, or it waits for a connection.
  std::optional<Waiting> closed(LaneId lane, Time now);

  // A person has mended something: every closed relay may be tried at once.
  void reopen(Time now, std::vector<Notice>& notices);

  // What rates have let out that were not kept since; none of rates so short that a restart outlasts them.
  static constexpr Duration kShortestKept = std::chrono::minutes(1);
  std::vector<Sent> unkept() const;
  void kept();  // what unkept() told last
  // At the start, what a life before has kept. Of what is no rate any more nothing comes.
  void remember(std::span<const Sent> sent);

  std::optional<Time> served_at(RelayId relay) const { return relays_[relay].served_at; }
  std::size_t attempts() const;  // that all relays take at once
  std::vector<RelayStats> relay_stats(Time now);
  std::vector<RouteStats> route_stats() const;
  std::vector<DomainStats> domain_stats(Time now);

 private:
  struct Relay {
    explicit Relay(const RelayRule& said);
    bool is_up() const { return breaker.is_open() || breaker.closure() == Closure::quota; }

    RelayRule rule;
    Breaker breaker;
    Pace pace;
    std::vector<RateWindow> windows;
    std::size_t in_flight = 0;
    std::uint64_t bytes_in_flight = 0;
    // How many it served in one turn: the last with any, which was at served_at, and the one before.
    std::size_t served_last = 0;
    std::size_t served_before = 0;
    std::size_t allowed;  // connections, as far as it takes them
    Time crowded_at{};    // when allowed fell or grew last
    std::uint64_t crowded = 0;
    std::uint64_t slowed = 0;  // sequences of the last such event
    std::uint64_t served = 0;
    std::optional<Time> served_at;
    std::string last_error;
    RateWindow last_minute;
    RateWindow last_day;
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0;
    bool unkept = false;
  };
  struct Domain {
    explicit Domain(const DomainRule& said);
    DomainRule rule;
    std::vector<RateWindow> windows;
    std::size_t in_flight = 0;
    RateWindow last_minute;
    bool unkept = false;
  };
  // How a route's relays stand: those of the tiers looked at that are down, and those that serve.
  struct Standing {
    std::vector<RelayId> down;
    std::vector<RelayId> serving;
    std::optional<int> priority;  // of those that served last
  };

  // After a relay went down or came up.
  void stand_anew(std::vector<Notice>& notices);
  void stand_anew(std::size_t route, std::vector<Notice>& notices);
  template <typename Limited>
  void count(Limited& limited, std::int64_t recipients, Time now);
  Admission::Pool pool_of(Relay& relay, Time now);
  Admission::Pool pool_of(Domain& domain, Time now);
  void had_trouble(Relay& relay, const Ticket& ticket, const AttemptResult& result, Time now,
                   std::vector<Notice>& notices);
  void crowd(Relay& relay, const Ticket& ticket, const AttemptResult& result, Time now, std::vector<Notice>& notices);
  static void bring_back(Relay& relay, Time now);
  static std::size_t attempts_ahead(const Relay& relay, Time now);
  static bool serves_others(const Relay& relay, const Ticket& ticket, Time now);
  void was_served(Relay& relay, const Ticket& ticket, const AttemptResult& result, Time now,
                  std::vector<Notice>& notices);
  void close(Relay& relay, Closure why, const AttemptResult& result, Time now, std::vector<Notice>& notices);
  void open(Relay& relay, Time now, std::vector<Notice>& notices);
  std::string state_of(Relay& relay, Time now);
  std::optional<Waiting> rate_of(RelayId relay, Time now);

  RelayRules rules_;
  std::vector<Relay> relays_;
  std::vector<Domain> domains_;
  std::unordered_map<LaneId, LaneMeaning> lanes_;
  std::vector<Standing> standings_;                // by route
  std::shared_ptr<const Admission::Draws> draws_;  // what these come to
  std::uint64_t sequence_ = 0;
  bool unkept_ = false;  // of some relay or domain
};

}  // namespace jobd
