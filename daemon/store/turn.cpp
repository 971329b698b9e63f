#include "daemon/store/turn.h"

#include <algorithm>

#include "daemon/core/lifecycle.h"

namespace jobd::store {

Turn::Turn(Tables& tables, Time now, const ClaimBudget& budget)
    : tables_(tables), now_(now), admission_(budget.admission), slots_(budget.slots) {
  result.now = now;
  quiet_ = !tables_.queue.has_range([this](const auto& known) { return claimable(known); });
}

bool Turn::claimable(const QueueTable::KnownRange& known) const {
  const LaneId lane = known.range.lane;
  return known.earliest <= now_ && (lane == kQuarantineLane || admission_.lets_through(lane));
}

bool Turn::has_work() {
  if (!quiet_ && slots_ > 0 && !tables_.ledger.paused() && !tables_.flight.running_alone()) return true;
  const std::optional<Time> expiry = tables_.queue.first_expiry();
  return expiry && *expiry <= now_;
}

void Turn::wait(const Record& record, std::uint32_t part) {
  const LaneId lane = lifecycle::must_run_alone(record, part) ? kQuarantineLane : record.lane_of(part);
  const Range range{lane, record.priority};
  tables_.queue.insert(range, record, part);
  if (claimable({range, time_of(record.state_of(part))})) quiet_ = false;
}

void Turn::settle(const Record& record, JobStatus before) {
  tables_.jobs.update(record);
  tables_.ledger.moved(before, record.status());
  for (std::uint32_t part = 0; part < record.part_count(); ++part) {
    if (record.is_pending(part)) wait(record, part);
  }
}

void Turn::end_attempt(const Record& record, std::uint32_t part) {
  tables_.flight.remove(record, part);
  tables_.jobs.update(record);
  tables_.ledger.moved(JobStatus::pending, record.status());
  if (record.is_pending(part)) wait(record, part);
}

void Turn::start(Record record, std::uint32_t part, std::shared_ptr<const std::string> content) {
  const RelayId relay = admission_.pass(record.lane_of(part), {count_to_try(record, part), record.content_bytes});
  tables_.flight.insert(record, part, relay);
  --slots_;
  result.claims.push_back({std::move(record), std::move(content), relay, part});
}

void Turn::bury(std::int64_t seq) {
  if (tables_.jobs.mark_failed(seq, now_)) tables_.ledger.moved(JobStatus::pending, JobStatus::failed);
}

void Turn::back_to(Mark mark) {
  admission_ = std::move(mark.admission);
  slots_ = mark.slots;
  result.claims.resize(mark.claims);
}

}  // namespace jobd::store
