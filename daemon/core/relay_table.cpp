#include "daemon/core/relay_table.h"

#include <algorithm>
#include <utility>

#include "daemon/core/reply_words.h"

namespace jobd {
namespace {

constexpr Duration kMinute = std::chrono::minutes(1);
constexpr Duration kDay = std::chrono::hours(24);

std::vector<RateWindow> windows_of(const std::vector<Rate>& rates) {
  return {rates.begin(), rates.end()};
}

// As people know it: a relay that stands for a transport by its URL.
const std::string& label(const RelayRule& relay) {
  return relay.name == "default" ? relay.url : relay.name;
}

// What only a person can mend.
bool is_loud(Closure why, const AttemptResult& result) {
  return why == Closure::auth || result.trouble == Trouble::tls;
}

// A reply stands behind it, or a message was delivered.
bool judges(const AttemptResult& result) {
  return !result.trouble && result.relay_spoke &&
         std::ranges::any_of(result.recipients, [](const RecipientResult& each) {
           return each.smtp_code != 0 || each.verdict == Verdict::delivered;
         });
}

AttemptResult as_trouble(const RelayWord& word) {
  AttemptResult result;
  result.trouble = word.trouble;
  result.trouble_reply = word.reply;
  result.retry_after = word.retry_after;
  return result;
}

// A session that went silent or away while the message was under way counts for the message, and the relay said
// nothing: if a probe ended so, whoever took that for an answer would send the whole queue into it.
std::optional<AttemptResult> session_lost(const AttemptResult& result) {
  if (result.trouble || !result.relay_spoke || result.recipients.empty()) return std::nullopt;
  return as_trouble({Trouble::closing, result.recipients.front(), std::nullopt});
}

}  // namespace

RelayTable::Relay::Relay(const RelayRule& said)
    : rule(said),
      windows(windows_of(said.rates)),
      allowed(said.connections),
      last_minute({RateWindow::kNoLimit, kMinute}),
      last_day({RateWindow::kNoLimit, kDay}) {}

RelayTable::Domain::Domain(const DomainRule& said)
    : rule(said), windows(windows_of(said.rates)), last_minute({RateWindow::kNoLimit, kMinute}) {}

RelayTable::RelayTable(RelayRules rules, std::span<const LaneRule> lanes) : rules_(std::move(rules)) {
  for (const RelayRule& relay : rules_.relays) relays_.emplace_back(relay);
  for (const DomainRule& domain : rules_.domains) domains_.emplace_back(domain);
  for (RouteRule& route : rules_.routes) {
    std::ranges::sort(route.relays, {}, [this](RelayId id) { return std::pair(rules_.relays[id].priority, id); });
  }
  standings_.resize(rules_.routes.size());
  const std::vector<LaneMeaning> meanings = meanings_of(lanes, rules_);
  for (std::size_t i = 0; i < lanes.size(); ++i) lanes_[lanes[i].id] = meanings[i];
  std::vector<Notice> nothing_to_tell;
  stand_anew(nothing_to_tell);
}

std::size_t RelayTable::attempts() const {
  std::size_t sum = 0;
  for (const Relay& relay : relays_) {
    sum += relay.rule.connections * (relay.rule.attempts_per_connection + relay.rule.attempts_ahead_per_connection);
  }
  return sum;
}

template <typename Limited>
void RelayTable::count(Limited& limited, std::int64_t recipients, Time now) {
  for (RateWindow& window : limited.windows) {
    window.take(recipients, now);
    if (window.rate().per >= kShortestKept) limited.unkept = unkept_ = true;
  }
}

RelayTable::Ticket RelayTable::claimed(LaneId lane, RelayId id, Admission::Cost cost, Time now) {
  Relay& relay = relays_[id];
  const auto recipients = static_cast<std::int64_t>(cost.recipients);
  Ticket ticket{id, std::nullopt, ++sequence_, !relay.breaker.is_open() && !relay.breaker.is_probing(),
                cost.content_bytes};
  if (ticket.is_probe) relay.breaker.probe_began();
  ++relay.in_flight;
  relay.bytes_in_flight += cost.content_bytes;
  relay.pace.sent(recipients, now);
  count(relay, recipients, now);
  const auto meaning = lanes_.find(lane);
  if (meaning == lanes_.end() || !meaning->second.domain) return ticket;
  ticket.domain = meaning->second.domain;
  Domain& domain = domains_[*ticket.domain];
  ++domain.in_flight;
  domain.last_minute.take(recipients, now);
  count(domain, recipients, now);
  return ticket;
}

// The clock may have been set back.
void RelayTable::bring_back(Relay& relay, Time now) {
  relay.crowded_at = std::min(relay.crowded_at, now);
  if (relay.served_at) relay.served_at = std::min(*relay.served_at, now);
}

void RelayTable::ended(const Ticket& ticket, const AttemptResult& result, Time now, std::vector<Notice>& notices) {
  Relay& relay = relays_[ticket.relay];
  bring_back(relay, now);
  --relay.in_flight;
  relay.bytes_in_flight -= ticket.content_bytes;
  if (ticket.domain) --domains_[*ticket.domain].in_flight;
  if (result.trouble && closes_lane(*result.trouble)) {
    had_trouble(relay, ticket, result, now, notices);
  } else if (judges(result)) {
    was_served(relay, ticket, result, now, notices);
    if (result.beside) had_trouble(relay, ticket, as_trouble(*result.beside), now, notices);
  } else if (ticket.is_probe) {
    if (const auto lost = session_lost(result)) return had_trouble(relay, ticket, *lost, now, notices);
    relay.breaker.probe_said_nothing();
  }
}

void RelayTable::had_trouble(Relay& relay, const Ticket& ticket, const AttemptResult& result, Time now,
                             std::vector<Notice>& notices) {
  relay.last_error = words(result.trouble_reply);
  if (!relay.breaker.is_open() && !ticket.is_probe) return;
  switch (*result.trouble) {
    case Trouble::pacing:
      if (!relay.breaker.is_open()) open(relay, now, notices);
      if (relay.slowed > ticket.sequence) return;
      relay.slowed = ++sequence_;
      if (!relay.pace.is_slowed(now)) {
        notices.push_back({Notice::Level::warn, label(relay.rule) + " is sent to more slowly: " + relay.last_error});
      }
      return relay.pace.slow_down(result.retry_after, now);
    case Trouble::quota: return close(relay, Closure::quota, result, now, notices);
    default: break;
  }
  if (!ticket.is_probe && (result.others_left > 0 || serves_others(relay, ticket, now))) {
    return crowd(relay, ticket, result, now, notices);
  }
  close(relay, result.trouble == Trouble::auth ? Closure::auth : Closure::down, result, now, notices);
}

// One after another is refused: the last of them tells how many connections it takes.
void RelayTable::crowd(Relay& relay, const Ticket& ticket, const AttemptResult& result, Time now,
                       std::vector<Notice>& notices) {
  const bool is_old_news = relay.crowded > ticket.sequence;
  if (is_old_news && (result.others_left == 0 || result.others_left >= relay.allowed)) return;
  const std::size_t left = result.others_left > 0 ? result.others_left : relay.allowed - 1;
  relay.allowed = std::max<std::size_t>(1, std::min(relay.allowed, left));
  relay.crowded_at = now;
  if (is_old_news) return;
  relay.crowded = ++sequence_;
  notices.push_back({Notice::Level::info, label(relay.rule) + " gets fewer connections for now: " + relay.last_error});
}

// It answered another attempt since this one was claimed, or does so all the time on other sessions.
bool RelayTable::serves_others(const Relay& relay, const Ticket& ticket, Time now) {
  if (relay.served > ticket.sequence) return true;
  return relay.in_flight > 0 && relay.served_at && now - *relay.served_at < kServesStill;
}

void RelayTable::was_served(Relay& relay, const Ticket& ticket, const AttemptResult& result, Time now,
                            std::vector<Notice>& notices) {
  std::int64_t delivered = 0;
  for (const RecipientResult& recipient : result.recipients) {
    if (recipient.verdict == Verdict::delivered) ++delivered;
    if (recipient.verdict == Verdict::permanent) ++relay.failed;
  }
  relay.delivered += static_cast<std::uint64_t>(delivered);
  relay.last_minute.take(delivered, now);
  relay.last_day.take(delivered, now);
  relay.served = ++sequence_;
  if (relay.served_at != now) relay.served_before = std::exchange(relay.served_last, 0);
  ++relay.served_last;
  relay.served_at = now;
  // An old session that still serves says nothing of our login or of what is left of a quota.
  if (ticket.is_probe || relay.breaker.closure() == Closure::down) open(relay, now, notices);
}

void RelayTable::close(Relay& relay, Closure why, const AttemptResult& result, Time now, std::vector<Notice>& notices) {
  const bool was_up = relay.is_up();
  const bool again = relay.breaker.closure() == why;
  relay.breaker.close(why, result.retry_after, now);
  const bool loud = is_loud(why, result);
  if (!again || loud) {
    std::string text = "nothing goes to " + label(relay.rule) + " until " + format_time(relay.breaker.reopens_at(now)) +
                       ": " + relay.last_error;
    if (why == Closure::auth) text += "; mend its login, then reload jobd";
    notices.push_back({loud ? Notice::Level::error : Notice::Level::warn, std::move(text)});
  }
  if (was_up != relay.is_up()) stand_anew(notices);
}

void RelayTable::open(Relay& relay, Time now, std::vector<Notice>& notices) {
  if (relay.breaker.is_open()) return;
  const bool was_up = relay.is_up();
  relay.breaker.open(now);
  relay.allowed = relay.rule.connections;  // what it had left us before it went away says nothing of now
  notices.push_back({Notice::Level::info, label(relay.rule) + " takes mail again"});
  if (!was_up) stand_anew(notices);
}

void RelayTable::reopen(Time now, std::vector<Notice>& notices) {
  for (Relay& relay : relays_) {
    if (relay.breaker.is_open()) continue;
    relay.breaker.end_pause(now);
    notices.push_back({Notice::Level::info, label(relay.rule) + " is tried again now"});
  }
}

void RelayTable::stand_anew(std::vector<Notice>& notices) {
  for (std::size_t route = 0; route < standings_.size(); ++route) stand_anew(route, notices);
  Admission::Draws draws;
  for (const auto& [id, meaning] : lanes_) {
    const Standing& standing = standings_[meaning.route];
    Admission::Draw& draw = draws[id] = {standing.down, standing.serving, {}};
    if (meaning.domain) draw.all.push_back(static_cast<std::uint32_t>(relays_.size() + *meaning.domain));
  }
  draws_ = std::make_shared<const Admission::Draws>(std::move(draws));
}

void RelayTable::stand_anew(std::size_t place, std::vector<Notice>& notices) {
  const RouteRule& route = rules_.routes[place];
  Standing now{{}, {}, standings_[place].priority};
  for (std::size_t i = 0; i < route.relays.size(); ++i) {
    const RelayId id = route.relays[i];
    const bool next_tier = i > 0 && rules_.relays[id].priority != rules_.relays[route.relays[i - 1]].priority;
    if (next_tier && !now.serving.empty()) break;
    (relays_[id].is_up() ? now.serving : now.down).push_back(id);
  }
  if (!now.serving.empty()) {
    const RelayRule& serving = rules_.relays[now.serving.front()];
    if (now.priority && *now.priority != serving.priority) {
      const std::string whose =
          route.sender + (route.sender.empty() || route.recipient.empty() ? "" : " to ") + route.recipient;
      notices.push_back({serving.priority > *now.priority ? Notice::Level::warn : Notice::Level::info,
                         (whose.empty() ? "mail" : "mail of " + whose) + " goes to " + label(serving) + " now"});
    }
    now.priority = serving.priority;
  }
  standings_[place] = std::move(now);
}

}  // namespace jobd
