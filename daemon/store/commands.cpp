#include "daemon/store/commands.h"

#include <cassert>
#include <string>

#include "daemon/core/lifecycle.h"

namespace jobd::store {
namespace {

using Good = std::variant<Accepted, Moved, ChunkStored>;

Error late(const AttemptRef& ref) {
  return {Code::conflict,
          "claim " + std::to_string(ref.claim) + " of job " + ref.id.text() + " is no longer in flight"};
}

Error no_room() {
  return {Code::storage_full, "the store's disk has less free space than jobd keeps for results: free some"};
}

Error no_job(const JobId& id) {
  return {Code::not_found, "there is no job " + id.text()};
}

}  // namespace

std::optional<Error> Intake::refusal(std::uint64_t living) const {
  if (!disk_has_room) return no_room();
  if (living < max_queued_jobs) return std::nullopt;
  return Error{Code::busy, "the queue is full: try again when some jobs have ended", {}, std::chrono::seconds(1)};
}

Outcome Commands::execute(const Command& command) {
  return std::visit([this](const auto& which) { return run(which); }, command);
}

Outcome Commands::run(const StoreChunk& chunk) {
  // Without an upload, its job may be here already: then the answer to its submit was lost, and all is repeated.
  if (!tables_.contents.uploading(chunk.id) && tables_.jobs.exists(chunk.id)) return Good(ChunkStored{});
  if (!intake_.disk_has_room) return no_room();
  if (tables_.contents.upload(chunk.id, chunk.index, chunk.bytes)) return Good(ChunkStored{});
  return Error{Code::unavailable, "a piece of the content is missing before this one: submit the whole again"};
}

Outcome Commands::run(const Submit& submit) {
  Outcome outcome = accept(submit);
  const Accepted* accepted = outcome ? std::get_if<Accepted>(&outcome.value()) : nullptr;
  if (accepted == nullptr || accepted->repeated) tables_.contents.drop_upload(submit.record.id);
  return outcome;
}

Outcome Commands::accept(const Submit& submit) {
  const Record& record = submit.record;
  if (std::optional<Error> refused = refusal(submit)) {
    if (std::optional<Outcome> prior = repeated(record)) return *std::move(prior);
    return *std::move(refused);
  }
  if (!tables_.jobs.insert(record)) {
    if (std::optional<Outcome> prior = repeated(record)) return *std::move(prior);
    return Error{Code::unavailable, "another job has this job's number: submit it again"};
  }
  tables_.contents.complete(record.id, submit.chunks, *submit.content);
  tables_.ledger.added(JobStatus::pending);
  if (may_start_at_once(record)) {
    if (Result<Record> claimed = lifecycle::claim(record, turn_.now())) {
      turn_.start(*std::move(claimed), 0, submit.chunks == 0 ? submit.content : tables_.contents.read(record.id.seq()));
      return Good(Accepted{});
    }
  }
  for (std::uint32_t part = 0; part < record.part_count(); ++part) turn_.wait(record, part);
  return Good(Accepted{});
}

std::optional<Error> Commands::refusal(const Submit& submit) const {
  if (submit.refused) return submit.refused;
  if (std::optional<Error> refused = intake_.refusal(tables_.ledger.living())) return refused;
  if (!tables_.contents.has(submit.record.id, submit.chunks)) {
    return Error{Code::unavailable, "a piece of the content is missing: submit the whole again"};
  }
  return std::nullopt;
}

std::optional<Outcome> Commands::repeated(const Record& record) {
  std::optional<Result<Record>> prior = tables_.jobs.load(record.id);
  if (!prior && record.idempotency) {
    prior = tables_.jobs.load(record.scope, *record.idempotency);
    if (prior && prior->ok() && (*prior)->fingerprint != record.fingerprint) {
      return Error{Code::idempotency_mismatch,
                   "this idempotency key was used for another email, job " + (*prior)->id.text() + ": use a new key",
                   "idempotency_key"};
    }
  }
  if (!prior) return std::nullopt;
  if (!prior->ok()) return std::move(*prior).error();
  const Record* flying = tables_.flight.find((*prior)->id);
  return Good(Accepted{flying != nullptr ? *flying : *std::move(*prior), true});
}

bool Commands::may_start_at_once(const Record& record) const {
  return record.parts.empty() && turn_.quiet() && turn_.slots() > 0 && !tables_.ledger.paused() &&
         !tables_.flight.running_alone() && std::get<Pending>(record.state).due <= turn_.now() &&
         turn_.now() < record.expires_at && !lifecycle::must_run_alone(record) &&
         turn_.admission().lets_through(record.lane) && turn_.admission().fits(record.lane, record.content_bytes);
}

Outcome Commands::run(const Finish& finish) {
  const Record* flying = tables_.flight.find(finish.result.ref);
  if (flying == nullptr) return late(finish.result.ref);
  Result<Record> after =
      lifecycle::finish(*flying, finish.result, retry_, {turn_.now(), finish.u, finish.lane_served_at});
  if (!after) return std::move(after).error();
  turn_.end_attempt(*after, finish.result.ref.part);
  return Good(Moved{*std::move(after)});
}

Outcome Commands::run(const KeepSent& keep) {
  for (const Sent& sent : keep.sent) tables_.sent.keep(sent);
  return Good(Moved{});
}

Outcome Commands::run(const StepOverDot& step) {
  const Record* flying = tables_.flight.find(step.ref);
  if (flying == nullptr) return late(step.ref);
  Result<Record> after = lifecycle::step_over_dot(*flying, step.ref.claim, step.ref.part);
  if (!after) return std::move(after).error();
  tables_.flight.step_over_dot(*after, step.ref.part);
  return Good(Moved{*std::move(after)});
}

Outcome Commands::run(const Cancel& cancel) {
  Result<Record> before = current(cancel.id);
  if (!before) return std::move(before).error();
  return moved(*before, lifecycle::cancel(*before, turn_.now()));
}

Outcome Commands::run(const Retry& retry) {
  Result<Record> before = current(retry.id);
  if (!before) return std::move(before).error();
  return moved(*before, lifecycle::retry(*before, turn_.now(), retry.ttl));
}

Outcome Commands::run(const Remove& remove) {
  const std::optional<JobStatus> status = tables_.jobs.status(remove.id);
  if (!status) return no_job(remove.id);
  if (tables_.flight.find(remove.id) != nullptr) return *lifecycle::refuse_removal(JobStatus::processing);
  const bool beyond_help = *status == JobStatus::held && !*tables_.jobs.load(remove.id);
  if (std::optional<Error> refused = lifecycle::refuse_removal(*status); refused && !beyond_help) {
    return *std::move(refused);
  }
  tables_.jobs.remove(remove.id.seq());
  tables_.contents.drop(remove.id);
  tables_.ledger.removed(*status);
  return Good(Moved{});
}

Outcome Commands::run(const SetPaused& set) {
  tables_.ledger.set_paused(set.paused);
  return Good(Moved{});
}

Result<Record> Commands::current(const JobId& id) {
  if (const Record* flying = tables_.flight.find(id)) return *flying;
  std::optional<Result<Record>> job = tables_.jobs.load(id);
  if (!job) return no_job(id);
  return *std::move(job);
}

Outcome Commands::moved(const Record& before, Result<Record> after) {
  if (!after) return std::move(after).error();
  for (std::uint32_t part = 0; part < before.part_count(); ++part) {
    [[maybe_unused]] const bool waited = !before.is_pending(part) || tables_.queue.remove(before, part);
    assert(waited);
  }
  turn_.settle(*after, before.status());
  return Good(Moved{*std::move(after)});
}

}  // namespace jobd::store
