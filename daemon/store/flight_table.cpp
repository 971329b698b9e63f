#include "daemon/store/flight_table.h"

#include <algorithm>
#include <unordered_set>

#include "daemon/core/lifecycle.h"

namespace jobd::store {
namespace {

// The record of a job in flight is what the lifecycle made of its row at the claim and at the dot: both are pure, so
// they are done again instead of being written. A row that was written since, for another part of its job, has the
// claim already.
std::optional<Record> with_attempt(Record record, const FlightTable::Row& row) {
  if (row.part >= record.part_count()) return std::nullopt;
  Result<Record> claimed = record.is_in_flight(row.part) ? Result<Record>(std::move(record))
                                                         : lifecycle::claim(std::move(record), row.started, row.part);
  if (claimed && row.past_dot) claimed = lifecycle::step_over_dot(*std::move(claimed), row.claim, row.part);
  if (!claimed || claimed->in_flight(row.part).claim != row.claim) return std::nullopt;
  return *std::move(claimed);
}

std::size_t count_alone(const Record& record) {
  std::size_t count = 0;
  for (std::uint32_t part = 0; part < record.part_count(); ++part) {
    if (record.is_in_flight(part) && lifecycle::must_run_alone(record, part)) ++count;
  }
  return count;
}

}  // namespace

FlightTable::FlightTable(Database& database)
    : insert_(database, "INSERT INTO flight(seq, part, claim, started, dot, relay) VALUES (?, ?, ?, ?, ?, ?)"),
      dot_(database, "UPDATE flight SET dot = 1 WHERE seq = ? AND part = ? AND claim = ?"),
      remove_(database, "DELETE FROM flight WHERE seq = ? AND part = ?"),
      all_(database, "SELECT seq, part, claim, started, dot, relay FROM flight ORDER BY started, seq, part") {}

void FlightTable::load(JobTable& jobs) {
  records_.clear();
  alone_ = 0;
  std::unordered_set<std::int64_t> unreadable;
  for (const Row& row : rows()) {
    if (unreadable.contains(row.seq)) continue;
    const Record* known = find(row.seq);
    std::optional<Result<Record>> job = known != nullptr ? Result<Record>(*known) : jobs.load(row.seq);
    std::optional<Record> record;
    if (job && job->ok()) record = with_attempt(*std::move(*job), row);
    if (record) {
      keep(*std::move(record));
    } else {
      forget(row.seq);
      unreadable.insert(row.seq);
    }
  }
}

void FlightTable::insert(const Record& record, std::uint32_t part, RelayId relay) {
  const auto& state = std::get<Processing>(record.state_of(part));
  insert_.run(record.id.seq(), part, record.in_flight(part).claim, state.started, state.past_dot, relay);
  keep(record);
}

void FlightTable::step_over_dot(const Record& record, std::uint32_t part) {
  dot_.run(record.id.seq(), part, record.in_flight(part).claim);
  keep(record);
}

void FlightTable::remove(const Record& after, std::uint32_t part) {
  remove_.run(after.id.seq(), part);
  if (after.status() == JobStatus::processing) return keep(after);
  forget(after.id.seq());
}

const Record* FlightTable::find(const AttemptRef& ref) const {
  const Record* record = find(ref.id);
  if (record == nullptr || ref.part >= record->part_count() || !record->is_in_flight(ref.part)) return nullptr;
  return record->in_flight(ref.part).claim == ref.claim ? record : nullptr;
}

const Record* FlightTable::find(const JobId& id) const {
  const Record* record = find(id.seq());
  return record != nullptr && record->id == id ? record : nullptr;
}

const Record* FlightTable::find(std::int64_t seq) const {
  const auto found = records_.find(seq);
  return found != records_.end() ? &found->second : nullptr;
}

std::vector<const Record*> FlightTable::all() const {
  std::vector<const Record*> records;
  for (const auto& [seq, record] : records_) records.push_back(&record);
  std::ranges::sort(records, [](const Record* a, const Record* b) { return a->id.seq() > b->id.seq(); });
  return records;
}

std::vector<FlightTable::Row> FlightTable::rows() {
  std::vector<Row> rows;
  Cursor row = all_.query();
  while (row.next()) {
    rows.push_back({row.integer(0), static_cast<std::uint32_t>(row.integer(1)),
                    static_cast<std::uint32_t>(row.integer(2)), row.time(3), row.integer(4) != 0,
                    row.null(5) ? std::nullopt : std::optional(static_cast<RelayId>(row.integer(5)))});
  }
  return rows;
}

void FlightTable::keep(Record record) {
  const std::int64_t seq = record.id.seq();
  forget(seq);
  alone_ += count_alone(record);
  records_.insert_or_assign(seq, std::move(record));
}

void FlightTable::forget(std::int64_t seq) {
  const auto found = records_.find(seq);
  if (found == records_.end()) return;
  alone_ -= count_alone(found->second);
  records_.erase(found);
}

}  // namespace jobd::store
