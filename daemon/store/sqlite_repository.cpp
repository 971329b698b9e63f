#include "daemon/store/sqlite_repository.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cassert>

#include "daemon/core/lifecycle.h"

namespace jobd::store {
namespace {

// Few at a time: whoever submits while a checkpoint runs waits for it, and many small ones cost no rate.
constexpr int kCheckpointFrames = 500;
// When the queue cannot be read, it is looked at again so much later.
constexpr Duration kLookAgain{1000};
// When contents cannot be dropped, the first turn after so much time tries again.
constexpr Duration kDropAgain{1000};

bool brings_content(const Command& command) {
  return std::holds_alternative<Submit>(command) || std::holds_alternative<StoreChunk>(command);
}

}  // namespace

SqliteRepository::SqliteRepository(Place place, std::unique_ptr<Database> database, StoreSettings settings,
                                   const Clock& clock, FatalHandler fatal)
    : place_(std::move(place)),
      settings_(std::move(settings)),
      clock_(clock),
      fatal_(std::move(fatal)),
      database_(std::move(database)),
      tables_(*database_),
      job_list_(*database_, tables_) {}

Result<Recovery> SqliteRepository::recover() try {
  Recovery recovery;
  tables_.load();
  recovery.seq_floor = std::max(tables_.jobs.largest_seq(), tables_.contents.largest_upload_seq());
  database_->begin();
  recovery.orphans_swept = tables_.contents.sweep_uploads();
  const ClaimBudget nothing;
  Turn turn(tables_, clock_.now(), nothing);
  end_interrupted(turn, recovery);
  tables_.sent.drop_past(turn.now());
  recovery.sent = tables_.sent.all();
  tables_.ledger.save();
  database_->commit();
  return recovery;
} catch (const SqlFailure& failure) {
  return give_up(failure);
}

void SqliteRepository::end_interrupted(Turn& turn, Recovery& recovery) {
  const std::vector<std::string> relays = tables_.relays.all();
  for (const FlightTable::Row& row : tables_.flight.rows()) {
    const Record* flying = tables_.flight.find(row.seq);
    if (flying == nullptr) {
      tables_.flight.remove_row(row.seq, row.part);
      turn.bury(row.seq);
      continue;
    }
    const std::string relay = row.relay && *row.relay < relays.size() ? relays[*row.relay] : "";
    Result<Record> after = lifecycle::interrupted(*flying, turn.now(), row.part, relay);
    assert(after.ok());  // it was loaded with this row
    turn.end_attempt(*after, row.part);
    const auto known = std::ranges::find(recovery.interrupted, after->id, &Record::id);
    if (known != recovery.interrupted.end()) recovery.interrupted.erase(known);
    recovery.interrupted.push_back(*std::move(after));
  }
}

Result<std::vector<LaneRule>> SqliteRepository::lanes(std::span<const std::string> rules) try {
  reload_if_lost();
  database_->begin();
  for (const std::string& rule : rules) tables_.rules.add(rule);
  database_->commit();
  return tables_.rules.all();
} catch (const SqlFailure& failure) {
  return give_up(failure);
}

Result<Done> SqliteRepository::name_relays(std::span<const std::string> names) try {
  reload_if_lost();
  database_->begin();
  tables_.relays.replace(names);
  database_->commit();
  return Done{};
} catch (const SqlFailure& failure) {
  return give_up(failure);
}

Result<BatchResult> SqliteRepository::apply(std::span<Command> commands, const ClaimBudget& budget) try {
  reload_if_lost();
  const Time now = look_at_clock();
  if (commands.empty() && !set_back_ && !Turn(tables_, now, budget).has_work())
    return BatchResult{now, {}, {}, {}, false};
  const bool takes_in = std::ranges::any_of(commands, &brings_content);
  const Order order{commands, budget, now, {settings_.max_queued_jobs, !takes_in || disk_has_room()}};
  try {
    return run(order, Failing::together);
  } catch (const SqlFailure& failure) {
    // Outside of a transaction the failure was the commit's, which concerns all.
    if (!database_->in_transaction() || commands.empty()) throw;
    database_->roll_back();
    tables_.load();
  }
  return run(order, Failing::alone);
} catch (const SqlFailure& failure) {
  batch_failed_ = true;
  return give_up(failure);
}

BatchResult SqliteRepository::run(const Order& order, Failing failing) {
  Turn turn(tables_, order.now, order.budget);
  Commands commands(turn, settings_.retry, order.intake);
  turn.result.outcomes.reserve(order.commands.size());
  database_->begin();
  // Before the commands: what they schedule by the clock as it is now was not due by the clock as it was.
  const bool brought_back = !set_back_ || Claims(turn).bring_back(*set_back_);
  for (const Command& command : order.commands) {
    turn.result.outcomes.push_back(failing == Failing::together ? commands.execute(command)
                                                                : run_in_savepoint(command, turn, commands));
  }
  BatchResult result = end_turn(turn, order.commands);
  if (brought_back) set_back_.reset();
  result.more = result.more || !brought_back;
  return result;
}

Outcome SqliteRepository::run_in_savepoint(const Command& command, Turn& turn, Commands& commands) {
  const Turn::Mark before = turn.mark();
  database_->execute("SAVEPOINT one");
  try {
    Outcome outcome = commands.execute(command);
    tables_.ledger.save();
    database_->execute("RELEASE one");
    return outcome;
  } catch (const SqlFailure& failure) {
    // Some failures roll the whole transaction back: then the batch has failed as one.
    if (!database_->in_transaction()) throw;
    database_->execute("ROLLBACK TO one; RELEASE one");
    tables_.load();
    turn.back_to(before);
    return to_error(failure);
  }
}

Time SqliteRepository::look_at_clock() {
  const Time now = clock_.now();
  if (now < told_) {
    const Time from = set_back_ ? std::max(told_, set_back_->from) : told_;
    set_back_ = SetBack{from, tables_.jobs.largest_seq()};
  }
  return told_ = now;
}

BatchResult SqliteRepository::end_turn(Turn& turn, std::span<Command> commands) {
  Claims claims(turn);
  claims.expire();
  claims.claim();
  tables_.ledger.save();
  database_->commit();
  batch_failed_ = false;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    auto* submit = std::get_if<Submit>(&commands[i]);
    Outcome& outcome = turn.result.outcomes[i];
    if (submit == nullptr || !outcome) continue;
    auto& accepted = std::get<Accepted>(outcome.value());
    if (!accepted.repeated) accepted.record = std::move(submit->record);
  }
  return std::move(turn.result);
}

