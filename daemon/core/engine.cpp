#include "daemon/core/engine.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "shared/limits.h"
#include "shared/names.h"

namespace jobd {
namespace {

constexpr Duration kRecordAgainAfter = std::chrono::seconds(1);

std::optional<Time> earlier(std::optional<Time> a, std::optional<Time> b) {
  if (!a) return b;
  if (!b) return a;
  return std::min(*a, *b);
}

Written written_from(std::variant<Accepted, Moved, ChunkStored> outcome, const std::function<Viewed(Record)>& view) {
  Written written;
  if (auto* accepted = std::get_if<Accepted>(&outcome)) {
    written.job = view(std::move(accepted->record));
    written.repeated = accepted->repeated;
  } else if (auto* moved = std::get_if<Moved>(&outcome); moved != nullptr && moved->record) {
    written.job = view(*std::move(moved->record));
  }
  return written;
}

}  // namespace

Engine::Engine(Repository& repository, RelayTable relays, Random& random)
    : repository_(repository), relays_(std::move(relays)), random_(random), slots_(relays_.attempts()) {}

TurnOutput Engine::turn(TurnInput input, Time now) {
  TurnOutput output;
  turned_at_ = claimed_until_ = now;
  note_relays(input.results, now, output);
  if (!unrecorded_.empty()) {
    input.results.insert(input.results.begin(), std::make_move_iterator(unrecorded_.begin()),
                         std::make_move_iterator(unrecorded_.end()));
    unrecorded_.clear();
  }
  std::vector<Command> commands = commands_for(input);
  const bool keeps_sent = !commands.empty() && std::holds_alternative<KeepSent>(commands.back());
  Result<BatchResult> batch = repository_.apply(commands, budget(input.results, now));
  if (!batch) {
    fail_turn(std::move(input), batch.error(), now, output);
    return output;
  }
  if (!commands.empty() && std::exchange(failing_, false)) {
    output.notices.push_back({Notice::Level::info, "the store takes writes again"});
  }
  if (keeps_sent && batch->outcomes.back()) relays_.kept();
  claimed_until_ = batch->now;
  now = std::max(now, batch->now);  // a job due by the store's time is not told to wait for it
  std::span<Outcome> outcomes(batch->outcomes);
  const std::size_t results = input.results.size();
  settle_results(std::move(input.results), outcomes.first(results), now, output);
  try_recording_at_ = unrecorded_.empty() ? std::nullopt : std::optional(now + kRecordAgainAfter);
  outcomes = outcomes.subspan(results);
  for (DotAsk& dot : input.dots) {
    output.goes.push_back([go = std::move(dot.go), ok = outcomes.front().ok()] { go(ok); });
    outcomes = outcomes.subspan(1);
  }
  answer_writes(input.asks, outcomes, now, output);
  settle_expired(batch->expired, now, output);
  start_claims(std::move(batch->claims), now, output);
  answer_reads(input.asks, now, output);
  finished_.add(output.settled.size(), now);
  output.more = batch->more;
  return output;
}

std::vector<Command> Engine::commands_for(TurnInput& input) {
  std::size_t count = input.results.size() + input.dots.size() + 1;
  for (const Ask& ask : input.asks) {
    if (const auto* write = std::get_if<WriteAsk>(&ask)) count += write->commands.size();
  }
  std::vector<Command> commands;
  commands.reserve(count);
  for (const AttemptResult& result : input.results) {
    const auto flight = in_flight_.find(PartKey(result.ref));
    const RelayId relay = flight == in_flight_.end() ? 0 : flight->second.ticket.relay;
    commands.emplace_back(Finish{result, random_.unit(), relays_.served_at(relay)});
  }
  for (const DotAsk& dot : input.dots) commands.emplace_back(StepOverDot{dot.ref});
  for (Ask& ask : input.asks) {
    if (auto* write = std::get_if<WriteAsk>(&ask)) {
      for (Command& command : write->commands) commands.push_back(std::move(command));
    }
  }
  if (commands.empty()) return commands;
  if (std::vector<Sent> sent = relays_.unkept(); !sent.empty()) commands.emplace_back(KeepSent{std::move(sent)});
  return commands;
}

// Before the claims of the turn, and whether or not its commit succeeds: what a relay did, it did.
void Engine::note_relays(std::span<const AttemptResult> results, Time now, TurnOutput& output) {
  if (std::exchange(reopening_, false)) relays_.reopen(now, output.notices);
  for (const AttemptResult& result : results) {
    const auto flight = in_flight_.find(PartKey(result.ref));
    if (flight == in_flight_.end() || flight->second.claim != result.ref.claim) continue;
    relays_.ended(flight->second.ticket, result, now, output.notices);
  }
}

// The slots of the attempts whose results are in this very batch are free for it.
ClaimBudget Engine::budget(std::span<const AttemptResult> results, Time now) {
  ClaimBudget budget;
  if (draining_) return budget;
  std::size_t ending = 0;
  for (const AttemptResult& result : results) {
    const auto flight = in_flight_.find(PartKey(result.ref));
    if (flight == in_flight_.end() || flight->second.claim != result.ref.claim) continue;
    ++ending;
  }
  budget.slots = slots_ - std::min(slots_, in_flight_.size() - ending);
  budget.admission = relays_.admission(now);
  return budget;
}

// A conflict means that the attempt no longer counts; any other error that its result is still to be written.
void Engine::settle_results(std::vector<AttemptResult> results, std::span<Outcome> outcomes, Time now,
                            TurnOutput& output) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    const AttemptRef ref = results[i].ref;
    const auto flight = in_flight_.find(PartKey(ref));
    if (flight == in_flight_.end() || flight->second.claim != ref.claim) continue;
    if (!outcomes[i] && outcomes[i].error().code != Code::conflict) {
      keep_unrecorded(std::move(results[i]), outcomes[i].error(), output);
      continue;
    }
    in_flight_.erase(flight);
    const auto* moved = outcomes[i] ? std::get_if<Moved>(&*outcomes[i]) : nullptr;
    if (moved == nullptr || !moved->record) continue;
    tell_change(*moved->record, now, output);
    if (!is_settled(moved->record->status())) continue;
    output.settled.push_back(ref.id);
    tell_end(*moved->record, output);
  }
}

