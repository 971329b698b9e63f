#include <algorithm>
#include <array>
#include <cstdint>

#include "cmd/layout.h"
#include "cmd/render.h"
#include "shared/json.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

constexpr std::size_t kIndent = 11;  // of layout's lines

// Lines of "Label      words", broken between words where the screen ends.
void wrap(std::string& out, std::string_view label, const std::string& text, const Screen& screen) {
  const std::size_t room = screen.columns > kIndent ? screen.columns - kIndent : 1;
  std::string row;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (screen.columns > 0 && !row.empty() && width(row) + 1 + width(word) > room) {
      line(out, label, row);
      label = "";
      row.clear();
    }
    row += (row.empty() ? "" : " ") + word;
    at = end + 1;
  }
  line(out, label, row);
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + printable(item);
  return out;
}

std::string tenths(double number) {
  const auto count = (static_cast<std::uint64_t>(std::max(0.0, number) * 20) + 1) / 2;
  return grouped(count / 10) + "." + std::to_string(count % 10);
}

// "since 2m 3s, tried again in 4s: 535 authentication failed"
std::string why(const RelayStats& relay, Time now) {
  std::string out;
  if (relay.since) out = "since " + describe_duration(std::max(Duration{}, now - *relay.since));
  if (relay.reopens_at) {
    out += out.empty() ? "" : ", ";
    out += *relay.reopens_at > now ? "tried again " + distance(*relay.reopens_at, now) : "being tried again";
  }
  if (relay.last_error.empty()) return out;
  return out + (out.empty() ? "" : ": ") + printable(relay.last_error);
}

std::string limits_of(const RelayStats& relay) {
  std::string out = grouped(relay.connections_in_use) + " of " + count_of(relay.connections_max, "connection");
  if (relay.connections_allowed < relay.connections_max) {
    out += " (" + grouped(relay.connections_allowed) + " allowed for now)";
  }
  if (!relay.rates.empty()) out += "; at most " + joined(relay.rates);
  if (relay.rate_now) out += "; " + tenths(*relay.rate_now) + "/s for now";
  return out;
}

void render_relay(std::string& out, const RelayStats& relay, Time now, const Screen& screen) {
  line(out, "Relay",
       printable(relay.name) + "  " + painted(screen, color_of_relay(relay.state), printable(relay.state)));
  if (const std::string reason = why(relay, now); !reason.empty()) wrap(out, "", reason, screen);
  wrap(out, "", printable(relay.url), screen);
  wrap(out, "", limits_of(relay), screen);
  wrap(out, "",
       grouped(relay.sent_last_minute) + " sent in the last minute, " + grouped(relay.sent_last_day) +
           " in the last day; " + grouped(relay.delivered) + " delivered and " + grouped(relay.failed) +
           " refused for good since the start",
       screen);
}

std::string route_text(const RouteStats& route, bool is_only) {
  std::string who;
  if (!route.sender.empty()) who = "from " + printable(route.sender);
  if (!route.recipient.empty()) who += (who.empty() ? "to " : " to ") + printable(route.recipient);
  if (who.empty()) who = is_only ? "all mail" : "all other mail";
  std::string out = who + ": " + joined(route.relays);
  if (route.in_use.empty()) return out + " (none serves now)";
  if (route.in_use.size() < route.relays.size()) out += " (now " + joined(route.in_use) + ")";
  return out;
}

std::string domain_text(const DomainStats& domain) {
  std::string out = printable(domain.name) + ": " + grouped(domain.connections_in_use);
  out += domain.connections_max ? " of " + count_of(*domain.connections_max, "connection")
                                : std::string(domain.connections_in_use == 1 ? " connection" : " connections");
  if (!domain.rates.empty()) out += "; at most " + joined(domain.rates);
  return out + "; " + grouped(domain.sent_last_minute) + " tried in the last minute";
}

}  // namespace

std::string render_relays(const Stats& stats, Time now, const Screen& screen) {
  std::string out;
  for (const RelayStats& relay : stats.relays) render_relay(out, relay, now, screen);
  for (const RouteStats& route : stats.routes) wrap(out, "Route", route_text(route, stats.routes.size() == 1), screen);
  for (const DomainStats& domain : stats.domains) wrap(out, "Domain", domain_text(domain), screen);
  return out;
}

std::string relays_json(const std::string& stats_json) {
  const OrderedJson stats = OrderedJson::parse(stats_json, nullptr, false);
  OrderedJson out;
  for (const char* key : {"relays", "routes", "domains"}) out[key] = stats.value(key, OrderedJson::array());
  return dump_json(out);
}

}  // namespace jobd::cmd
