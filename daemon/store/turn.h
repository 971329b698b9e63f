// Turn: one transaction's worth of moves, and what it has come to so far. Commands and Claims write through it, so
// that a job's row, its place in the queue or in flight and the counts always move together.
//
// Own thread only, shorter-lived than its tables. A turn whose transaction is rolled back is thrown away, and its
// tables are loaded anew.
#pragma once

#include <memory>
#include <string>

#include "daemon/core/repository.h"
#include "daemon/store/gates.h"
#include "daemon/store/tables.h"

namespace jobd::store {

class Turn {
 public:
  Turn(Tables& tables, Time now, const ClaimBudget& budget);

  Tables& tables() { return tables_; }
  Time now() const { return now_; }
  const Gates& gates() const { return gates_; }
  std::size_t slots() const { return slots_; }

  // Whether a claim of so much content keeps within the budget; one may exceed it when it runs alone.
  bool has_room(std::uint64_t content_bytes) const;
  // No job waits that could be claimed before one that is due now.
  bool quiet() const { return quiet_; }
  // Whether Claims or expiry would find something, without asking the database for more than one row.
  bool has_work();

  // A pending record gets its place in the queue: the ready queue, its lane's own range while that is guarded, or
  // that of the jobs that run alone.
  void wait(const Record& record);
  // The record after a transition from a state that is neither waiting nor in flight any more.
  void settle(const Record& record, JobStatus before);
  // A claimed record goes into flight.
  void start(Record record, std::shared_ptr<const std::string> content);
  // A job whose record cannot be read ends as failed: nothing else can become of it. One at rest stays as it is.
  void bury(std::int64_t seq);

  // Steps back to before a command that was rolled back alone.
  struct Mark {
    Gates gates;
    std::size_t slots;
    std::size_t content_bytes;
    std::size_t claims;
  };
  Mark mark() const { return {gates_, slots_, content_bytes_, result.claims.size()}; }
  void back_to(Mark mark);

  BatchResult result;

 private:
  bool claimable(const QueueTable::KnownRange& known) const;

  Tables& tables_;
  const Time now_;
  Gates gates_;
  std::size_t slots_;
  std::size_t content_bytes_;
  bool quiet_ = true;
};

}  // namespace jobd::store
