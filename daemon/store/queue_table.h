// The queue rows: which jobs wait, where, until when. A Range is a stretch of the table with its rows in the order they
// are due: of one lane and one priority (schema.cpp). What ranges have rows, and from when on, is known in memory, so
// that an empty queue costs no query.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "daemon/core/record.h"
#include "daemon/store/database.h"
#include "shared/limits.h"

namespace jobd::store {

inline constexpr LaneId kReadyLane = 0;

struct Range {
  LaneId lane = kReadyLane;
  int priority = limits::kPriorityDefault;
  std::int64_t q() const { return static_cast<std::int64_t>(lane) * 16 + (limits::kPriorityMax - priority); }
};

struct QueueRow {
  Range range;
  Time due{};
  std::int64_t seq = 0;
  LaneId lane = kDefaultLane;  // the job's own
  Time expires{};
};

class QueueTable {
 public:
  explicit QueueTable(Database& database);

  // Reads anew what is known in memory, after the start and after a rollback: a skip scan, one step a range.
  void load();

  // record: pending.
  void insert(Range range, const Record& record);
  void remove(const QueueRow& row);
  // The row of a pending record, in whichever range it waits. False: there is none.
  bool remove(const Record& record);
  void move(const QueueRow& row, Range to);

  // The ranges with rows, ready ones first, within a lane the highest priority first. earliest: no row of it is due
  // before that. A range whose rows have gone may linger.
  struct KnownRange {
    Range range;
    Time earliest{};
  };
  std::vector<KnownRange> ranges() const;

  // Rows of a range in order, due at `until` or before.
  std::vector<QueueRow> rows(Range range, Time until, std::size_t limit);
  // When its first row is due; what is known of it is then exact.
  std::optional<Time> first_due(Range range);

  std::vector<QueueRow> expired(Time now, std::size_t limit);
  std::optional<Time> first_expiry();

 private:
  static std::vector<QueueRow> read(Cursor rows);
  bool remove(Range range, Time due, std::int64_t seq);
  void note(Range range, Time due);

  std::map<std::int64_t, Time> earliest_;  // by q
  Statement insert_;
  Statement remove_;
  Statement rows_;
  Statement first_due_;
  Statement expired_;
  Statement first_expiry_;
  Statement next_range_;
};

}  // namespace jobd::store