Result<Found> SqliteRepository::get(const JobId& id, bool with_content) try {
  reload_if_lost();
  Found found;
  if (const Record* flying = tables_.flight.find(id)) {
    found.record = *flying;
  } else {
    std::optional<Result<Record>> job = tables_.jobs.load(id);
    if (!job) return Error{Code::not_found, "there is no job " + id.text()};
    if (!job->ok()) return std::move(*job).error();
    found.record = *std::move(*job);
  }
  if (with_content && !found.record.content_dropped) found.content = *tables_.contents.read(id.seq());
  return found;
} catch (const SqlFailure& failure) {
  return give_up(failure);
}

Result<FoundPage> SqliteRepository::list(const JobFilter& filter, std::size_t limit, const std::string& cursor) try {
  reload_if_lost();
  return job_list_.page(filter, std::clamp<std::size_t>(limit, 1, limits::kListLimit), cursor);
} catch (const SqlFailure& failure) {
  return give_up(failure);
}

Counts SqliteRepository::counts() {
  Counts counts;
  for (std::size_t status = 0; status < counts.jobs.size(); ++status) {
    counts.jobs[status] = tables_.ledger.jobs(static_cast<JobStatus>(status));
  }
  counts.jobs[static_cast<std::size_t>(JobStatus::pending)] -= tables_.flight.size();
  counts.jobs[static_cast<std::size_t>(JobStatus::processing)] = tables_.flight.size();
  counts.paused = tables_.ledger.paused();
  return counts;
}

Result<Done> SqliteRepository::takes_jobs() try {
  reload_if_lost();
  const Intake intake{settings_.max_queued_jobs, disk_has_room()};
  if (std::optional<Error> refused = intake.refusal(tables_.ledger.living())) return *std::move(refused);
  if (batch_failed_) {
    database_->begin();
    tables_.ledger.touch();
    database_->commit();
    batch_failed_ = false;
  }
  return Done{};
} catch (const SqlFailure& failure) {
  return give_up(failure);
}

QueueView SqliteRepository::queue(const Admission& admission) try {
  reload_if_lost();
  QueueView view;
  view.next_expiry = tables_.queue.first_expiry();
  if (!tables_.ledger.paused()) view.next_due = Claims::next_due(tables_.queue, admission);
  return view;
} catch (const SqlFailure& failure) {
  give_up(failure);
  return {clock_.now() + kLookAgain, std::nullopt};
}

bool SqliteRepository::tend() {
  const bool more = drop_contents();
  if (database_->log_frames() < kCheckpointFrames) return more;
  try {
    database_->checkpoint();
  } catch (const SqlFailure& failure) {
    // The log holds all; the next turn tries again.
    if (is_failed_flush(failure)) give_up(failure);
  }
  return more;
}

bool SqliteRepository::drop_contents() try {
  if (memory_lost_ || !tables_.contents.dropping() || clock_.now() < drop_again_at_) return false;
  database_->begin();
  tables_.contents.drop_some();
  database_->commit();
  return tables_.contents.dropping();
} catch (const SqlFailure& failure) {
  drop_again_at_ = clock_.now() + kDropAgain;
  give_up(failure);
  return false;
}

bool SqliteRepository::disk_has_room() const {
  struct statvfs disk{};
  if (place_.folder.empty() || ::statvfs(place_.folder.c_str(), &disk) != 0) return true;
  return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize >= settings_.min_free_space_bytes;
}

Error SqliteRepository::give_up(const SqlFailure& failure) {
  database_->roll_back();
  if (is_failed_flush(failure)) fatal_("the store could not be flushed to its disk: " + failure.message);
  memory_lost_ = !reload();
  return to_error(failure);
}

bool SqliteRepository::reload() try {
  tables_.load();
  return true;
} catch (const SqlFailure&) {
  return false;
}

void SqliteRepository::reload_if_lost() {
  if (!memory_lost_) return;
  tables_.load();
  memory_lost_ = false;
}

}  // namespace jobd::store
