// What each command of a batch does. A refusal (an Error outcome) has changed nothing.
#pragma once

#include "daemon/core/repository.h"
#include "daemon/store/turn.h"

namespace jobd::store {

// What submits and their pieces are measured against in this turn.
struct Intake {
  std::uint64_t max_queued_jobs = 0;
  bool disk_has_room = true;

  // Why no new job may come in while so many are not at their end: storage_full, busy.
  std::optional<Error> refusal(std::uint64_t living) const;
};

class Commands {
 public:
  Commands(Turn& turn, const RetryPolicy& retry, const Intake& intake)
      : turn_(turn), tables_(turn.tables()), retry_(retry), intake_(intake) {}

  // The record of a fresh Accepted is left empty: it is the one of the Submit, which its caller can move.
  Outcome execute(const Command& command);

 private:
  Outcome run(const StoreChunk& chunk);
  Outcome run(const Submit& submit);
  Outcome run(const Finish& finish);
  Outcome run(const KeepSent& keep);
  Outcome run(const StepOverDot& step);
  Outcome run(const Cancel& cancel);
  Outcome run(const Retry& retry);
  Outcome run(const Remove& remove);
  Outcome run(const SetPaused& set);

  Outcome accept(const Submit& submit);
  std::optional<Error> refusal(const Submit& submit) const;
  // The job that answers for this record already: of its id, or of its scope and key.
  std::optional<Outcome> repeated(const Record& record);
  bool may_start_at_once(const Record& record) const;
  // As it is now, in flight or not.
  Result<Record> current(const JobId& id);
  Outcome moved(const Record& before, Result<Record> after);

  Turn& turn_;
  Tables& tables_;
  const RetryPolicy& retry_;
  const Intake intake_;
};

}  // namespace jobd::store
