#include "daemon/store/flight_table.h"

#include <algorithm>

#include "daemon/core/lifecycle.h"

namespace jobd::store {
namespace {

// The record of a job in flight is what the lifecycle made of its row at the claim and at the dot: both are
// pure, so they are done again instead of being written.
std::optional<Record> as_in_flight(Record pending, std::uint32_t claim, Time started, bool past_dot) {
  Result<Record> claimed = lifecycle::claim(std::move(pending), started);
  if (claimed && past_dot) claimed = lifecycle::step_over_dot(*std::move(claimed), claim);
  if (!claimed || claimed->claims != claim) return std::nullopt;
  return *std::move(claimed);
}

}  // namespace

FlightTable::FlightTable(Database& database)
    : insert_(database, "INSERT INTO flight(seq, part, claim, started, dot) VALUES (?, 0, ?, ?, ?)"),
      dot_(database, "UPDATE flight SET dot = 1 WHERE seq = ? AND part = 0 AND claim = ?"),
      remove_(database, "DELETE FROM flight WHERE seq = ? AND part = 0"),
      all_(database, "SELECT seq, claim, started, dot FROM flight ORDER BY seq") {}

void FlightTable::load(JobTable& jobs) {
  records_.clear();
  alone_ = 0;
  Cursor row = all_.query();
  while (row.next()) {
    std::optional<Result<Record>> job = jobs.load(row.integer(0));
    if (!job || !job->ok()) continue;
    std::optional<Record> record =
        as_in_flight(*std::move(*job), static_cast<std::uint32_t>(row.integer(1)), row.time(2), row.integer(3) != 0);
    if (record) keep(*std::move(record));
  }
}

void FlightTable::insert(const Record& record) {
  const auto& state = std::get<Processing>(record.state);
  insert_.run(record.id.seq(), record.claims, state.started, state.past_dot);
  keep(record);
}

void FlightTable::step_over_dot(const Record& record) {
  dot_.run(record.id.seq(), record.claims);
  records_[record.id.seq()] = record;
}

void FlightTable::remove(std::int64_t seq) {
  remove_.run(seq);
  const auto found = records_.find(seq);
  if (found == records_.end()) return;
  if (lifecycle::must_run_alone(found->second)) --alone_;
  records_.erase(found);
}

const Record* FlightTable::find(const AttemptRef& ref) const {
  const Record* record = find(ref.id);
  return record != nullptr && ref.part == 0 && record->claims == ref.claim ? record : nullptr;
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

std::vector<std::int64_t> FlightTable::seqs() {
  std::vector<std::int64_t> seqs;
  Cursor row = all_.query();
  while (row.next()) seqs.push_back(row.integer(0));
  return seqs;
}

void FlightTable::keep(Record record) {
  if (lifecycle::must_run_alone(record)) ++alone_;
  const std::int64_t seq = record.id.seq();
  records_.insert_or_assign(seq, std::move(record));
}

}  // namespace jobd::store
