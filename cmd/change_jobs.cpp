#include "cmd/change_jobs.h"

#include <algorithm>
#include <functional>
#include <ostream>

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

// By ids.
using Act = std::function<int(JobId)>;

int change_each(const Change& change, const Ids& ids, bool yes, Context& context, const Act& act) {
  IdSource source(ids, context.console);
  int code = kDone;
  if (yes || !ids.from_input || !context.outside.has_person()) {
    while (const auto id = source.next()) code = worse(code, act(*id));
    return worse(code, source.code());
  }
  const std::vector<JobId> all = read_all(source);
  const bool agreed = all.size() < 2 || is_agreed(context, std::string(change.verb) + ' ' + jobs(all.size()) + '?');
  if (!agreed) return kUnsuccessful;
  for (const JobId& id : all) code = worse(code, act(id));
  return worse(code, source.code());
}

// The new state as the result of the request.
int tell_state(const Request& request, JobId id, Context& context) {
  const auto job = understand(context.session.call(request), decode_job);
  if (!job) return complain(context.console, job.error(), id.text());
  context.console.out << id.text() << ' ' << name(job->status) << '\n';
  return kDone;
}

// By a filter.
struct Count {
  std::size_t matched = 0;
  std::size_t changeable = 0;
};
using MayChange = bool (*)(JobStatus);

Result<Count> count(const Filtered& filtered, MayChange may_change, Session& session) {
  Count count;
  const std::size_t limit = std::min<std::uint64_t>(filtered.limit.value_or(kCountedMax + 1), kCountedMax + 1);
  const auto counted = each_page(session, filtered.filter, limit, [&](const std::vector<Job>& jobs) {
    count.matched += jobs.size();
    count.changeable += static_cast<std::size_t>(std::ranges::count_if(jobs, may_change, &Job::status));
  });
  if (!counted) return counted.error();
  return count;
}

std::string question(const Change& change, const Count& count) {
  const std::string verb(change.verb);
  if (count.matched > kCountedMax)
    return verb + " what can be " + std::string(change.past) + " of more than " + jobs(kCountedMax) + '?';
  if (count.changeable == count.matched) return verb + ' ' + jobs(count.changeable) + '?';
  return verb + ' ' + grouped(count.changeable) + " of " + jobs(count.matched) + " that match?";
}

int change_filtered(const Change& change, const Filtered& filtered, MayChange may_change, const Request& request,
                    bool yes, Context& context) {
  if (!yes && context.outside.has_person()) {
    const auto met = count(filtered, may_change, context.session);
    if (!met) return complain(context.console, met.error());
    const bool many = met->changeable > 1 || met->matched > kCountedMax;
    if (many && !is_agreed(context, question(change, *met))) return kUnsuccessful;
  }
  const auto changed = understand(context.session.call(request), decode_changed);
  if (!changed) return complain(context.console, changed.error());
  context.console.out << change.past << ' ' << changed->changed << " of " << changed->matched
                      << (changed->matched == 1 ? " job that matched\n" : " jobs that matched\n");
  return kDone;
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
    return change_filtered(kChange, *filtered, may_cancel, CancelJobs{filtered->filter, filtered->limit}, cancel.yes,
                           context);
  }
  return change_each(kChange, std::get<Ids>(cancel.which), cancel.yes, context,
                     [&](JobId id) { return tell_state(CancelJob{id}, id, context); });
}

int retry_jobs(const RetryMany& retry, Context& context) {
  constexpr Change kChange{"Retry", "retried"};
  if (const auto* filtered = std::get_if<Filtered>(&retry.which)) {
    const RetryJobs request{filtered->filter, filtered->limit, retry.ttl};
    return change_filtered(kChange, *filtered, may_retry, request, retry.yes, context);
  }
  return change_each(kChange, std::get<Ids>(retry.which), retry.yes, context,
                     [&](JobId id) { return tell_state(RetryJob{id, retry.ttl}, id, context); });
}

int delete_jobs(const DeleteMany& deletion, Context& context) {
  constexpr Change kChange{"Delete", "deleted"};
  return change_each(kChange, deletion.ids, deletion.yes, context, [&](JobId id) {
    const auto deleted = context.session.call(DeleteJob{id});
    if (!deleted) return complain(context.console, deleted.error(), id.text());
    context.console.out << id.text() << " deleted\n";
    return kDone;
  });
}

}  // namespace jobd::cmd
