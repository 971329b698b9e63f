// SqliteRepository: the port on one SQLite database (schema.cpp says how it lies there, database.h how it fails).
//
// A batch runs in one transaction. Where SQLite fails in the middle of it, all is rolled back and run once more, each
// command in a savepoint of its own, so that the guilty one alone gets the error. After every rollback what is known in
// memory is read anew.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/store/claims.h"
#include "daemon/store/commands.h"
#include "daemon/store/database.h"
#include "daemon/store/job_list.h"
#include "daemon/store/open_repository.h"
#include "daemon/store/store_lock.h"
#include "daemon/store/tables.h"

namespace jobd::store {

// Where the database lies: both empty for one without a file.
struct Place {
  std::string folder;  // whose free space counts
  std::unique_ptr<StoreLock> lock;
};

class SqliteRepository final : public Repository {
 public:
  // Precondition: the schema is up to date. Throws SqlFailure.
  SqliteRepository(Place place, std::unique_ptr<Database> database, StoreSettings settings, const Clock& clock,
                   FatalHandler fatal);

  Result<Recovery> recover() override;
  Result<std::vector<LaneRule>> lanes(std::span<const std::string> rules) override;
  Result<Done> name_relays(std::span<const std::string> names) override;
  Result<BatchResult> apply(std::span<Command> commands, const ClaimBudget& budget) override;
  Result<Found> get(const JobId& id, bool with_content) override;
  Result<FoundPage> list(const JobFilter& filter, std::size_t limit, const std::string& cursor) override;
  Counts counts() override;
  Result<Done> takes_jobs() override;
  QueueView queue(const Admission& admission) override;
  bool tend() override;

 private:
  // What a batch needs besides its turn.
  struct Order {
    std::span<Command> commands;
    const ClaimBudget& budget;
    Time now;
    Intake intake;
  };
  enum class Failing { together, alone };
  BatchResult run(const Order& order, Failing failing);
  Outcome run_in_savepoint(const Command& command, Turn& turn, Commands& commands);
  BatchResult end_turn(Turn& turn, std::span<Command> commands);
  void end_interrupted(Turn& turn, Recovery& recovery);
  bool disk_has_room() const;
  bool drop_contents();
  Time look_at_clock();

  // Rolls back, and what follows from the failure: the process ends after a failed flush.
  Error give_up(const SqlFailure& failure);
  bool reload();
  void reload_if_lost();

  // Constant after construction.
  const Place place_;  // its lock is given back after the database is closed
  const StoreSettings settings_;
  const Clock& clock_;
  const FatalHandler fatal_;

  std::unique_ptr<Database> database_;
  Tables tables_;
  JobList job_list_;
  bool batch_failed_ = false;        // the last one that had something to write
  bool memory_lost_ = false;         // a rollback happened and reading anew failed as well
  Time told_{};                      // by the clock, at the last batch
  std::optional<SetBack> set_back_;  // what was due before is to be brought back
  Time drop_again_at_{};             // dropping contents has failed: until then others are not held up by another try
};

}  // namespace jobd::store
