#include "daemon/store/claims.h"

#include <algorithm>
#include <array>

#include "daemon/core/lifecycle.h"

namespace jobd::store {
namespace {

// Rows of one range read at once: one more than there are slots, more where many turn out to be parked.
constexpr std::size_t kReadAheadMax = 256;
// Jobs that must run alone are few; of so many one will have a lane that lets it through.
constexpr std::size_t kAloneLookedAt = 64;

}  // namespace

void Claims::expire() {
  const std::vector<QueueRow> rows = tables_.queue.expired(turn_.now(), kExpiredPerTurn);
  for (const QueueRow& row : rows) expire(row);
  if (rows.size() == kExpiredPerTurn) turn_.result.more = true;
}

void Claims::expire(const QueueRow& row) {
  tables_.queue.remove(row);
  if (stray(row)) return;
  std::optional<Result<Record>> job = tables_.jobs.load(row.seq);
  if (job && job->ok()) job = lifecycle::expire(*std::move(*job), turn_.now());
  if (!job || !job->ok()) return turn_.bury(row.seq);
  turn_.settle(**job, JobStatus::pending);
  turn_.result.expired.push_back(*std::move(*job));
}

void Claims::claim() {
  if (tables_.ledger.paused() || turn_.slots() == 0 || tables_.flight.running_alone()) return;
  if (const std::optional<QueueRow> alone = first_alone()) {
    if (tables_.flight.empty()) meet(*alone);
    return;
  }
  std::array<std::vector<Source>, limits::kPriorityMax + 1> by_priority;
  for (const auto& [range, earliest] : tables_.queue.ranges()) {
    const bool open = range.lane == kReadyLane || turn_.gates().lets_through(range.lane);
    if (earliest > turn_.now() || range.lane == kQuarantineLane || !open) continue;
    by_priority[static_cast<std::size_t>(range.priority)].push_back({range, earliest});
  }
  for (auto sources = by_priority.rbegin(); sources != by_priority.rend(); ++sources) {
    if (claim_priority(std::move(*sources)) == Step::stopped) return;
  }
}

std::optional<QueueRow> Claims::first_alone(QueueTable& queue, const Gates& gates, Range range, Time until) {
  for (const QueueRow& row : queue.rows(range, until, kAloneLookedAt)) {
    if (gates.lets_through(row.lane)) return row;
  }
  queue.first_due(range);
  return std::nullopt;
}

std::optional<QueueRow> Claims::first_alone() {
  for (const auto& [range, earliest] : tables_.queue.ranges()) {
    if (range.lane != kQuarantineLane || earliest > turn_.now()) continue;
    if (auto row = first_alone(tables_.queue, turn_.gates(), range, turn_.now())) return row;
  }
  return std::nullopt;
}

std::optional<Time> Claims::next_due(QueueTable& queue, const Gates& gates) {
  std::optional<Time> first;
  for (const auto& [range, earliest] : queue.ranges()) {
    if (first && earliest >= *first) continue;
    std::optional<Time> due;
    if (range.lane == kQuarantineLane) {
      if (const auto row = first_alone(queue, gates, range, Time::max())) due = row->due;
    } else if (range.lane == kReadyLane || gates.lets_through(range.lane)) {
      due = queue.first_due(range);
    }
    if (due && (!first || *due < *first)) first = due;
  }
  return first;
}

Claims::Step Claims::claim_priority(std::vector<Source> sources) {
  Step step = Step::went_on;
  while (step == Step::went_on && turn_.slots() > 0) {
    Source* source = oldest(sources);
    if (source == nullptr) break;
    const QueueRow row = source->rows[source->next++];
    step = meet(row);
  }
  for (const Source& source : sources) {
    if (source.read) tables_.queue.first_due(source.range);
  }
  return turn_.slots() > 0 ? step : Step::stopped;
}

Claims::Source* Claims::oldest(std::vector<Source>& sources) {
  const auto closed = [this](const Source& source) {
    return source.range.lane != kReadyLane && !turn_.gates().lets_through(source.range.lane);
  };
  const auto due = [](const Source& source) {
    return source.next < source.rows.size() ? source.rows[source.next].due : source.earliest;
  };
  while (true) {
    Source* best = nullptr;
    for (Source& source : sources) {
      if (due(source) > turn_.now() || closed(source)) continue;
      if (best == nullptr || due(source) < due(*best)) best = &source;
    }
    if (best == nullptr || best->next < best->rows.size()) return best;
    read_ahead(*best);
  }
}

void Claims::read_ahead(Source& source) {
  const std::size_t wanted = std::max(turn_.slots() + 1, source.rows.size() * 4);
  source.rows = tables_.queue.rows(source.range, turn_.now(), std::min(wanted, kReadAheadMax));
  source.next = 0;
  source.read = true;
  if (source.rows.empty()) source.earliest = Time::max();
}

Claims::Step Claims::meet(const QueueRow& row) {
  // Its expiry is left for the next turn.
  if (row.expires <= turn_.now()) return Step::stopped;
  if (turn_.gates().lets_through(row.lane)) return take(row);
  if (parked_ == limits::kParkedPerTurn) {
    turn_.result.more = true;
    return Step::stopped;
  }
  ++parked_;
  tables_.queue.move(row, {row.lane, row.range.priority});
  return Step::went_on;
}

Claims::Step Claims::take(const QueueRow& row) {
  if (stray(row)) {
    tables_.queue.remove(row);
    return Step::went_on;
  }
  std::optional<Result<Record>> job = tables_.jobs.load(row.seq);
  if (job && job->ok()) {
    if (!turn_.has_room((*job)->content_bytes)) return Step::stopped;
    job = lifecycle::claim(*std::move(*job), turn_.now());
  }
  tables_.queue.remove(row);
  if (!job || !job->ok()) {
    turn_.bury(row.seq);
  } else {
    turn_.start(*std::move(*job), tables_.contents.read(row.seq));
  }
  return Step::went_on;
}

}  // namespace jobd::store
