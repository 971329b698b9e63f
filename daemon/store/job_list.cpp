#include "daemon/store/job_list.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "shared/unicode.h"

namespace jobd::store {
namespace {

// The condition of the index must stand in the statement word by word for SQLite to use it (schema.cpp, job_stopped).
std::string select_stopped(JobStatus status) {
  return "SELECT " + std::string(JobTable::kColumns) +
         " FROM job WHERE status > 2 AND status = " + std::to_string(static_cast<int>(status)) +
         " AND seq >= ? AND seq < ? ORDER BY seq DESC";
}

// An id's upper 48 bits are milliseconds, the 12 after them a counter.
std::int64_t first_seq_of(Time time) {
  return time.time_since_epoch().count() << 12;
}

bool matches(const Record& record, const JobFilter& filter) {
  if (filter.status && record.status() != *filter.status) return false;
  if (!filter.tag.empty() && std::ranges::find(record.tags, filter.tag) == record.tags.end()) return false;
  return filter.recipient.empty() || std::ranges::any_of(record.recipients, [&](const Recipient& recipient) {
           return equal_ignoring_case(recipient.address, filter.recipient);
         });
}

std::optional<std::int64_t> parse_cursor(const std::string& text) {
  std::int64_t seq = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seq);
  if (error != std::errc() || end != text.data() + text.size() || seq < 0) return std::nullopt;
  return seq;
}

}  // namespace

JobList::JobList(Database& database, Tables& tables)
    : tables_(tables),
      all_(database,
           "SELECT " + std::string(JobTable::kColumns) + " FROM job WHERE seq >= ? AND seq < ? ORDER BY seq DESC"),
      failed_(database, select_stopped(JobStatus::failed)),
      held_(database, select_stopped(JobStatus::held)),
      cancelled_(database, select_stopped(JobStatus::cancelled)) {}

Result<FoundPage> JobList::page(const JobFilter& filter, std::size_t limit, const std::string& cursor) {
  Span span{0, std::numeric_limits<std::int64_t>::max()};
  if (filter.since) span.first = first_seq_of(*filter.since);
  if (filter.until) span.last = first_seq_of(*filter.until);
  if (!cursor.empty()) {
    const std::optional<std::int64_t> seq = parse_cursor(cursor);
    if (!seq) return Error{Code::invalid_field, "this is no cursor that a list gave", "cursor"};
    span.last = std::min(span.last, *seq);
  }
  if (filter.status == JobStatus::processing) return page_of_flight(filter, limit, span);
  return page_of_rows(rows_with(filter.status).query(span.first, span.last), filter, limit);
}

Statement& JobList::rows_with(std::optional<JobStatus> status) {
  if (status == JobStatus::failed) return failed_;
  if (status == JobStatus::held) return held_;
  if (status == JobStatus::cancelled) return cancelled_;
  return all_;
}

FoundPage JobList::page_of_flight(const JobFilter& filter, std::size_t limit, Span span) const {
  FoundPage page;
  for (const Record* record : tables_.flight.all()) {
    if (record->id.seq() < span.first || record->id.seq() >= span.last || !matches(*record, filter)) continue;
    page.records.push_back(*record);
    if (page.records.size() == limit) {
      page.next_cursor = std::to_string(record->id.seq());
      break;
    }
  }
  return page;
}

FoundPage JobList::page_of_rows(Cursor rows, const JobFilter& filter, std::size_t limit) const {
  FoundPage page;
  std::size_t bytes = 0;
  const auto add = [&](Record record) {
    bytes += memory_bytes(record);
    page.records.push_back(std::move(record));
  };
  for (std::size_t looked_at = 1; rows.next(); ++looked_at) {
    const std::int64_t seq = rows.integer(JobTable::kSeqColumn);
    const auto status = static_cast<JobStatus>(rows.integer(JobTable::kStatusColumn));
    const Record* flying = tables_.flight.find(seq);
    if (flying != nullptr) {
      if (matches(*flying, filter)) add(*flying);
    } else if (!filter.status || status == *filter.status) {
      Result<Record> record = JobTable::read_record(rows);
      if (record && matches(*record, filter)) add(*std::move(record));
    }
    if (page.records.size() == limit || bytes >= limits::kPageBytes || looked_at == limits::kListScanRows) {
      page.next_cursor = std::to_string(seq);
      break;
    }
  }
  return page;
}

}  // namespace jobd::store
