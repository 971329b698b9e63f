// How many jobs each lane lets through: the gates of a ClaimBudget, counted down as they are used.
#pragma once

#include <span>
#include <unordered_map>

#include "daemon/core/repository.h"

namespace jobd::store {

class Gates {
 public:
  explicit Gates(std::span<const LaneGate> gates) {
    for (const LaneGate& gate : gates) left_[gate.lane] = gate.claims;
  }

  // Not simply open: its jobs wait in a range of their own.
  bool guarded(LaneId lane) const { return left_.contains(lane); }
  bool lets_through(LaneId lane) const {
    const auto found = left_.find(lane);
    return found == left_.end() || found->second > 0;
  }
  void pass(LaneId lane) {
    const auto found = left_.find(lane);
    if (found != left_.end() && found->second > 0) --found->second;
  }

 private:
  std::unordered_map<LaneId, std::size_t> left_;
};

}  // namespace jobd::store
