// list_jobs: pages of records, newest first. There is no index over tags, recipients or times beyond the id's: a page
// looks at limits::kListScanRows rows at most, and then ends short, with a cursor to go on from.
//
// A row that cannot be read is left out; get() tells why.
#pragma once

#include <string>

#include "daemon/core/repository.h"
#include "daemon/store/tables.h"

namespace jobd::store {

class JobList {
 public:
  JobList(Database& database, Tables& tables);

  // The cursor is the seq that the page before ended with. Errors: invalid_field for one that is none.
  Result<FoundPage> page(const JobFilter& filter, std::size_t limit, const std::string& cursor);

 private:
  // Seqs from first (included) to last (not included).
  struct Span {
    std::int64_t first = 0;
    std::int64_t last = 0;
  };
  FoundPage page_of_flight(const JobFilter& filter, std::size_t limit, Span span) const;
  FoundPage page_of_rows(Cursor rows, const JobFilter& filter, std::size_t limit) const;
  Statement& rows_with(std::optional<JobStatus> status);

  Tables& tables_;
  Statement all_;
  Statement failed_;
  Statement held_;
  Statement cancelled_;
};

}  // namespace jobd::store
