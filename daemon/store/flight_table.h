// The attempts under way: their rows, and in memory their jobs' records as claimed, as many as there are slots, so that
// the end of an attempt reads nothing.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "daemon/core/record.h"
#include "daemon/store/database.h"
#include "daemon/store/job_table.h"

namespace jobd::store {

class FlightTable {
 public:
  explicit FlightTable(Database& database);

  // Reads anew what is known in memory. Unreadable jobs stay out of it: they are for recover to end.
  void load(JobTable& jobs);

  // record: processing, of a job that is not in flight.
  void insert(const Record& record);
  // record: past its dot, in flight.
  void step_over_dot(const Record& record);
  void remove(std::int64_t seq);

  // nullptr: not in flight, or not under this claim any more.
  const Record* find(const AttemptRef& ref) const;
  const Record* find(const JobId& id) const;
  const Record* find(std::int64_t seq) const;

  std::size_t size() const { return records_.size(); }
  bool empty() const { return records_.empty(); }
  // One that must run alone does.
  bool running_alone() const { return alone_ > 0; }
  // Newest first.
  std::vector<const Record*> all() const;

  // The seqs of the rows, whether or not their jobs can be read.
  std::vector<std::int64_t> seqs();

 private:
  void keep(Record record);

  std::unordered_map<std::int64_t, Record> records_;  // by seq
  std::size_t alone_ = 0;
  Statement insert_;
  Statement dot_;
  Statement remove_;
  Statement all_;
};

}  // namespace jobd::store
