#include "daemon/store/turn.h"

#include <algorithm>

#include "daemon/core/lifecycle.h"

namespace jobd::store {

Turn::Turn(Tables& tables, Time now, const ClaimBudget& budget)
    : tables_(tables), now_(now), gates_(budget.gates), slots_(budget.slots), content_bytes_(budget.content_bytes) {
  result.now = now;
  quiet_ = std::ranges::none_of(tables_.queue.ranges(), [this](const auto& known) { return claimable(known); });
}

bool Turn::claimable(const QueueTable::KnownRange& known) const {
  const LaneId lane = known.range.lane;
  return known.earliest <= now_ && (lane == kReadyLane || lane == kQuarantineLane || gates_.lets_through(lane));
}

bool Turn::has_room(std::uint64_t content_bytes) const {
  return content_bytes <= content_bytes_ || tables_.flight.empty();
}

bool Turn::has_work() {
  if (!quiet_ && slots_ > 0 && !tables_.ledger.paused() && !tables_.flight.running_alone()) return true;
  const std::optional<Time> expiry = tables_.queue.first_expiry();
  return expiry && *expiry <= now_;
}

void Turn::wait(const Record& record) {
  LaneId lane = kReadyLane;
  if (gates_.guarded(record.lane)) lane = record.lane;
  if (lifecycle::must_run_alone(record)) lane = kQuarantineLane;
  const Range range{lane, record.priority};
  tables_.queue.insert(range, record);
  if (claimable({range, std::get<Pending>(record.state).due})) quiet_ = false;
}

void Turn::settle(const Record& record, JobStatus before) {
  tables_.jobs.update(record);
  tables_.ledger.moved(before, record.status());
  if (record.status() == JobStatus::pending) wait(record);
}

void Turn::start(Record record, std::shared_ptr<const std::string> content) {
  tables_.flight.insert(record);
  gates_.pass(record.lane);
  --slots_;
  content_bytes_ -= std::min<std::uint64_t>(content_bytes_, record.content_bytes);
  result.claims.push_back({std::move(record), std::move(content)});
}

void Turn::bury(std::int64_t seq) {
  if (tables_.jobs.mark_failed(seq, now_)) tables_.ledger.moved(JobStatus::pending, JobStatus::failed);
}

void Turn::back_to(Mark mark) {
  gates_ = std::move(mark.gates);
  slots_ = mark.slots;
  content_bytes_ = mark.content_bytes;
  result.claims.resize(mark.claims);
}

}  // namespace jobd::store
