// The attempts under way: their rows, and in memory their jobs' records as claimed, as many as there are slots, so that
// the end of an attempt reads nothing. Of a job of several parts some may be under way and others wait: its record here
// is then the one that counts for those too.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "daemon/core/attempt.h"
#include "daemon/core/record.h"
#include "daemon/store/database.h"
#include "daemon/store/job_table.h"

namespace jobd::store {

class FlightTable {
 public:
  explicit FlightTable(Database& database);

  // Reads anew what is known in memory. Unreadable jobs stay out of it: they are for recover to end.
  void load(JobTable& jobs);

  // record: after the claim of this part.
  void insert(const Record& record, std::uint32_t part, RelayId relay);
  // record: with this part past its dot.
  void step_over_dot(const Record& record, std::uint32_t part);
  // after: the record as the end of this part's attempt leaves it.
  void remove(const Record& after, std::uint32_t part);
  // A job in flight of which a part that waits has moved.
  void update(const Record& record) { keep(record); }
  // The row of a job that cannot be read.
  void remove_row(std::int64_t seq, std::uint32_t part) { remove_.run(seq, part); }

  // nullptr: not in flight, or not under this claim any more.
  const Record* find(const AttemptRef& ref) const;
  const Record* find(const JobId& id) const;
  const Record* find(std::int64_t seq) const;

  // Jobs, whatever the number of their parts.
  std::size_t size() const { return records_.size(); }
  bool empty() const { return records_.empty(); }
  // One that must run alone does.
  bool running_alone() const { return alone_ > 0; }
  // Newest first.
  std::vector<const Record*> all() const;

  // The rows, whether or not their jobs can be read, in the order the attempts started in.
  struct Row {
    std::int64_t seq = 0;
    std::uint32_t part = 0;
    std::uint32_t claim = 0;
    Time started{};
    bool past_dot = false;
    std::optional<RelayId> relay;  // of the life that it was claimed in; none: of one that did not write it down
  };
  std::vector<Row> rows();

 private:
  void keep(Record record);
  void forget(std::int64_t seq);

  std::unordered_map<std::int64_t, Record> records_;  // by seq
  std::size_t alone_ = 0;
  Statement insert_;
  Statement dot_;
  Statement remove_;
  Statement all_;
};

}  // namespace jobd::store
