// Rounds: whose turn it is among the lanes that have something to claim. Deficit round robin: each lane in turn may
// claim what its credit covers, and gets new credit when it is used up; what is claimed beyond it is owed in the next
// round. So a lane with 100,000 jobs and one with ten go side by side, whatever their mails weigh, and a lane alone has
// everything.
//
// Own thread only, in memory: after a restart the first round begins anew, and nobody has lost more than one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include "daemon/core/record.h"

namespace jobd::store {

class Rounds {
 public:
  // What a lane may claim in one round: as many small mails, or 1 MiB.
  static constexpr std::int64_t kQuantum = 16;
  static constexpr std::uint64_t kBytesPerUnit = 64UL << 10;
  static constexpr std::int64_t cost(std::uint64_t content_bytes) {
    return 1 + static_cast<std::int64_t>(std::min<std::uint64_t>(content_bytes, 1UL << 40) / kBytesPerUnit);
  }

  // The lane to go on with, or the first one after it that has something.
  LaneId next() const { return next_; }

  // A lane's turn comes. False: it owes too much still and is passed over in this round.
  bool begin(LaneId lane) {
    std::int64_t& credit = credit_[lane];
    if (credit <= 0) credit += kQuantum;
    return credit > 0;
  }
  // Of the lane whose turn it is. True while it may claim more.
  bool spend(LaneId lane, std::int64_t cost) {
    const std::int64_t left = credit_[lane] -= cost;
    next_ = left > 0 ? lane : lane + 1;
    return left > 0;
  }
  // It stopped for want of room: it goes on when there is some.
  void wait(LaneId lane) { next_ = lane; }
  // It has nothing left.
  void leave(LaneId lane) { credit_.erase(lane); }

 private:
  std::unordered_map<LaneId, std::int64_t> credit_;  // of lanes that have something to claim
  LaneId next_ = 0;
};

}  // namespace jobd::store
