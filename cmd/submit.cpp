#include "cmd/submit.h"

#include <ostream>
#include <utility>

#include "cmd/compose.h"
#include "cmd/exit_code.h"
#include "cmd/render.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

int not_accepted(const Error& error, const std::string& key, bool is_outcome_unknown, Console& console) {
  const int code = complain(console, error);
  if (is_outcome_unknown) {
    complain(console, "it is unknown whether jobd has the email; the same submit with --idempotency-key " + key +
                          " cannot make a second job");
  }
  return code;
}

int accepted_but_lost(const Error& error, const Job& job, Console& console) {
  complain(console, error);
  complain(console, "job " + job.id.text() + " was accepted; ask for it with jobctl status");
  return kUnfinished;
}

// The id is told in any case: without it the job would be out of reach. Why nothing can be written is run's to say.
int accepted_but_untold(const Job& job, Console& console) {
  complain(console, "job " + job.id.text() + " was accepted");
  return kOutput;
}

// Says what became of a job that was not simply delivered.
int report_awaited(const Awaited& awaited, Console& console, Time now) {
  const Job& job = awaited.job;
  const int code = exit_code_awaited(job);
  if (code == kDone) return code;
  if (awaited.jobd_stops) complain_of_stop(console);
  std::string message = "job " + job.id.text() + " is " + describe_state(job, now);
  const std::string error = describe_error(job);
  if (!error.empty()) message += "; last error: " + error;
  complain(console, message);
  return code;
}

}  // namespace

int submit_email(const Submit& submit, Session& session, Console& console, const Clock& clock, std::uint64_t random) {
  const auto composed = compose(submit, JobIdMaker().next(clock.now(), random).text(), console);
  if (const auto* refusal = std::get_if<Refusal>(&composed)) {
    complain(console, refusal->message);
    return refusal->exit_code;
  }
  const auto* email = std::get_if<EmailJson>(&composed);
  const auto* request = std::get_if<SubmitEmail>(&composed);
  auto json = email != nullptr ? session.submit(email->text) : session.call(*request);
  const std::string& key = email != nullptr ? email->key : request->idempotency_key;
  const auto job = understand(json, decode_job);
  if (!job) return not_accepted(job.error(), key, json || session.is_outcome_unknown(), console);
  const bool as_json = submit.format != Format::text;
  if (!as_json) console.out << job->id.text() << '\n' << std::flush;
  if (!console.out) return accepted_but_untold(*job, console);

  int code = kDone;
  if (submit.wait) {
    auto last = await_settled(session, clock, job->id, submit.wait->limit);
    code = last ? report_awaited(*last, console, clock.now()) : accepted_but_lost(last.error(), *job, console);
    if (last) json = std::move(last->json);
  }
  if (as_json) console.out << printable_json(*json) << '\n' << std::flush;
  return console.out ? code : accepted_but_untold(*job, console);
}

}  // namespace jobd::cmd
