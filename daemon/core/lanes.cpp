#include "daemon/core/lanes.h"

#include <algorithm>

namespace jobd {
namespace {

WaitingFor reason_for(Trouble trouble) {
  switch (trouble) {
    case Trouble::auth: return WaitingFor::relay_auth;
    case Trouble::pacing: return WaitingFor::rate_limit;
    default: return WaitingFor::relay_down;
  }
}

}  // namespace

const LaneTable::Lane* LaneTable::find(LaneId lane) const {
  const auto found = lanes_.find(lane);
  return found == lanes_.end() ? nullptr : &found->second;
}

void LaneTable::trouble(LaneId id, Trouble trouble, const std::string& words, Time now) {
  Lane& lane = lanes_[id];
  lane.last_error = words;
  if (!lane.open && !lane.probing) return;
  lane.pause = lane.pause == Duration(0) ? kFirstPause : std::min(lane.pause * 2, kLongestPause);
  lane.open = lane.probing = false;
  lane.reason = reason_for(trouble);
  lane.reopens_at = now + lane.pause;
}

void LaneTable::served(LaneId id, Time now) {
  Lane& lane = lanes_[id];
  lane.open = true;
  lane.probing = false;
  lane.pause = Duration(0);
  lane.last_error.clear();
  lane.served_at = now;
}

void LaneTable::claimed(LaneId id) {
  const auto found = lanes_.find(id);
  if (found != lanes_.end() && !found->second.open) found->second.probing = true;
}

void LaneTable::ended_without_word(LaneId id) {
  const auto found = lanes_.find(id);
  if (found != lanes_.end()) found->second.probing = false;
}

std::vector<LaneGate> LaneTable::gates(Time now) const {
  std::vector<LaneGate> gates;
  for (const auto& [id, lane] : lanes_) {
    if (lane.open) continue;
    const bool may_probe = !lane.probing && lane.reopens_at <= now;
    gates.push_back({id, may_probe ? 1U : 0U});
  }
  return gates;
}

std::optional<Time> LaneTable::next_reopening(Time now) const {
  std::optional<Time> next;
  for (const auto& [id, lane] : lanes_) {
    if (lane.open || lane.probing || lane.reopens_at <= now) continue;
    if (!next || lane.reopens_at < *next) next = lane.reopens_at;
  }
  return next;
}

std::optional<Waiting> LaneTable::closed(LaneId id) const {
  const Lane* lane = find(id);
  if (lane == nullptr || lane->open) return std::nullopt;
  return Waiting{lane->reason, lane->reopens_at};
}

std::optional<Time> LaneTable::served_at(LaneId id) const {
  const Lane* lane = find(id);
  return lane == nullptr ? std::nullopt : lane->served_at;
}

std::vector<RelayStats> LaneTable::stats(Time now) const {
  std::vector<RelayStats> out;
  for (const auto& [id, rule] : names_) {
    RelayStats stats{rule, "open", std::nullopt, ""};
    const Lane* lane = find(id);
    if (lane != nullptr && !lane->open) {
      stats.state = lane->probing || lane->reopens_at <= now ? "probing" : "down";
      stats.reopens_at = lane->reopens_at;
      stats.last_error = lane->last_error;
    }
    out.push_back(std::move(stats));
  }
  return out;
}

}  // namespace jobd
