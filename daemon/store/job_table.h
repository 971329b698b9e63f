// The job rows: records in, records out. Knows nothing of flight: a job that runs is pending here (schema.cpp).
#pragma once

#include <optional>
#include <string_view>

#include "daemon/core/record.h"
#include "daemon/store/database.h"
#include "shared/result.h"

namespace jobd::store {

class JobTable {
 public:
  explicit JobTable(Database& database);

  // False, and nothing done, when a job has this seq, or this scope and key, already. Precondition: pending.
  bool insert(const Record& record);
  // Everything the lifecycle moves.
  void update(const Record& record);
  // For a job whose record cannot be read any more: the one thing left to say of it. False, and nothing done, when
  // its row is at rest already, or there is none.
  bool mark_failed(std::int64_t seq, Time now);

  // nullopt: no such job. Errors: internal for a damaged row.
  std::optional<Result<Record>> load(std::int64_t seq);
  // The same, if the id's random bits are right too.
  std::optional<Result<Record>> load(const JobId& id);
  std::optional<Result<Record>> load(const std::string& scope, const boost::uuids::uuid& key);
  bool exists(const JobId& id);
  // As its row has it, which is all there is to know of a damaged one. nullopt: no such job.
  std::optional<JobStatus> status(const JobId& id);
  void remove(std::int64_t seq);
  std::int64_t largest_seq();

  // The columns of a SELECT whose rows read_record takes.
  static constexpr std::string_view kColumns =
      "seq, rnd, status, at, priority, lane, flags, claims, scope, idem, fingerprint, envelope, progress";
  static constexpr int kSeqColumn = 0;
  static constexpr int kStatusColumn = 2;
  static Result<Record> read_record(const Cursor& row);

 private:
  static std::optional<Result<Record>> one(Cursor rows);

  Statement insert_;
  Statement update_;
  Statement mark_failed_;
  Statement by_seq_;
  Statement by_id_;
  Statement by_key_;
  Statement status_;
  Statement remove_;
  Statement largest_seq_;
};

}  // namespace jobd::store
