#include "daemon/store/job_table.h"

#include <string>

#include "daemon/core/parts.h"
#include "daemon/store/record_codec.h"

namespace jobd::store {
namespace {

constexpr std::int64_t kContentDropped = 1;  // a bit of flags

std::string select_where(std::string_view condition) {
  return "SELECT " + std::string(JobTable::kColumns) + " FROM job WHERE " + std::string(condition);
}

// A job in flight is pending here, also where one part of it has moved.
std::int64_t number_of(JobStatus status) {
  return static_cast<std::int64_t>(status == JobStatus::processing ? JobStatus::pending : status);
}

std::optional<State> state_from(std::int64_t status, Time at) {
  switch (status) {
    case static_cast<int>(JobStatus::pending): return Pending{at};
    case static_cast<int>(JobStatus::completed): return Completed{at};
    case static_cast<int>(JobStatus::failed): return Failed{at};
    case static_cast<int>(JobStatus::held): return Held{at};
    case static_cast<int>(JobStatus::cancelled): return Cancelled{at};
    default: return std::nullopt;
  }
}

}  // namespace

JobTable::JobTable(Database& database)
    : insert_(database, "INSERT INTO job(" + std::string(kColumns) +
                            ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"),
      update_(database, "UPDATE job SET status = ?2, at = ?3, flags = ?4, claims = ?5, progress = ?6 WHERE seq = ?1"),
      mark_failed_(database, "UPDATE job SET status = 3, at = ?2 WHERE seq = ?1 AND status < 2"),
      by_seq_(database, select_where("seq = ?")),
      by_id_(database, select_where("seq = ? AND rnd = ?")),
      by_key_(database, select_where("idem = ? AND scope = ?")),
      status_(database, "SELECT status FROM job WHERE seq = ? AND rnd = ?"),
      remove_(database, "DELETE FROM job WHERE seq = ?"),
      largest_seq_(database, "SELECT max(seq) FROM job") {}

bool JobTable::insert(const Record& record) {
  const std::string envelope = encode_envelope(record);
  const std::string progress = encode_progress(record);
  const std::optional<Blob> key = record.idempotency ? std::optional(blob_of(*record.idempotency)) : std::nullopt;
  return insert_.run(record.id.seq(), record.id.random(), number_of(record.status()), time_of(record.state),
                     record.priority, record.lane, record.content_dropped ? kContentDropped : 0, record.claims,
                     std::string_view(record.scope), key, blob_of(record.fingerprint), Blob{envelope},
                     Blob{progress}) == 1;
}

void JobTable::update(const Record& record) {
  const std::string progress = encode_progress(record);
  update_.run(record.id.seq(), number_of(record.status()), time_of(record.state),
              record.content_dropped ? kContentDropped : 0, record.claims, Blob{progress});
}

bool JobTable::mark_failed(std::int64_t seq, Time now) {
  return mark_failed_.run(seq, now) == 1;
}

std::optional<Result<Record>> JobTable::load(std::int64_t seq) {
  return one(by_seq_.query(seq));
}
std::optional<Result<Record>> JobTable::load(const JobId& id) {
  return one(by_id_.query(id.seq(), id.random()));
}
std::optional<Result<Record>> JobTable::load(const std::string& scope, const boost::uuids::uuid& key) {
  return one(by_key_.query(blob_of(key), std::string_view(scope)));
}

bool JobTable::exists(const JobId& id) {
  return status(id).has_value();
}

std::optional<JobStatus> JobTable::status(const JobId& id) {
  Cursor row = status_.query(id.seq(), id.random());
  if (!row.next()) return std::nullopt;
  const std::optional<State> state = state_from(row.integer(0), Time{});
  return state ? status_of(*state) : JobStatus::pending;
}

void JobTable::remove(std::int64_t seq) {
  remove_.run(seq);
}

std::int64_t JobTable::largest_seq() {
  Cursor row = largest_seq_.query();
  return row.next() ? row.integer(0) : 0;
}

std::optional<Result<Record>> JobTable::one(Cursor rows) {
  if (!rows.next()) return std::nullopt;
  return read_record(rows);
}

Result<Record> JobTable::read_record(const Cursor& row) {
  Record record;
  record.id = JobId::from_parts(row.integer(0), static_cast<std::uint64_t>(row.integer(1)));
  const std::optional<State> state = state_from(row.integer(2), row.time(3));
  record.priority = static_cast<int>(row.integer(4));
  record.lane = static_cast<LaneId>(row.integer(5));
  record.content_dropped = (row.integer(6) & kContentDropped) != 0;
  record.claims = static_cast<std::uint32_t>(row.integer(7));
  record.scope = row.bytes(8);
  if (!row.null(9)) record.idempotency = row.uuid(9);
  const std::optional<boost::uuids::uuid> fingerprint = row.uuid(10);
  if (!state || !fingerprint || !decode_envelope(row.bytes(11), record) || !decode_progress(row.bytes(12), record)) {
    return Error{Code::internal, "the record of job " + record.id.text() + " is damaged and cannot be read"};
  }
  record.fingerprint = *fingerprint;
  record.parts.empty() ? void(record.state = *state) : parts::sum_up(record);
  return record;
}

}  // namespace jobd::store
