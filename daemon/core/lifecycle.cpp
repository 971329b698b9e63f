#include "daemon/core/lifecycle.h"

#include <algorithm>

#include "daemon/core/parts.h"
#include "daemon/core/reply_words.h"
#include "shared/limits.h"
#include "shared/names.h"

namespace jobd::lifecycle {
namespace {

Error conflict(JobStatus status, std::string_view wish) {
  return {Code::conflict, "the job is " + std::string(name(status)) + "; it cannot be " + std::string(wish)};
}
Error conflict(const Record& record, std::string_view wish) {
  return conflict(record.status(), wish);
}

void remember(Record& record, HistoryEntry entry) {
  auto& history = record.history;
  history.push_back(std::move(entry));
  const auto end = static_cast<std::ptrdiff_t>(limits::kHistoryEnds);
  if (history.size() > 2 * limits::kHistoryEnds) history.erase(history.begin() + end);
}

JobError error_from(Failure code, const RecipientResult& cause, std::string message, Time at) {
  return {code, std::move(message), at, cause.smtp_code, cause.enhanced_code};
}

// What is still to be tried will not be. An uncertain recipient stays uncertain: that is the truth about it.
void give_up_on_the_rest(Record& record) {
  for (Recipient& recipient : record.recipients) {
    if (recipient.status == RecipientStatus::pending) recipient.status = RecipientStatus::failed;
  }
}

bool has(const Record& record, RecipientStatus status) {
  return std::ranges::any_of(record.recipients, [status](const Recipient& r) { return r.status == status; });
}

Record fail(Record record, Failure code, Time now) {
  give_up_on_the_rest(record);
  if (!record.error) record.error.emplace();
  record.error->code = code;
  record.error->at = now;
  record.state = Failed{now};
  return record;
}

// Onward to the next attempt, or to the end where there can be none.
Record try_again(Record record, Time due, Time now) {
  if (due < record.expires_at) {
    record.state = Pending{due};
    return record;
  }
  const std::string last = record.error ? record.error->message : std::string();
  record = fail(std::move(record), Failure::expired, now);
  record.error->message = "no further attempt before it expires at " + format_time(record.expires_at) +
                          (last.empty() ? "" : "; the last one: " + last);
  return record;
}

void apply_verdict(Recipient& recipient, const RecipientResult& result, Time at) {
  recipient.smtp_code = result.smtp_code;
  recipient.enhanced_code = result.enhanced_code;
  recipient.reply = result.reply.substr(0, limits::kReplyBytes);
  switch (result.verdict) {
    case Verdict::delivered:
      recipient.status = RecipientStatus::delivered;
      recipient.delivered_at = at;
      break;
    case Verdict::temporary: recipient.status = RecipientStatus::pending; break;
    case Verdict::permanent: recipient.status = RecipientStatus::failed; break;
    case Verdict::uncertain: recipient.status = RecipientStatus::uncertain; break;
  }
}

AttemptOutcome outcome_of(const std::vector<RecipientResult>& results) {
  const auto count = [&results](Verdict verdict) {
    return static_cast<std::size_t>(std::ranges::count(results, verdict, &RecipientResult::verdict));
  };
  if (count(Verdict::delivered) == results.size()) return AttemptOutcome::delivered;
  if (count(Verdict::uncertain) > 0) return AttemptOutcome::uncertain;
  if (count(Verdict::delivered) > 0) return AttemptOutcome::partial;
  return count(Verdict::temporary) > 0 ? AttemptOutcome::temporary : AttemptOutcome::permanent;
}

// The result that tells best why the attempt did not do it all: doubt before never before later.
const RecipientResult* worst(const std::vector<RecipientResult>& results) {
  for (const Verdict verdict : {Verdict::uncertain, Verdict::permanent, Verdict::temporary}) {
    const auto found = std::ranges::find(results, verdict, &RecipientResult::verdict);
    if (found != results.end()) return &*found;
  }
  return nullptr;
}

// All were tried for good, some failed, perhaps in an earlier attempt.
Record reject(Record record, Time now) {
  const auto failed = std::ranges::find(record.recipients, RecipientStatus::failed, &Recipient::status);
  if (!record.error) {
    record.error = JobError{Failure::rejected, failed->address + ": " + words(*failed), now, failed->smtp_code,
                            failed->enhanced_code};
  }
  return fail(std::move(record), Failure::rejected, now);
}

HistoryEntry entry_for(const Record& record, const AttemptResult& result) {
  HistoryEntry entry;
  entry.attempt = record.attempts + 1;
  entry.started_at = result.started_at;
  entry.finished_at = std::max(result.finished_at, result.started_at);  // the clock may have been set back
  entry.relay = result.relay;
  return entry;
}

// Every verdict of the attempt is applied to its recipient; the first that failed names the error.
void apply_verdicts(Record& record, const AttemptResult& result, Time now) {
  auto next = result.recipients.begin();
  const RecipientResult* cause = worst(result.recipients);
  std::string message;
  std::size_t troubled = 0;
  for (Recipient& recipient : record.recipients) {
    if (!is_to_be_tried(recipient) || next == result.recipients.end()) continue;
    if (next->verdict != Verdict::delivered) ++troubled;
    if (&*next == cause) message = recipient.address + ": " + words(*next);
    apply_verdict(recipient, *next, result.finished_at);
    ++next;
  }
  record.error.reset();
  if (cause == nullptr) return;
  if (troubled > 1) message += " (and " + std::to_string(troubled - 1) + " more)";
  record.error = error_from(Failure::temporary, *cause, std::move(message), now);
}

Record after_verdicts(Record record, const AttemptResult& result, const RetryPolicy& policy,
                      const FinishContext& context) {
  const Time now = context.now;
  HistoryEntry entry = entry_for(record, result);
  entry.outcome = outcome_of(result.recipients);
  apply_verdicts(record, result, now);
  if (record.error) entry.error = record.error->message;
  remember(record, std::move(entry));
  record.uncounted = 0;
  const bool counts = !others_go_next(result.recipients);
  if (counts) ++record.attempts;

  const bool in_doubt = has(record, RecipientStatus::uncertain);
  if (in_doubt && record.error) record.error->code = Failure::in_doubt;
  if (in_doubt && record.on_uncertain == OnUncertain::hold) {
    record.state = Held{now};
    return record;
  }
  if (!std::ranges::any_of(record.recipients, is_to_be_tried)) {
    if (has(record, RecipientStatus::failed)) return reject(std::move(record), now);
    record.error.reset();
    record.state = Completed{now};
    return record;
  }
  if (counts && record.attempts >= record.max_attempts) {
    return fail(std::move(record), in_doubt ? Failure::in_doubt : Failure::attempts_exhausted, now);
  }
  Duration delay = counts ? policy.delay_after(record.attempts, context.u) : Duration(0);
  if (result.retry_after) delay = std::max(delay, *result.retry_after);
  const Time due = now + delay;
  return try_again(std::move(record), due, now);
}

bool counts_after_all(const Record& record, const FinishContext& context) {
  return record.uncounted > kUncountedInRow && context.lane_served_at &&
         *context.lane_served_at >= record.uncounted_since;
}

Record after_trouble(Record record, const AttemptResult& result, const RetryPolicy& policy,
                     const FinishContext& context) {
  if (closes_lane(*result.trouble)) {
    if (record.uncounted++ == 0) record.uncounted_since = context.now;
    if (counts_after_all(record, context)) {
      AttemptResult counted = result;
      counted.trouble.reset();
      counted.recipients.assign(static_cast<std::size_t>(std::ranges::count_if(record.recipients, is_to_be_tried)),
                                result.trouble_reply);
      for (RecipientResult& each : counted.recipients) each.verdict = Verdict::temporary;
      return after_verdicts(std::move(record), counted, policy, context);
    }
  }
  HistoryEntry entry = entry_for(record, result);
  entry.outcome = *result.trouble == Trouble::shutdown ? AttemptOutcome::interrupted : AttemptOutcome::relay_trouble;
  entry.error = words(result.trouble_reply);
  const Failure code = *result.trouble == Trouble::shutdown ? Failure::interrupted : Failure::relay_trouble;
  record.error = error_from(code, result.trouble_reply, entry.error, context.now);
  remember(record, std::move(entry));
  return try_again(std::move(record), context.now, context.now);
}

bool is_in_flight(const Record& record, std::uint32_t claim) {
  return std::holds_alternative<Processing>(record.state) && record.claims == claim;
}

// A job that ended, was held or cancelled begins anew; its history stays.
void begin_again(Record& record) {
  record.attempts = 0;
  record.crashes = 0;
  record.uncounted = 0;
  record.error.reset();
  for (Recipient& recipient : record.recipients) {
    if (recipient.status != RecipientStatus::delivered) recipient.status = RecipientStatus::pending;
  }
}

Result<Record> claim_alone(Record record, Time now) {
  const auto* pending = std::get_if<Pending>(&record.state);
  if (pending == nullptr || pending->due > now || record.expires_at <= now) return conflict(record, "started now");
  record.state = Processing{now};
  ++record.claims;
  if (!record.started_at) record.started_at = now;
  record.updated_at = now;
  return record;
}

Result<Record> expire_alone(Record record, Time now) {
  if (!std::holds_alternative<Pending>(record.state) || now < record.expires_at) return conflict(record, "expired");
  const std::string last = record.error ? "; the last attempt: " + record.error->message : "";
  record.updated_at = now;
  record = fail(std::move(record), Failure::expired, now);
  record.error->message = "not delivered before it expired at " + format_time(record.expires_at) + last;
  return record;
}

Result<Record> finish_alone(Record record, const AttemptResult& result, const RetryPolicy& policy,
                            const FinishContext& context) {
  if (!is_in_flight(record, result.ref.claim)) return conflict(record, "finished by this attempt");
  const auto tried = static_cast<std::size_t>(std::ranges::count_if(record.recipients, is_to_be_tried));
  if (!result.trouble && result.recipients.size() != tried) {
    return Error{Code::internal, "the attempt's result does not fit its recipients"};
  }
  record.updated_at = context.now;
  record.duration += std::max(result.finished_at - result.started_at, Duration(0));
  record.crashes = 0;
  return result.trouble ? after_trouble(std::move(record), result, policy, context)
                        : after_verdicts(std::move(record), result, policy, context);
}

Result<Record> step_over_dot_alone(Record record, std::uint32_t claim) {
  if (!is_in_flight(record, claim)) return conflict(record, "sent by this attempt");
  std::get<Processing>(record.state).past_dot = true;
  return record;
}

Result<Record> interrupted_alone(Record record, Time now, const std::string& relay) {
  const auto* processing = std::get_if<Processing>(&record.state);
  if (processing == nullptr) return conflict(record, "found interrupted");
  const bool held = processing->past_dot && record.on_uncertain == OnUncertain::hold;
  HistoryEntry entry;
  entry.attempt = record.attempts + 1;
  entry.started_at = processing->started;
  entry.finished_at = std::max(now, processing->started);
  entry.outcome = held ? AttemptOutcome::uncertain : AttemptOutcome::interrupted;
  entry.relay = relay;
  entry.error =
      held ? "jobd died after the final dot; the message may have been delivered" : "jobd died in this attempt";
  record.error = JobError{held ? Failure::in_doubt : Failure::interrupted, entry.error, now, 0, ""};
  remember(record, std::move(entry));
  record.updated_at = now;
  ++record.crashes;
  if (held) {
    for (Recipient& recipient : record.recipients) {
      if (recipient.status == RecipientStatus::pending) recipient.status = RecipientStatus::uncertain;
    }
    record.state = Held{now};
    return record;
  }
  if (record.crashes > kCrashesToRunAlone) {
    record = fail(std::move(record), Failure::crash_loop, now);
    record.error->message =
        "jobd died in " + std::to_string(record.crashes) + " attempts in a row, the last of them alone";
    return record;
  }
  record.state = Pending{must_run_alone(record) ? now + kPauseBeforeAlone : now};
  return record;
}

Result<Record> cancel_alone(Record record, Time now) {
  record.state = Cancelled{now};
  record.updated_at = now;
  return record;
}

Result<Record> retry_alone(Record record, Time now) {
  if (record.status() != JobStatus::pending) begin_again(record);
  record.state = Pending{now};
  record.updated_at = now;
  return record;
}

// A transition of one part.
template <typename Step>
Result<Record> on_part(Record record, std::uint32_t part, const Step& step) {
  if (part >= record.part_count()) return Error{Code::conflict, "the job has no such part"};
  if (record.parts.empty()) return step(std::move(record));
  Result<Record> moved = step(parts::take_out(record, part));
  if (!moved) return std::move(moved).error();
  parts::put_back(record, part, *std::move(moved));
  return record;
}

// Of every part that is in one of these states. Precondition: some part is.
template <typename Step>
Result<Record> on_parts_in(std::initializer_list<JobStatus> states, Record record, const Step& step) {
  for (std::uint32_t part = 0; part < record.part_count(); ++part) {
    if (std::ranges::find(states, status_of(record.state_of(part))) == states.end()) continue;
    Result<Record> moved = on_part(std::move(record), part, step);
    if (!moved) return std::move(moved).error();
    record = *std::move(moved);
  }
  return record;
}

}  // namespace

bool must_run_alone(const Record& record, std::uint32_t part) {
  return (record.parts.empty() ? record.crashes : record.parts[part].crashes) >= kCrashesToRunAlone;
}

Result<Record> claim(Record record, Time now, std::uint32_t part) {
  return on_part(std::move(record), part, [&](Record alone) { return claim_alone(std::move(alone), now); });
}

Result<Record> expire(Record record, Time now) {
  bool waits = false;
  for (std::uint32_t part = 0; part < record.part_count(); ++part) waits = waits || record.is_pending(part);
  if (!waits) return conflict(record, "expired");
  return on_parts_in({JobStatus::pending}, std::move(record),
                     [&](Record alone) { return expire_alone(std::move(alone), now); });
}

Result<Record> still_due(Record record, Time then, Time now) {
  return on_parts_in({JobStatus::pending}, std::move(record), [&](Record alone) -> Result<Record> {
    Time& due = std::get<Pending>(alone.state).due;
    if (due <= then) due = std::min(due, now);
    return alone;
  });
}

Result<Record> finish(Record record, const AttemptResult& result, const RetryPolicy& policy,
                      const FinishContext& context) {
  return on_part(std::move(record), result.ref.part,
                 [&](Record alone) { return finish_alone(std::move(alone), result, policy, context); });
}

Result<Record> step_over_dot(Record record, std::uint32_t claim, std::uint32_t part) {
  return on_part(std::move(record), part, [&](Record alone) { return step_over_dot_alone(std::move(alone), claim); });
}

Result<Record> interrupted(Record record, Time now, std::uint32_t part, const std::string& relay) {
  return on_part(std::move(record), part,
                 [&](Record alone) { return interrupted_alone(std::move(alone), now, relay); });
}

Result<Record> cancel(Record record, Time now) {
  if (record.status() != JobStatus::pending && record.status() != JobStatus::held) return conflict(record, "cancelled");
  return on_parts_in({JobStatus::pending, JobStatus::held}, std::move(record),
                     [&](Record alone) { return cancel_alone(std::move(alone), now); });
}

Result<Record> retry(Record record, Time now, std::optional<Duration> ttl) {
  if (record.status() == JobStatus::processing || record.status() == JobStatus::completed)
    return conflict(record, "retried");
  if (record.content_dropped) return Error{Code::gone, "the job's content has been dropped; submit it again"};
  if (ttl) record.expires_at = now + *ttl;
  if (record.expires_at <= now) {
    return Error{Code::conflict, "the job expired at " + format_time(record.expires_at) + "; give it a new ttl"};
  }
  const auto step = [&](Record alone) { return retry_alone(std::move(alone), now); };
  if (record.status() == JobStatus::pending) return on_parts_in({JobStatus::pending}, std::move(record), step);
  return on_parts_in({JobStatus::failed, JobStatus::held, JobStatus::cancelled}, std::move(record), step);
}

std::optional<Error> refuse_removal(JobStatus status) {
  if (is_final(status)) return std::nullopt;
  const bool may_be_cancelled = status != JobStatus::processing;
  return conflict(status, may_be_cancelled ? "deleted before it is cancelled" : "deleted before its end");
}

}  // namespace jobd::lifecycle