void Engine::keep_unrecorded(AttemptResult result, const Error& error, TurnOutput& output) {
  const bool first_time = !try_recording_at_;
  if (first_time) {
    output.notices.push_back({Notice::Level::error, "the result of job " + result.ref.id.text() +
                                                        " cannot be recorded and is kept in memory: " + error.message});
  }
  unrecorded_.push_back(std::move(result));
}

void Engine::tell_end(const Record& record, TurnOutput& output) {
  if (record.status() == JobStatus::completed) return;
  output.notices.push_back({Notice::Level::warn, "job " + record.id.text() + " is " +
                                                     std::string(name(record.status())) +
                                                     (record.error ? ": " + record.error->message : "")});
}

void Engine::tell_change(const Record& record, Time now, TurnOutput& output) {
  if (observing_) output.changes.push_back(view(record, now));
}

void Engine::settle_expired(std::span<const Record> expired, Time now, TurnOutput& output) {
  for (const Record& record : expired) {
    tell_change(record, now, output);
    if (!is_settled(record.status())) continue;
    output.settled.push_back(record.id);
    tell_end(record, output);
  }
}

void Engine::start_claims(std::vector<Claimed> claims, Time now, TurnOutput& output) {
  for (Claimed& claimed : claims) {
    tell_change(claimed.record, now, output);
    const std::size_t bytes = claimed.content ? claimed.content->size() : 0;
    Attempt& attempt =
        output.attempts.emplace_back(attempt_for(claimed.record, claimed.part, std::move(claimed.content)));
    attempt.relay = claimed.relay;
    const auto ticket = relays_.claimed(attempt.lane, claimed.relay, {attempt.recipients.size(), bytes}, now);
    in_flight_.insert_or_assign(PartKey(attempt.ref), InFlight{attempt.ref.claim, ticket});
  }
}

void Engine::answer_writes(std::vector<Ask>& asks, std::span<Outcome> outcomes, Time now, TurnOutput& output) {
  const auto as_seen = [this, now](Record record) { return view(std::move(record), now); };
  for (Ask& ask : asks) {
    auto* write = std::get_if<WriteAsk>(&ask);
    if (write == nullptr) continue;
    std::vector<Result<Written>> answers;
    answers.reserve(write->commands.size());
    for (std::size_t i = 0; i < write->commands.size(); ++i) {
      Outcome& outcome = outcomes[i];
      if (!outcome) {
        answers.emplace_back(std::move(outcome).error());
        continue;
      }
      const auto* accepted = std::get_if<Accepted>(&*outcome);
      const bool repeated = accepted != nullptr && accepted->repeated;
      if (accepted != nullptr && !repeated) submitted_.add(1, now);
      answers.emplace_back(written_from(*std::move(outcome), as_seen));
      const auto& job = answers.back()->job;
      if (!job || repeated) continue;
      if (observing_) output.changes.push_back(*job);
      if (is_settled(job->record.status())) output.settled.push_back(job->record.id);
    }
    outcomes = outcomes.subspan(write->commands.size());
    output.replies.push_back(
        [reply = std::move(write->reply), answers = std::move(answers)]() mutable { reply(std::move(answers)); });
  }
}

