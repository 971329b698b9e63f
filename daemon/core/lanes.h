// LaneTable: which lanes let jobs through. Trouble of a relay closes its lane for a while, longer each
// time; then one job goes as a probe, and only when the relay has judged a message is the lane open
// again. A closed lane writes nothing into its jobs: they wait in the store, unread.
//
// Only trouble that comes while the lane is open or probing lengthens the pause: ten sessions that lose
// their relay in one moment are one event.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/attempt.h"
#include "daemon/core/describe.h"
#include "daemon/core/repository.h"
#include "shared/requests.h"

namespace jobd {

// Pure state, own thread only, in memory: after a restart every lane is open and finds out anew.
class LaneTable {
 public:
  static constexpr Duration kFirstPause = std::chrono::seconds(5);
  static constexpr Duration kLongestPause = std::chrono::minutes(5);

  explicit LaneTable(std::map<LaneId, std::string> names) : names_(std::move(names)) {}

  void trouble(LaneId lane, Trouble trouble, const std::string& words, Time now);
  void served(LaneId lane, Time now);    // a message of it was judged, well or badly
  void claimed(LaneId lane);             // a probe, if it is not open
  void ended_without_word(LaneId lane);  // an attempt that says nothing about the relay (stale, shutdown)

  std::vector<LaneGate> gates(Time now) const;
  std::optional<Time> next_reopening(Time now) const;
  // Why nothing goes through a lane, and until when; none while it is open.
  std::optional<Waiting> closed(LaneId lane) const;
  std::optional<Time> served_at(LaneId lane) const;
  std::vector<RelayStats> stats(Time now) const;

 private:
  struct Lane {
    bool open = true;
    bool probing = false;  // its one probe is in flight
    Time reopens_at{};
    Duration pause{};  // the last one, 0 when open
    WaitingFor reason = WaitingFor::relay_down;
    std::string last_error;
    std::optional<Time> served_at;
  };
  const Lane* find(LaneId lane) const;

  std::map<LaneId, std::string> names_;
  std::map<LaneId, Lane> lanes_;
};

}  // namespace jobd
