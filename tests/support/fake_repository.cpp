#include "tests/support/fake_repository.h"

#include <algorithm>

#include "daemon/core/lifecycle.h"

namespace jobd::testing {

Outcome FakeRepository::move(const JobId& id, const std::function<Result<Record>(Record)>& step) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return Error{Code::not_found, "no such job"};
  Result<Record> after = step(found->second.record);
  if (!after) return std::move(after).error();
  found->second.record = *after;
  return Outcome(Moved{*std::move(after)});
}

Outcome FakeRepository::remove(const JobId& id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return Error{Code::not_found, "no such job"};
  if (auto refused = lifecycle::refuse_removal(found->second.record.status())) return *std::move(refused);
  jobs_.erase(found);
  return Outcome(Moved{});
}

Outcome FakeRepository::run(const Command& command) {
  const Time now = clock_.now();
  if (const auto* submit = std::get_if<Submit>(&command)) {
    if (submit->refused) return *submit->refused;
    if (submit->chunks > 0 && chunk_refusal_) return Error{Code::unavailable, "a piece is missing"};
    const std::string pieces = std::exchange(chunks_[submit->record.id], {});
    jobs_[submit->record.id] = {submit->record, std::make_shared<const std::string>(pieces + *submit->content)};
    return Outcome(Accepted{submit->record, std::exchange(repeating_, false)});
  }
  if (const auto* finish = std::get_if<Finish>(&command)) {
    return move(finish->result.ref.id, [&](Record record) {
      return lifecycle::finish(std::move(record), finish->result, {}, {now, finish->u, finish->lane_served_at});
    });
  }
  if (const auto* step = std::get_if<StepOverDot>(&command)) {
    return move(step->ref.id, [&](Record record) {
      return lifecycle::step_over_dot(std::move(record), step->ref.claim, step->ref.part);
    });
  }
  if (const auto* cancel = std::get_if<Cancel>(&command)) {
    return move(cancel->id, [&](Record record) { return lifecycle::cancel(std::move(record), now); });
  }
  if (const auto* retry = std::get_if<Retry>(&command)) {
    return move(retry->id, [&](Record record) { return lifecycle::retry(std::move(record), now, retry->ttl); });
  }
  if (const auto* gone = std::get_if<Remove>(&command)) return remove(gone->id);
  if (const auto* pause = std::get_if<SetPaused>(&command)) {
    paused_ = pause->paused;
    return Outcome(Moved{});
  }
  if (const auto* keep = std::get_if<KeepSent>(&command)) {
    sent_.push_back(keep->sent);
    return Outcome(Moved{});
  }
  if (chunk_refusal_) return *chunk_refusal_;
  const auto& chunk = std::get<StoreChunk>(command);
  chunks_[chunk.id] += chunk.bytes;
  return Outcome(ChunkStored{});
}

void FakeRepository::expire(BatchResult& result) {
  for (auto& [id, stored] : jobs_) {
    Result<Record> expired = lifecycle::expire(stored.record, clock_.now());
    if (!expired) continue;
    stored.record = *expired;
    result.expired.push_back(*std::move(expired));
  }
}

void FakeRepository::claim(const ClaimBudget& budget, BatchResult& result) {
  std::size_t slots = paused_ ? 0 : budget.slots;
  Admission admission = budget.admission;
  for (auto& [id, stored] : jobs_) {
    for (std::uint32_t part = 0; part < stored.record.part_count(); ++part) {
      const LaneId lane = stored.record.lane_of(part);
      if (slots == 0 || !admission.lets_through(lane)) continue;
      Result<Record> claimed = lifecycle::claim(stored.record, clock_.now(), part);
      if (!claimed) continue;
      stored.record = *claimed;
      const RelayId relay = admission.pass(lane, {count_to_try(stored.record, part)});
      result.claims.push_back({*std::move(claimed), stored.content, relay, part});
      --slots;
    }
  }
}

Result<std::vector<LaneRule>> FakeRepository::lanes(std::span<const std::string> rules) {
  for (const std::string& rule : rules) {
    if (std::ranges::find(lanes_, rule, &LaneRule::rule) != lanes_.end()) continue;
    lanes_.push_back({lanes_.back().id + 1, rule});
  }
  return lanes_;
}

Result<BatchResult> FakeRepository::apply(std::span<Command> commands, const ClaimBudget& budget) {
  ++batches_;
  last_budget_ = budget;
  if (failure_) return *std::exchange(failure_, std::nullopt);
  BatchResult result;
  result.now = clock_.now();
  for (const Command& command : commands) result.outcomes.push_back(run(command));
  expire(result);
  claim(budget, result);
  return result;
}

Result<Found> FakeRepository::get(const JobId& id, bool with_content) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return Error{Code::not_found, "no such job"};
  Found out{found->second.record, std::nullopt};
  if (with_content) out.content = *found->second.content;
  return out;
}

// Knows of filters the status alone; a cursor is the id that the page before ended with.
Result<FoundPage> FakeRepository::list(const JobFilter& filter, std::size_t limit, const std::string& cursor) {
  FoundPage page;
  const auto last = JobId::parse(cursor);
  for (auto it = jobs_.rbegin(); it != jobs_.rend(); ++it) {
    if (last && !(it->first < *last)) continue;
    if (filter.status && it->second.record.status() != *filter.status) continue;
    if (page.records.size() == limit) {
      page.next_cursor = page.records.back().id.text();
      break;
    }
    page.records.push_back(it->second.record);
  }
  return page;
}

Result<Done> FakeRepository::takes_jobs() {
  if (refusal_) return *refusal_;
  return Done{};
}

Counts FakeRepository::counts() {
  Counts counts;
  counts.paused = paused_;
  for (const auto& [id, stored] : jobs_) ++counts.jobs[static_cast<std::size_t>(stored.record.status())];
  return counts;
}

QueueView FakeRepository::queue(const Admission& /*admission*/) {
  QueueView view;
  for (const auto& [id, stored] : jobs_) {
    const auto* pending = std::get_if<Pending>(&stored.record.state);
    if (pending == nullptr) continue;
    if (!paused_ && (!view.next_due || pending->due < *view.next_due)) view.next_due = pending->due;
    if (!view.next_expiry || stored.record.expires_at < *view.next_expiry) view.next_expiry = stored.record.expires_at;
  }
  return view;
}

}  // namespace jobd::testing
