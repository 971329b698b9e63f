#include "daemon/store/claims.h"

#include <algorithm>

#include "daemon/core/lifecycle.h"

namespace jobd::store {
namespace {

// Rows of one range read at once: one more than may be claimed, more where many turn out to be strays.
constexpr std::size_t kReadAheadMax = 256;
// Jobs that must run alone are few; of so many one will have a lane that lets it through.
constexpr std::size_t kAloneLookedAt = 64;

// A part that waits as its row says.
bool waits(const Record& record, std::uint32_t part) {
  return part < record.part_count() && record.is_pending(part);
}

}  // namespace

bool Claims::bring_back(const SetBack& set_back) {
  std::size_t left = kBroughtBackPerTurn;
  for (const auto& [range, earliest] : tables_.queue.ranges()) {
    for (const QueueRow& row :
         tables_.queue.rows_between(range, {turn_.now(), set_back.from, set_back.newest_seq}, left)) {
      bring_back(row, set_back.from);
      if (--left == 0) return false;
    }
  }
  return true;
}

void Claims::bring_back(const QueueRow& row, Time then) {
  std::optional<Result<Record>> job = record_of(row);
  const bool flies = tables_.flight.find(row.seq) != nullptr;
  if (!job || !job->ok() || !waits(**job, row.part)) {
    tables_.queue.remove(row);
    return (job && job->ok()) || flies ? void() : turn_.bury(row.seq);
  }
  const Record before = **job;
  for (std::uint32_t part = 0; part < before.part_count(); ++part) {
    if (before.is_pending(part)) tables_.queue.remove(before, part);
  }
  const Record after = lifecycle::still_due(before, then, turn_.now()).value();
  if (flies) tables_.flight.update(after);
  turn_.settle(after, JobStatus::pending);
}

void Claims::expire() {
  const std::vector<QueueRow> rows = tables_.queue.expired(turn_.now(), kExpiredPerTurn);
  for (const QueueRow& row : rows) expire(row);
  if (rows.size() == kExpiredPerTurn) turn_.result.more = true;
}

void Claims::expire(const QueueRow& row) {
  tables_.queue.remove(row);
  std::optional<Result<Record>> job = record_of(row);
  if (job && job->ok() && !waits(**job, row.part)) return;
  const bool flies = tables_.flight.find(row.seq) != nullptr;
  const std::optional<Record> before = job && job->ok() ? std::optional(**job) : std::nullopt;
  if (before) job = lifecycle::expire(*before, turn_.now());
  if (!job || !job->ok()) return flies ? void() : turn_.bury(row.seq);
  for (std::uint32_t part = 0; part < before->part_count(); ++part) {
    if (before->is_pending(part) && part != row.part) tables_.queue.remove(*before, part);
  }
  if (flies) tables_.flight.update(**job);
  turn_.settle(**job, JobStatus::pending);
  turn_.result.expired.push_back(*std::move(*job));
}

std::optional<Result<Record>> Claims::record_of(const QueueRow& row) {
  if (const Record* flying = tables_.flight.find(row.seq)) return *flying;
  return tables_.jobs.load(row.seq);
}

void Claims::claim() {
  if (tables_.ledger.paused() || turn_.slots() == 0 || tables_.flight.running_alone()) return;
  if (const std::optional<QueueRow> alone = first_alone()) {
    if (tables_.flight.empty() && alone->expires > turn_.now()) take(*alone);
    return;
  }
  claim_in_rounds(lanes());
}

std::optional<QueueRow> Claims::first_alone(QueueTable& queue, const Admission& admission, Range range, Time until) {
  for (const QueueRow& row : queue.rows(range, until, kAloneLookedAt)) {
    if (admission.lets_through(row.lane)) return row;
  }
  queue.first_due(range);
  return std::nullopt;
}

std::optional<QueueRow> Claims::first_alone() {
  for (const auto& [range, earliest] : tables_.queue.ranges_of(kQuarantineLane)) {
    if (earliest > turn_.now()) continue;
    if (auto row = first_alone(tables_.queue, turn_.admission(), range, turn_.now())) return row;
  }
  return std::nullopt;
}

std::optional<Time> Claims::next_due(QueueTable& queue, const Admission& admission) {
  std::optional<Time> first;
  for (const auto& [range, earliest] : queue.ranges()) {
    if (first && earliest >= *first) continue;
    std::optional<Time> due;
    if (range.lane == kQuarantineLane) {
      if (const auto row = first_alone(queue, admission, range, Time::max())) due = row->due;
    } else if (admission.lets_through(range.lane)) {
      due = queue.first_due(range);
    }
    if (due && (!first || *due < *first)) first = due;
  }
  return first;
}

std::vector<Claims::Lane> Claims::lanes() const {
  std::vector<Lane> lanes;
  for (const auto& [range, earliest] : tables_.queue.ranges()) {
    if (earliest > turn_.now() || range.lane == kQuarantineLane) continue;
    if (lanes.empty() || lanes.back().id != range.lane) {
      if (!turn_.admission().lets_through(range.lane)) continue;
      lanes.push_back({range.lane, {}});
    }
    lanes.back().sources.push_back({range});
  }
  return lanes;
}

// From the lane that was not done in the last turn on, round after round.
void Claims::claim_in_rounds(std::vector<Lane> lanes) {
  auto turn = std::ranges::lower_bound(lanes, tables_.rounds.next(), {}, &Lane::id);
  while (!lanes.empty() && turn_.slots() > 0) {
    if (turn == lanes.end()) turn = lanes.begin();
    if (serve(*turn, lanes.size() == 1) == Step::next) {
      ++turn;
    } else {
      settle(*turn);
      turn = lanes.erase(turn);
    }
  }
  for (const Lane& lane : lanes) settle(lane);
}

Claims::Step Claims::serve(Lane& lane, bool only_one) {
  if (!tables_.rounds.begin(lane.id)) return Step::next;
  const std::size_t turn_at_most = only_one ? turn_.slots() : std::min<std::size_t>(turn_.slots(), Rounds::kQuantum);
  const std::size_t read_ahead = std::min(turn_at_most, turn_.admission().most(lane.id));
  for (bool has_credit = true; has_credit && turn_.slots() > 0;) {
    if (!turn_.admission().lets_through(lane.id)) return Step::left;
    const QueueRow* row = head(lane, read_ahead);
    if (row == nullptr) {
      tables_.rounds.leave(lane.id);
      return Step::left;
    }
    if (row->expires <= turn_.now()) return Step::left;  // its expiry is left for the next turn
    const std::optional<std::int64_t> cost = take(*row);
    if (!cost) {
      tables_.rounds.wait(lane.id);
      return Step::left;
    }
    has_credit = tables_.rounds.spend(lane.id, *cost);
  }
  return Step::next;
}

const QueueRow* Claims::head(Lane& lane, std::size_t read_ahead) {
  for (Source& source : lane.sources) {
    if (source.next == source.rows.size() && !source.dry) {
      const std::size_t wanted = std::max(read_ahead + 1, source.rows.size() * 4);
      source.rows = tables_.queue.rows(source.range, turn_.now(), std::min(wanted, kReadAheadMax));
      source.next = 0;
      source.read = true;
      source.dry = source.rows.empty();
    }
    if (!source.dry) return &source.rows[source.next++];
  }
  return nullptr;
}

void Claims::settle(const Lane& lane) {
  for (const Source& source : lane.sources) {
    if (source.read) tables_.queue.first_due(source.range);
  }
}

std::optional<std::int64_t> Claims::take(const QueueRow& row) {
  std::optional<Result<Record>> job = record_of(row);
  if (job && job->ok() && !waits(**job, row.part)) {
    tables_.queue.remove(row);
    return 0;
  }
  if (job && job->ok()) {
    const LaneId lane = (*job)->lane_of(row.part);
    while (!turn_.admission().fits(lane, (*job)->content_bytes)) {
      turn_.block(lane);
      if (!turn_.admission().lets_through(lane)) return std::nullopt;
    }
    job = lifecycle::claim(*std::move(*job), turn_.now(), row.part);
  }
  tables_.queue.remove(row);
  if (!job || !job->ok()) {
    turn_.bury(row.seq);
    return 0;
  }
  const std::int64_t cost = Rounds::cost((*job)->content_bytes);
  turn_.start(*std::move(*job), row.part, tables_.contents.read(row.seq));
  return cost;
}

}  // namespace jobd::store
