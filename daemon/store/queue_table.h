// The queue rows: which jobs wait, where, until when. A Range is a stretch of the table with its rows in the order they
// are due: of one lane and one priority (schema.cpp). What ranges have rows, and from when on, is known in memory, so
// that an empty queue costs no query.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "daemon/core/record.h"
#include "daemon/store/database.h"
#include "shared/limits.h"

namespace jobd::store {

struct Range {
  LaneId lane = kDefaultLane;
  int priority = limits::kPriorityDefault;
  std::int64_t q() const { return static_cast<std::int64_t>(lane) * 16 + (limits::kPriorityMax - priority); }
};

struct QueueRow {
  Range range;
  Time due{};
  std::int64_t seq = 0;
  std::uint32_t part = 0;
  LaneId lane = kDefaultLane;  // the part's own
  Time expires{};
};

class QueueTable {
 public:
  explicit QueueTable(Database& database);

  // Reads anew what is known in memory, after the start and after a rollback: a skip scan, one step a range.
  void load();

  // The part is pending.
  void insert(Range range, const Record& record, std::uint32_t part);
  void remove(const QueueRow& row);
  // The row of a pending part, in whichever range it waits. False: there is none.
  bool remove(const Record& record, std::uint32_t part);

  // The ranges with rows, lane by lane, within one the highest priority first. earliest: no row of it is due
  // before that. A range whose rows have gone may linger.
  struct KnownRange {
    Range range;
    Time earliest{};
  };
  std::vector<KnownRange> ranges() const;
  std::vector<KnownRange> ranges_of(LaneId lane) const;
  template <typename Predicate>
  bool has_range(const Predicate& predicate) const {
    return std::ranges::any_of(
        earliest_, [&](const auto& known) { return predicate(KnownRange{range_of(known.first), known.second}); });
  }

  // Rows of a range in order, due at `until` or before.
  std::vector<QueueRow> rows(Range range, Time until, std::size_t limit);
  // Those that are due after `since`, of jobs up to seq_max.
  struct Between {
    Time since{};
    Time until{};
    std::int64_t seq_max = 0;
  };
  std::vector<QueueRow> rows_between(Range range, const Between& between, std::size_t limit);
  // When its first row is due; what is known of it is then exact.
  std::optional<Time> first_due(Range range);

  std::vector<QueueRow> expired(Time now, std::size_t limit);
  std::optional<Time> first_expiry();

 private:
  static std::vector<QueueRow> read(Cursor rows);
  static Range range_of(std::int64_t q) {
    return {static_cast<LaneId>(q / 16), limits::kPriorityMax - static_cast<int>(q % 16)};
  }
  bool remove(Range range, Time due, std::int64_t seq, std::uint32_t part);
  void note(Range range, Time due);

  std::map<std::int64_t, Time> earliest_;  // by q
  Statement insert_;
  Statement remove_;
  Statement rows_;
  Statement rows_between_;
  Statement first_due_;
  Statement expired_;
  Statement first_expiry_;
  Statement next_range_;
};

}  // namespace jobd::store
