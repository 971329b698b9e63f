// The end of a turn: pending jobs whose time ran out fail, and those that are due are claimed.
//
// Order: jobs that must run alone before all others, each when nothing else is in flight; then priority 9 to 0, within
// one the ready queue and the parked ranges of lanes that let some through, oldest due first. A job met in the ready
// queue while its lane lets none through is parked: moved to its lane's range, where no claim scans it again. A claim
// that finds no room for the next job's content stops, so that small ones do not overtake a large one for ever.
//
// A row of the queue that damage left behind, whose job runs, has ended or is not there, is removed where it is met.
#pragma once

#include <optional>
#include <vector>

#include "daemon/store/turn.h"

namespace jobd::store {

// Pending jobs expired in one turn, paused or not; the rest in the next, so that nobody waits for thousands.
inline constexpr std::size_t kExpiredPerTurn = 500;

class Claims {
 public:
  explicit Claims(Turn& turn) : turn_(turn), tables_(turn.tables()) {}

  // In this order. Both set result.more when their bound left work for the next turn; a claim stops at what expire()
  // left.
  void expire();
  void claim();

  // When the first job is due that claim() would take but for slots, room and the jobs in flight.
  static std::optional<Time> next_due(QueueTable& queue, const Gates& gates);

 private:
  // A range under the claim, with rows read ahead.
  struct Source {
    Range range;
    Time earliest{};
    std::vector<QueueRow> rows = {};
    std::size_t next = 0;
    bool read = false;
  };
  enum class Step { went_on, stopped };

  // The first row of a range of jobs that run alone whose own lane lets it through.
  static std::optional<QueueRow> first_alone(QueueTable& queue, const Gates& gates, Range range, Time until);
  std::optional<QueueRow> first_alone();
  Step claim_priority(std::vector<Source> sources);
  // The source whose next row is the oldest; nullptr: nothing is due.
  Source* oldest(std::vector<Source>& sources);
  void read_ahead(Source& source);
  Step meet(const QueueRow& row);
  Step take(const QueueRow& row);
  void expire(const QueueRow& row);
  // The job of a row has left the queue before.
  bool stray(const QueueRow& row) const { return tables_.flight.find(row.seq) != nullptr; }

  Turn& turn_;
  Tables& tables_;
  std::size_t parked_ = 0;  // in this turn
};

}  // namespace jobd::store
