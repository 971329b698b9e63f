#include "daemon/store/queue_table.h"

#include <algorithm>

namespace jobd::store {

QueueTable::QueueTable(Database& database)
    : insert_(database, "INSERT INTO queue(q, due, seq, part, lane, expires) VALUES (?, ?, ?, ?, ?, ?)"),
      remove_(database, "DELETE FROM queue WHERE q = ? AND due = ? AND seq = ? AND part = ?"),
      rows_(database,
            "SELECT q, due, seq, part, lane, expires FROM queue WHERE q = ? AND due <= ? ORDER BY due, seq, part LIMIT "
            "?"),
      rows_between_(
          database,
          "SELECT q, due, seq, part, lane, expires FROM queue WHERE q = ? AND due > ? AND due <= ? AND seq <= ? "
          "ORDER BY due, seq, part LIMIT ?"),
      first_due_(database, "SELECT due FROM queue WHERE q = ? ORDER BY due LIMIT 1"),
      expired_(database,
               "SELECT q, due, seq, part, lane, expires FROM queue WHERE expires <= ? ORDER BY expires LIMIT ?"),
      first_expiry_(database, "SELECT expires FROM queue ORDER BY expires LIMIT 1"),
      next_range_(database, "SELECT q, due FROM queue WHERE q > ? ORDER BY q, due LIMIT 1") {}

void QueueTable::load() {
  earliest_.clear();
  for (std::int64_t q = -1;;) {
    Cursor row = next_range_.query(q);
    if (!row.next()) return;
    q = row.integer(0);
    earliest_[q] = row.time(1);
  }
}

void QueueTable::insert(Range range, const Record& record, std::uint32_t part) {
  const Time due = time_of(record.state_of(part));
  insert_.run(range.q(), due, record.id.seq(), part, record.lane_of(part), record.expires_at);
  note(range, due);
}

void QueueTable::remove(const QueueRow& row) {
  remove(row.range, row.due, row.seq, row.part);
}

bool QueueTable::remove(const Record& record, std::uint32_t part) {
  const Time due = time_of(record.state_of(part));
  for (const LaneId lane : {record.lane_of(part), kQuarantineLane}) {
    if (remove({lane, record.priority}, due, record.id.seq(), part)) return true;
  }
  return false;
}

bool QueueTable::remove(Range range, Time due, std::int64_t seq, std::uint32_t part) {
  return remove_.run(range.q(), due, seq, part) == 1;
}

void QueueTable::note(Range range, Time due) {
  const auto [known, added] = earliest_.try_emplace(range.q(), due);
  if (!added) known->second = std::min(known->second, due);
}

std::vector<QueueTable::KnownRange> QueueTable::ranges() const {
  std::vector<KnownRange> all;
  for (const auto& [q, earliest] : earliest_) all.push_back({range_of(q), earliest});
  return all;
}

std::vector<QueueTable::KnownRange> QueueTable::ranges_of(LaneId lane) const {
  std::vector<KnownRange> some;
  const auto end = earliest_.lower_bound(Range{lane + 1, limits::kPriorityMax}.q());
  for (auto known = earliest_.lower_bound(Range{lane, limits::kPriorityMax}.q()); known != end; ++known) {
    some.push_back({range_of(known->first), known->second});
  }
  return some;
}

std::vector<QueueRow> QueueTable::rows(Range range, Time until, std::size_t limit) {
  return read(rows_.query(range.q(), until, limit));
}

std::vector<QueueRow> QueueTable::rows_between(Range range, const Between& between, std::size_t limit) {
  return read(rows_between_.query(range.q(), between.since, between.until, between.seq_max, limit));
}

std::optional<Time> QueueTable::first_due(Range range) {
  Cursor row = first_due_.query(range.q());
  if (!row.next()) {
    earliest_.erase(range.q());
    return std::nullopt;
  }
  return earliest_[range.q()] = row.time(0);
}

std::vector<QueueRow> QueueTable::expired(Time now, std::size_t limit) {
  return read(expired_.query(now, limit));
}

std::optional<Time> QueueTable::first_expiry() {
  Cursor row = first_expiry_.query();
  if (!row.next()) return std::nullopt;
  return row.time(0);
}

std::vector<QueueRow> QueueTable::read(Cursor rows) {
  std::vector<QueueRow> found;
  while (rows.next()) {
    found.push_back({range_of(rows.integer(0)), rows.time(1), rows.integer(2),
                     static_cast<std::uint32_t>(rows.integer(3)), static_cast<LaneId>(rows.integer(4)), rows.time(5)});
  }
  return found;
}

}  // namespace jobd::store
