// How many jobs are in each state, and whether the queue is paused: known in memory, kept in the database.
#pragma once

#include <array>
#include <cstdint>

#include "daemon/store/database.h"
#include "shared/job.h"

namespace jobd::store {

class Ledger {
 public:
  explicit Ledger(Database& database);

  // Reads anew, after the start and after a rollback.
  void load();

  void added(JobStatus status) { ++jobs_[index(status)]; }
  void removed(JobStatus status) { --jobs_[index(status)]; }
  void moved(JobStatus from, JobStatus to) {
    --jobs_[index(from)];
    ++jobs_[index(to)];
  }
  // Writes what has changed since: once, before the commit.
  void save();

  // Writes what is there already: whether the disk takes it is the question.
  void touch();

  // Takes the place of load and save for one that is rare.
  void set_paused(bool paused);

  bool paused() const { return paused_; }
  // As the rows have it: jobs in flight are pending.
  std::uint64_t jobs(JobStatus status) const { return jobs_[index(status)]; }
  // Those not at their end.
  std::uint64_t living() const { return jobs(JobStatus::pending) + jobs(JobStatus::held); }

 private:
  static std::size_t index(JobStatus status) {
    return static_cast<std::size_t>(status == JobStatus::processing ? JobStatus::pending : status);
  }

  std::array<std::uint64_t, 6> jobs_{};
  std::array<std::uint64_t, 6> saved_{};
  bool paused_ = false;
  Statement read_;
  Statement write_;
  Statement read_paused_;
  Statement write_paused_;
};

}  // namespace jobd::store
