#include <algorithm>
#include <string_view>

#include "cmd/layout.h"
#include "cmd/render.h"
#include "shared/names.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

// A message as the end of a sentence, with the full stop; empty: only that.
std::string ended(std::string text) {
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return text + ".";
}

// ": what went wrong." where jobd knows it, else ".".
std::string because(const Job& job) {
  const std::string error = describe_error(job);
  return error.empty() ? "." : ": " + ended(error);
}

std::string command(std::string_view verb, const Job& job, std::string_view option = {}) {
  return "jobctl " + std::string(verb) + ' ' + job.id.text() + std::string(option);
}

std::string when_next(const Job& job, Time now) {
  return job.next_attempt_at && *job.next_attempt_at > now ? distance(*job.next_attempt_at, now) : "soon";
}

std::string why_waiting(const Job& job, Time now) {
  const std::string next = when_next(job, now);
  const std::string at_once = " " + command("retry", job) + " tries at once.";
  switch (*job.waiting_for) {
    case WaitingFor::scheduled:
      return "It is scheduled for " + moment(job.next_attempt_at.value_or(job.created_at), now) + ". " +
             command("retry", job) + " sends it now.";
    case WaitingFor::backoff:
      return "Attempt " + std::to_string(job.attempts) + " of " + std::to_string(job.max_attempts) + " failed for now" +
             because(job) + " It is tried again " + next + ";" + at_once;
    case WaitingFor::rate_limit:
      return "It waits for its turn under a rate limit and goes out by itself, " + next +
             ". A higher limit in jobd's configuration would send it sooner.";
    case WaitingFor::relay_down:
      return "Its relay cannot be reached" + because(job) + " jobd tries the relay again " + next +
             " and the job waits for that; see that the relay runs and that its URL is right.";
    case WaitingFor::relay_auth:
      return "Its relay refuses jobd's login" + because(job) + " jobd tries again " + next +
             "; correct the user name or password in its configuration, or in the relay.";
    case WaitingFor::paused: return "The queue is paused: nothing is sent until jobctl resume.";
    case WaitingFor::slot: return "It is due and waits for other deliveries to end; it goes out by itself.";
  }
  return "";
}

std::string why_pending(const Job& job, Time now) {
  if (job.waiting_for) return why_waiting(job, now);
  const bool is_due = !job.next_attempt_at || *job.next_attempt_at <= now;
  const std::string start = is_due ? "It is due and about to be sent" : "It is sent " + when_next(job, now);
  const std::string last = job.error ? " Its last attempt did not succeed" + because(job) : "";
  return start + "; there is nothing to do." + last;
}

std::string why_processing(const Job& job) {
  return "Attempt " + std::to_string(job.attempts + 1) + " of " + std::to_string(job.max_attempts) +
         " runs just now. " + command("status", job, " --wait") + " tells what comes of it.";
}

// The words of the server that took it last.
std::string last_reply(const Job& job) {
  const auto took = std::ranges::max_element(job.recipients, {}, &Recipient::delivered_at);
  if (took == job.recipients.end()) return "";
  return with_codes(took->smtp_code, took->enhanced_code, took->reply);
}

std::string why_completed(const Job& job, Time now) {
  const std::string when = job.finished_at ? " " + distance(*job.finished_at, now) : "";
  const Route route = route_of(job);
  if (route == Route::simulate) {
    return "Nothing was sent: jobd runs with simulate:, which only plays a delivery; this one ended well" + when +
           ". To send emails, give jobd a relay (transport in its configuration).";
  }
  if (route == Route::maildir) {
    constexpr std::string_view kPrefix = "maildir:";
    return "It was written to the maildir " + printable(job.history.back().relay.substr(kPrefix.size())) + when +
           "; nothing was sent. To send emails, give jobd a relay (transport in its configuration).";
  }
  const std::string relay = job.history.empty() || job.history.back().relay.empty()
                                ? "the relay"
                                : "the relay " + printable(job.history.back().relay);
  const std::string reply = last_reply(job);
  return "It was accepted by " + relay + " for " + count_of(job.recipients.size(), "recipient") + when +
         (reply.empty() ? "." : ": " + ended(reply)) + " There is nothing to do.";
}

// What a retry would do, for a job of which some recipients have the email already.
std::string retry_hint(const Job& job, std::string_view option = {}) {
  std::string hint = command("retry", job, option) + " sends it again";
  if (const std::size_t some = delivered(job); some > 0) {
    hint += " to those who do not have it (" + std::to_string(some) + " of " + std::to_string(job.recipients.size()) +
            " have it)";
  }
  return hint;
}

std::string why_failed(const Job& job, Time now) {
  if (!job.error) return "It failed, and nothing more is known of it. " + retry_hint(job) + ".";
  switch (job.error->code) {
    case Failure::rejected:
      return "The server refused it for good" + because(job) +
             " Correct what it complains of and submit again; only if the server has changed its mind, " +
             retry_hint(job) + ".";
    case Failure::attempts_exhausted:
      return "Its attempts are used up (" + std::to_string(job.attempts) + " of " + std::to_string(job.max_attempts) +
             "), the last failed" + because(job) + " Once the cause is gone, " + retry_hint(job) + ".";
    case Failure::expired:
      return "Its time to live ended at " + moment(job.expires_at, now) + " before it was delivered" + because(job) +
             " " + retry_hint(job, " --ttl 1d") + ", with a day more.";
    case Failure::in_doubt:
      return "The server's last reply was lost and no attempt is left: it may have been delivered" + because(job) +
             " Look whether it arrived; if not, " + retry_hint(job) + ".";
    case Failure::crash_loop:
      return "jobd died in each of its attempts, so it is not tried any more" + because(job) +
             " Look into jobd's log; once the cause is gone, " + retry_hint(job) + ".";
    case Failure::temporary:
    case Failure::relay_trouble:
    case Failure::interrupted: return "It failed" + because(job) + " Once the cause is gone, " + retry_hint(job) + ".";
  }
  return "";
}

std::string why_held(const Job& job) {
  return "The server's last reply was lost: it may have been delivered, and it asks not to be sent twice "
         "(on_uncertain is hold). Look whether it arrived; then " +
         command("cancel", job) + " if it did, " + command("retry", job) + " if not.";
}

std::string why_cancelled(const Job& job, Time now) {
  const std::string when = job.finished_at ? " " + distance(*job.finished_at, now) : "";
  return "It was cancelled" + when + ", so that nothing more is sent. " + retry_hint(job) + ", after all.";
}

}  // namespace

std::string describe_why(const Job& job, Time now) {
  switch (job.status) {
    case JobStatus::pending: return why_pending(job, now);
    case JobStatus::processing: return why_processing(job);
    case JobStatus::completed: return why_completed(job, now);
    case JobStatus::failed: return why_failed(job, now);
    case JobStatus::held: return why_held(job);
    case JobStatus::cancelled: return why_cancelled(job, now);
  }
  return "";
}

}  // namespace jobd::cmd
