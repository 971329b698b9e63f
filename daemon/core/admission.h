// Admission: what one batch may claim beyond its slots, counted down as it claims. A lane draws from pools: from that
// of one relay of its route, and the limits of its domain, if it has any. A lane with no relay to draw from is closed.
//
// Pools are counted in attempts (connections that are free), in recipients (what a rate still allows, which is what
// relays count) and in bytes of content that attempts hold in memory. A mail goes whole: it may take the last of a pool
// and more, and what it owes keeps the pool empty for longer. For bytes that is so only while nothing else is in flight
// there: a relay that hangs holds no more memory than its share, and leaves the others theirs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/core/attempt.h"

namespace jobd {

// A value; a copy is a mark to go back to. Pools 0 to the number of relays are those of the relays, by RelayId.
class Admission {
 public:
  static constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();
  struct Pool {
    std::int64_t attempts = kUnlimited;
    std::int64_t recipients = kUnlimited;
    std::int64_t content_bytes = kUnlimited;
    bool idle = true;  // nothing is in flight
    bool has_room() const { return attempts > 0 && recipients > 0; }
  };
  struct Draw {
    std::vector<std::uint32_t>
        first;  // relays that are tried again: a claim goes there if there is room, which is for one
    std::vector<std::uint32_t> any;  // relays that share the rest; the one with the most attempts left takes it
    std::vector<std::uint32_t> all;  // every one of these pools too
  };
  using Draws = std::unordered_map<LaneId, Draw>;

  Admission() = default;  // every lane is open without limits, to relay 0
  Admission(std::shared_ptr<const Draws> draws, std::vector<Pool> pools)
      : draws_(std::move(draws)), pools_(std::move(pools)) {}

  bool lets_through(LaneId lane) const {
    const Draw* draw = draw_of(lane);
    return draw == nullptr || ((has_room(draw->first) || has_room(draw->any)) &&
                               std::ranges::all_of(draw->all, [this](auto id) { return pools_[id].has_room(); }));
  }

  // No more mails than that go through it in this batch.
  std::size_t most(LaneId lane) const {
    const Draw* draw = draw_of(lane);
    if (draw == nullptr) return SIZE_MAX;
    std::size_t sum = 0;
    for (const auto* ids : {&draw->first, &draw->any}) {
      for (const std::uint32_t id : *ids) sum += std::min(room(id), SIZE_MAX - sum);
    }
    for (const std::uint32_t id : draw->all) sum = std::min(sum, room(id));
    return sum;
  }

  // Whether a mail of this size may go now. Precondition, as of the next two: lets_through(lane).
  bool fits(LaneId lane, std::uint64_t content_bytes) const {
    const Draw* draw = draw_of(lane);
    if (draw == nullptr) return true;
    const Pool& pool = pools_[relay_for(*draw)];
    return pool.idle || content_bytes <= static_cast<std::uint64_t>(std::max<std::int64_t>(pool.content_bytes, 0));
  }
  // The relay that the lane's next mail would go to takes nothing more in this batch: what waits for room there is not
  // overtaken by what is smaller.
  void block(LaneId lane) {
    if (const Draw* draw = draw_of(lane)) pools_[relay_for(*draw)].attempts = 0;
  }

  // Takes a claim out of the lane's pools. Gives the relay.
  struct Cost {
    std::size_t recipients = 1;
    std::uint64_t content_bytes = 0;
  };
  RelayId pass(LaneId lane, Cost cost) {
    const Draw* draw = draw_of(lane);
    if (draw == nullptr) return 0;
    const RelayId relay = relay_for(*draw);
    take(relay, cost);
    for (const std::uint32_t id : draw->all) take(id, cost);
    return relay;
  }

 private:
  const Draw* draw_of(LaneId lane) const {
    if (!draws_) return nullptr;
    const auto found = draws_->find(lane);
    return found == draws_->end() ? nullptr : &found->second;
  }
  bool has_room(const std::vector<std::uint32_t>& ids) const {
    return std::ranges::any_of(ids, [this](auto id) { return pools_[id].has_room(); });
  }
  std::size_t room(std::uint32_t id) const {
    return static_cast<std::size_t>(std::max<std::int64_t>(std::min(pools_[id].attempts, pools_[id].recipients), 0));
  }
  // Precondition: one has room.
  std::uint32_t freest(const std::vector<std::uint32_t>& ids) const {
    return *std::ranges::max_element(ids, {},
                                     [this](auto id) { return pools_[id].has_room() ? pools_[id].attempts : 0; });
  }
  RelayId relay_for(const Draw& draw) const { return has_room(draw.first) ? freest(draw.first) : freest(draw.any); }
  void take(std::uint32_t id, Cost cost) {
    Pool& pool = pools_[id];
    if (pool.attempts != kUnlimited) --pool.attempts;
    if (pool.recipients != kUnlimited) pool.recipients -= static_cast<std::int64_t>(cost.recipients);
    if (pool.content_bytes != kUnlimited) pool.content_bytes -= static_cast<std::int64_t>(cost.content_bytes);
    pool.idle = false;
  }

  std::shared_ptr<const Draws> draws_;  // none: no limits
  std::vector<Pool> pools_;
};

}  // namespace jobd
