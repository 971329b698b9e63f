#include "daemon/core/bulk_change.h"

#include <algorithm>
#include <utility>

#include "shared/limits.h"

namespace jobd {
namespace {

bool is_the_jobs_own(Code code) {
  return code == Code::conflict || code == Code::gone || code == Code::not_found;
}

}  // namespace

void BulkChange::start(Desk& desk, BulkOrder order) {
  std::shared_ptr<BulkChange>(new BulkChange(desk, std::move(order)))->next_page();
}

void BulkChange::next_page() {
  std::uint64_t limit = limits::kBulkChangeJobs;
  if (order_.limit) limit = std::min(limit, *order_.limit - counted_.matched);
  if (limit == 0) return order_.reply(Response(counted_));
  if (std::optional<Error> stopped = order_.stop()) return fail(*std::move(stopped));
  post(ReadAsk{IdsQuery{order_.filter, limit, cursor_}, [self = shared_from_this()](Result<View> view) {
                 if (!view) return self->fail(std::move(view).error());
                 self->change(std::get<IdsPage>(*std::move(view)));
               }});
}

void BulkChange::change(IdsPage page) {
  counted_.matched += page.ids.size();
  if (page.ids.empty()) return count({}, std::move(page.next_cursor));
  WriteAsk write;
  for (const JobId& id : page.ids) write.commands.push_back(order_.command(id));
  write.reply = [self = shared_from_this(), cursor = std::move(page.next_cursor)](
                    const std::vector<Result<Written>>& written) { self->count(written, cursor); };
  post(std::move(write));
}

void BulkChange::count(const std::vector<Result<Written>>& written, std::optional<std::string> next_cursor) {
  std::optional<Error> failure;
  for (const Result<Written>& one : written) {
    if (one) ++counted_.changed;
    if (!one && !is_the_jobs_own(one.error().code)) failure = one.error();
  }
  if (failure) return fail(*std::move(failure));
  if (!next_cursor) return order_.reply(Response(counted_));
  cursor_ = *std::move(next_cursor);
  next_page();
}

void BulkChange::post(Ask ask) {
  std::vector<Ask> asks;
  asks.push_back(std::move(ask));
  if (!desk_.post(std::move(asks))) fail(inbox_full());
}

void BulkChange::fail(Error error) {
  error.message += " (changed before that: " + std::to_string(counted_.changed) + ")";
  order_.reply(std::move(error));
}

}  // namespace jobd
