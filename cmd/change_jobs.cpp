#include "cmd/change_jobs.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <span>
#include <utility>
#include <vector>

#include "cmd/ask.h"
#include "cmd/exit_code.h"
#include "cmd/ids.h"
#include "cmd/layout.h"
#include "cmd/pages.h"
#include "shared/names.h"

namespace jobd::cmd {
namespace {

// Looked through before a person is asked; past it "more than" is told.
constexpr std::size_t kCountedMax = 5'000;

// What is done to each, in the words of question and report.
struct Change {
  std::string_view verb;  // "Cancel"
  std::string_view past;  // "cancelled"
};

std::string jobs(std::size_t number) {
  return grouped(number) + (number == 1 ? " job" : " jobs");
}

// By ids, many at a time: jobd flushes the disk once for all that come together.
struct ByIds {
  std::function<Request(JobId)> request;
  int (*tell)(const Result<std::string>& json, JobId id, Console& console);
};

int change_at_once(std::span<const JobId> ids, const ByIds& by, Context& context) {
  std::vector<Request> requests;
  for (const JobId& id : ids) requests.push_back(by.request(id));
  int code = kDone;
  auto id = ids.begin();
  context.session.call_each(
      requests, [&](const Result<std::string>& json) { code = worse(code, by.tell(json, *id++, context.console)); });
  return code;
}

int change_each(const Change& change, const Ids& ids, bool yes, Context& context, const ByIds& by) {
  IdSource source(ids, context.console);
  int code = kDone;
  if (yes || !ids.from_input || !context.outside.has_person()) {
    for (auto some = source.next_some(Session::kAtOnce); !some.empty(); some = source.next_some(Session::kAtOnce)) {
      code = worse(code, change_at_once(some, by, context));
    }
    return worse(code, source.code());
  }
  const std::vector<JobId> all = read_all(source);
  const bool agreed = all.size() < 2 || is_agreed(context, std::string(change.verb) + ' ' + jobs(all.size()) + '?');
  if (!agreed) return kUnsuccessful;
  for (std::span<const JobId> left(all); !left.empty();) {
    const std::size_t number = std::min(left.size(), Session::kAtOnce);
    code = worse(code, change_at_once(left.first(number), by, context));
    left = left.subspan(number);
  }
  return worse(code, source.code());
}

int tell_state(const Result<std::string>& json, JobId id, Console& console) {
  const auto job = understand(json, decode_job);
  if (!job) return complain(console, job.error(), id.text());
  console.out << id.text() << ' ' << name(job->status) << '\n';
  return kDone;
}

int tell_deleted(const Result<std::string>& json, JobId id, Console& console) {
  if (!json) return complain(console, json.error(), id.text());
  console.out << id.text() << " deleted\n";
  return kDone;
}

// By filters, one after the other, `limit` jobs of all of them at most.
struct Count {
  std::size_t matched = 0;
  std::size_t changeable = 0;
};
struct ByFilters {
  std::vector<JobFilter> filters;
  std::optional<std::uint64_t> limit;
  std::string_view called;                          // what all of them are, for the question; may be empty
  bool (*may_change)(JobStatus) = nullptr;          // those that are in this state
  std::function<Request(const Filtered&)> request;  // for one filter
};

std::optional<std::uint64_t> less(std::optional<std::uint64_t> limit, std::uint64_t used) {
  if (limit) *limit -= std::min(*limit, used);
  return limit;
}

// Narrows each filter to the jobs counted: no newer one comes under it before it is used, and under a limit no older.
// One that found nothing is dropped.
Result<Count> count(ByFilters& by, Session& session) {
  constexpr Duration kIdResolution{1};
  Count count;
  std::optional<Time> newest;
  std::vector<JobFilter> found;
  for (JobFilter& filter : by.filters) {
    const std::size_t room = kCountedMax + 1 - std::min(count.matched, kCountedMax + 1);
    const std::size_t limit = std::min<std::uint64_t>(less(by.limit, count.matched).value_or(room), room);
    std::optional<Time> oldest;
    const std::size_t before = count.matched;
    const auto counted = each_page(session, filter, limit, [&](const std::vector<Job>& jobs) {
      count.matched += jobs.size();
      count.changeable += static_cast<std::size_t>(std::ranges::count_if(jobs, by.may_change, &Job::status));
      if (jobs.empty()) return;
      if (!oldest) newest = jobs.front().id.made_at();
      oldest = jobs.back().id.made_at();
    });
    if (!counted) return counted.error();
    const bool found_none = limit > 0 && count.matched == before;
    if (found_none) continue;
    if (newest) filter.until = std::min(filter.until.value_or(Time::max()), *newest + kIdResolution);
    if (oldest && by.limit && count.matched <= kCountedMax) {
      filter.since = std::max(filter.since.value_or(Time::min()), *oldest);
    }
    found.push_back(filter);
  }
  by.filters = std::move(found);
  return count;
}

std::string question(const Change& change, const Count& count, std::string_view called) {
  const std::string verb(change.verb);
  const std::string end = std::string(called) + '?';
  if (count.matched > kCountedMax) {
    return verb + " what can be " + std::string(change.past) + " of more than " + jobs(kCountedMax) + end;
  }
  if (count.changeable == count.matched) return verb + ' ' + jobs(count.changeable) + end;
  return verb + ' ' + grouped(count.changeable) + " of " + jobs(count.matched) + " that match" + end;
}

// What was done before an error is told too.
int send(const Change& change, const ByFilters& by, Context& context) {
  Changed sum;
  for (const JobFilter& filter : by.filters) {
    const auto limit = less(by.limit, sum.matched);
    if (limit == 0U) break;
    const auto changed = understand(context.session.call(by.request({filter, limit})), decode_changed);
    if (!changed) {
      if (sum.changed > 0) context.console.out << change.past << ' ' << jobs(sum.changed) << '\n';
      return complain(context.console, changed.error());
    }
    sum.matched += changed->matched;
    sum.changed += changed->changed;
  }
  context.console.out << change.past << ' ' << sum.changed << " of " << sum.matched
                      << (sum.matched == 1 ? " job that matched\n" : " jobs that matched\n");
  return kDone;
}

int change_filtered(const Change& change, ByFilters by, bool yes, Context& context) {
  if (!yes && context.outside.has_person()) {
    const auto met = count(by, context.session);
    if (!met) return complain(context.console, met.error());
    const bool many = met->changeable > 1 || met->matched > kCountedMax;
    if (many && !is_agreed(context, question(change, *met, by.called))) return kUnsuccessful;
  }
  return send(change, by, context);
}

bool may_cancel(JobStatus status) {
  return status == JobStatus::pending || status == JobStatus::held;
}
bool may_retry(JobStatus status) {
  return status != JobStatus::processing && status != JobStatus::completed;
}

}  // namespace

int cancel_jobs(const CancelMany& cancel, Context& context) {
  constexpr Change kChange{"Cancel", "cancelled"};
  if (const auto* filtered = std::get_if<Filtered>(&cancel.which)) {
    const ByFilters by{{filtered->filter}, filtered->limit, "", may_cancel, [](const Filtered& part) -> Request {
                         return CancelJobs{part.filter, part.limit};
                       }};
    return change_filtered(kChange, by, cancel.yes, context);
  }
  return change_each(kChange, std::get<Ids>(cancel.which), cancel.yes, context,
                     {[](JobId id) -> Request { return CancelJob{id}; }, tell_state});
}

int retry_jobs(const RetryMany& retry, Context& context) {
  constexpr Change kChange{"Retry", "retried"};
  if (const auto* filtered = std::get_if<Filtered>(&retry.which)) {
    ByFilters by{{filtered->filter}, filtered->limit, "", may_retry, [&](const Filtered& part) -> Request {
                   return RetryJobs{part.filter, part.limit, retry.ttl};
                 }};
    if (!filtered->filter.status) {
      by.called = " that are failed or held";
      by.filters.push_back(filtered->filter);
      by.filters.front().status = JobStatus::failed;
      by.filters.back().status = JobStatus::held;
    }
    return change_filtered(kChange, by, retry.yes, context);
  }
  return change_each(kChange, std::get<Ids>(retry.which), retry.yes, context,
                     {[&](JobId id) -> Request { return RetryJob{id, retry.ttl}; }, tell_state});
}

int delete_jobs(const DeleteMany& deletion, Context& context) {
  constexpr Change kChange{"Delete", "deleted"};
  return change_each(kChange, deletion.ids, deletion.yes, context,
                     {[](JobId id) -> Request { return DeleteJob{id}; }, tell_deleted});
}

}  // namespace jobd::cmd
