// Turn: one transaction's worth of moves, and what it has come to so far. Commands and Claims write through it, so
// that a job's row, its place in the queue or in flight and the counts always move together.
//
// Own thread only, shorter-lived than its tables. A turn whose transaction is rolled back is thrown away, and its
// tables are loaded anew.
#pragma once

#include <memory>
#include <string>

#include "daemon/core/repository.h"
#include "daemon/store/tables.h"

namespace jobd::store {

class Turn {
 public:
  Turn(Tables& tables, Time now, const ClaimBudget& budget);

  Tables& tables() { return tables_; }
  Time now() const { return now_; }
  const Admission& admission() const { return admission_; }
  std::size_t slots() const { return slots_; }

  // Admission::block.
  void block(LaneId lane) { admission_.block(lane); }
  // No job waits that could be claimed before one that is due now.
  bool quiet() const { return quiet_; }
  // Whether Claims or expiry would find something, without asking the database for more than one row.
  bool has_work();

  // A pending part gets its place in the queue: in its lane's range, or in that of the jobs that run alone.
  void wait(const Record& record, std::uint32_t part);
  // A record that was pending or at rest before; its parts are not in the queue any more. Those that are pending wait.
  void settle(const Record& record, JobStatus before);
  // The attempt of this part has ended.
  void end_attempt(const Record& record, std::uint32_t part);
  // A part that has been claimed goes into flight.
  void start(Record record, std::uint32_t part, std::shared_ptr<const std::string> content);
  // A job whose record cannot be read ends as failed: nothing else can become of it. One at rest stays as it is.
  void bury(std::int64_t seq);

  // Steps back to before a command that was rolled back alone.
  struct Mark {
    Admission admission;
    std::size_t slots;
    std::size_t claims;
  };
  Mark mark() const { return {admission_, slots_, result.claims.size()}; }
  void back_to(Mark mark);

  BatchResult result;

 private:
  bool claimable(const QueueTable::KnownRange& known) const;

  Tables& tables_;
  const Time now_;
  Admission admission_;
  std::size_t slots_;
  bool quiet_ = true;
};

}  // namespace jobd::store