void Engine::answer_reads(std::vector<Ask>& asks, Time now, TurnOutput& output) {
  for (Ask& ask : asks) {
    auto* wanted = std::get_if<ReadAsk>(&ask);
    if (wanted == nullptr) continue;
    output.replies.push_back(
        [reply = std::move(wanted->reply), view = read(wanted->query, now)]() mutable { reply(std::move(view)); });
  }
}

// Nothing of the batch was kept. Steps over a dot are refused: their attempts end before the dot and come again.
void Engine::fail_turn(TurnInput input, const Error& error, Time now, TurnOutput& output) {
  if (!std::exchange(failing_, true)) {
    output.notices.push_back({Notice::Level::error, "the store takes no writes: " + error.message});
  }
  unrecorded_ = std::move(input.results);
  try_recording_at_ = now + kRecordAgainAfter;
  for (DotAsk& dot : input.dots) output.goes.push_back([go = std::move(dot.go)] { go(false); });
  for (Ask& ask : input.asks) {
    auto* write = std::get_if<WriteAsk>(&ask);
    if (write == nullptr) continue;
    std::vector<Result<Written>> answers(write->commands.size(), Result<Written>(error));
    output.replies.push_back(
        [reply = std::move(write->reply), answers = std::move(answers)]() mutable { reply(std::move(answers)); });
  }
  answer_reads(input.asks, now, output);
}

Result<View> Engine::read(const Query& query, Time now) {
  return std::visit([&](const auto& which) { return read(which, now); }, query);
}

Result<View> Engine::read(const JobQuery& query, Time now) {
  Result<Found> found = repository_.get(query.id, query.with_content);
  if (!found) return std::move(found).error();
  Viewed viewed = view(std::move(found->record), now);
  viewed.content = std::move(found->content);
  return View(std::move(viewed));
}

Result<View> Engine::read(const ListJobs& query, Time now) {
  Result<FoundPage> found = repository_.list(query.filter, query.limit, query.cursor);
  if (!found) return std::move(found).error();
  ViewedPage page;
  for (Record& record : found->records) page.jobs.push_back(view(std::move(record), now));
  page.next_cursor = std::move(found->next_cursor);
  return View(std::move(page));
}

Result<View> Engine::read(const IdsQuery& query, Time /*now*/) {
  Result<FoundPage> found = repository_.list(query.filter, query.limit, query.cursor);
  if (!found) return std::move(found).error();
  IdsPage page;
  for (const Record& record : found->records) page.ids.push_back(record.id);
  page.next_cursor = std::move(found->next_cursor);
  return View(std::move(page));
}

Result<View> Engine::read(StatsQuery /*query*/, Time now) {
  QueueStats stats;
  stats.counts = repository_.counts();
  stats.slots = slots_;
  stats.submitted_per_second = submitted_.per_second(now);
  stats.finished_per_second = finished_.per_second(now);
  stats.relays = relays_.relay_stats(now);
  stats.routes = relays_.route_stats();
  stats.domains = relays_.domain_stats(now);
  return View(std::move(stats));
}

Result<View> Engine::read(ReadyQuery /*query*/, Time /*now*/) {
  Result<Done> taken = repository_.takes_jobs();
  if (!taken) return std::move(taken).error();
  return View(Readiness{});
}

Viewed Engine::view(Record record, Time now) {
  const auto* pending = std::get_if<Pending>(&record.state);
  if (pending == nullptr) return {std::move(record), std::nullopt, std::nullopt};
  Waiting waiting{WaitingFor::slot, pending->due};
  if (repository_.counts().paused) {
    waiting.reason = WaitingFor::paused;
  } else if (pending->due > now) {
    waiting.reason = record.attempts == 0 ? WaitingFor::scheduled : WaitingFor::backoff;
  } else if (const auto closed = relays_.closed(record.lane_of(record.next_part()), now)) {
    waiting = *closed;
  }
  return {std::move(record), waiting, std::nullopt};
}

std::optional<Time> Engine::next_wake() {
  const QueueView queue = repository_.queue(relays_.admission(turned_at_));
  std::optional<Time> wake = queue.next_expiry;
  if (wake && failing_ && try_recording_at_) wake = std::max(*wake, *try_recording_at_);
  wake = earlier(wake, try_recording_at_);
  if (draining_) return wake;
  // What was due in the last turn and not claimed waits for a slot, and the result that frees one wakes us.
  const bool has_slot = in_flight_.size() < slots_;
  if (has_slot && queue.next_due && *queue.next_due > claimed_until_) wake = earlier(wake, queue.next_due);
  return earlier(wake, relays_.next_opening(turned_at_));
}

}  // namespace jobd
