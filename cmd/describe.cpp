#include <string_view>

#include "cmd/layout.h"
#include "cmd/render.h"
#include "shared/names.h"

namespace jobd::cmd {
namespace {

std::string_view why_waiting(WaitingFor reason) {
  switch (reason) {
    case WaitingFor::scheduled: return "scheduled for later";
    case WaitingFor::backoff: return "tried without success";
    case WaitingFor::rate_limit: return "waits for its turn under a rate limit";
    case WaitingFor::relay_down: return "the relay cannot be reached";
    case WaitingFor::relay_auth: return "the relay refuses jobd's login";
    case WaitingFor::paused: return "the queue is paused (jobctl resume)";
    case WaitingFor::slot: return "waits for other deliveries to end";
  }
  return "";
}

std::string_view why_failed(Failure failure) {
  switch (failure) {
    case Failure::rejected: return "the server refused it for good";
    case Failure::attempts_exhausted: return "all attempts are used up";
    case Failure::expired: return "its time ran out";
    case Failure::in_doubt: return "in doubt, the server's last reply was lost";
    case Failure::crash_loop: return "jobd died in each of its attempts";
    case Failure::temporary: return "a temporary failure";
    case Failure::relay_trouble: return "trouble with the relay";
    case Failure::interrupted: return "jobd was stopped in the attempt";
  }
  return "";
}

std::string describe_pending(const Job& job, Time now) {
  std::string out = job.waiting_for ? std::string(why_waiting(*job.waiting_for)) : "about to be sent";
  if (job.next_attempt_at && *job.next_attempt_at > now) {
    out += (job.attempts == 0 ? ", first attempt " : ", next attempt ") + distance(*job.next_attempt_at, now);
  }
  return out;
}

std::string_view how_completed(Route route) {
  switch (route) {
    case Route::relay: return "";
    case Route::maildir: return ": nothing was sent (maildir)";
    case Route::simulate: return ": nothing was sent (simulated)";
  }
  return "";
}

// What a state that ended badly still brought about.
std::string partly(const Job& job) {
  if (delivered(job) == 0) return "";
  return " (delivered to " + std::to_string(delivered(job)) + " of " + std::to_string(job.recipients.size()) + ")";
}

}  // namespace

std::string describe_state(const Job& job, Time now) {
  std::string state(name(job.status));
  switch (job.status) {
    case JobStatus::pending: return state + ": " + describe_pending(job, now);
    case JobStatus::processing: return state + ": attempt " + std::to_string(job.attempts + 1) + " runs";
    case JobStatus::completed: return state + std::string(how_completed(route_of(job)));
    case JobStatus::failed:
      return state + (job.error ? ": " + std::string(why_failed(job.error->code)) : "") + partly(job);
    case JobStatus::held:
      return state + ": it may have been delivered, the server's last reply was lost; " +
             "decide with jobctl retry or jobctl cancel";
    case JobStatus::cancelled: return state + partly(job);
  }
  return state;
}

std::string describe_error(const Job& job) {
  if (!job.error) return "";
  return with_codes(job.error->smtp_code, job.error->enhanced_code, job.error->message);
}

}  // namespace jobd::cmd
