// The end of a turn: pending jobs whose time ran out fail, and those that are due are claimed.
//
// Order: jobs that must run alone before all others, each when nothing else is in flight; then the lanes that let some
// through and have something due, in turns (rounds.h); within a lane priority 9 to 0, within one the oldest due first.
// The ranges of a closed lane are not read, nor is anything written for it. A claim that finds no room for the next
// job's content stops, so that small ones do not overtake a large one for ever.
//
// A row of the queue that damage left behind, whose job runs, has ended or is not there, is removed where it is met.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/store/turn.h"

namespace jobd::store {

// The clock was set back. What was due by `from` is due still, else it would wait once more for a time that had come;
// jobs that came later, with a seq above newest_seq, are scheduled by the clock as it is now.
struct SetBack {
  Time from{};
  std::int64_t newest_seq = 0;
};

// Jobs brought back in one turn.
inline constexpr std::size_t kBroughtBackPerTurn = 500;
// Pending jobs expired in one turn, paused or not; the rest in the next, so that nobody waits for thousands.
inline constexpr std::size_t kExpiredPerTurn = 500;

class Claims {
 public:
  explicit Claims(Turn& turn) : turn_(turn), tables_(turn.tables()) {}

  // False: its bound left some for the next turn.
  bool bring_back(const SetBack& set_back);

  // In this order. expire() sets result.more when its bound left work for the next turn; a lane is not claimed beyond
  // what it left.
  void expire();
  void claim();

  // When the first job is due that claim() would take but for slots, room and the jobs in flight.
  static std::optional<Time> next_due(QueueTable& queue, const Admission& admission);

 private:
  // A range under the claim, with rows read ahead.
  struct Source {
    Range range;
    std::vector<QueueRow> rows = {};
    std::size_t next = 0;
    bool read = false;
    bool dry = false;  // nothing more is due
  };
  // A lane with something due that lets some through.
  struct Lane {
    LaneId id = kDefaultLane;
    std::vector<Source> sources;  // the highest priority first
  };
  enum class Step {
    next,  // lane after lane
    left,  // the lane has no more to claim in this turn
  };

  // The first row of a range of jobs that run alone whose own lane lets it through.
  static std::optional<QueueRow> first_alone(QueueTable& queue, const Admission& admission, Range range, Time until);
  std::optional<QueueRow> first_alone();
  std::vector<Lane> lanes() const;
  void claim_in_rounds(std::vector<Lane> lanes);
  Step serve(Lane& lane, bool only_one);
  // The next row of the lane; nullptr: nothing is due.
  const QueueRow* head(Lane& lane, std::size_t read_ahead);
  void settle(const Lane& lane);
  // What it cost; nullopt: there is no room for it now.
  std::optional<std::int64_t> take(const QueueRow& row);
  void expire(const QueueRow& row);
  void bring_back(const QueueRow& row, Time then);
  // The record of a row's job: of one that is in flight in part, as it is there. nullopt: there is none.
  std::optional<Result<Record>> record_of(const QueueRow& row);

  Turn& turn_;
  Tables& tables_;
};

}  // namespace jobd::store
