#include "cmd/sendmail.h"

#include <cstdlib>
#include <ostream>
#include <utility>

#include "cmd/drop_mail.h"
#include "cmd/exit_code.h"
#include "cmd/list_jobs.h"
#include "cmd/sendmail_message.h"
#include "shared/drop.h"

namespace jobd::cmd {
namespace {

int refuse(const Refusal& refusal, Console& console) {
  std::string_view rest = refusal.message;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    complain(console, line);
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  return refusal.exit_code;
}

std::string drop_folder() {
  const char* given = std::getenv("JOBD_DROP");
  return given != nullptr && *given != '\0' ? given : std::string(drop::kFolder);
}

// Since jobd said `why`.
int leave(const SubmitEmail& submit, const Error& why, bool verbose, Console& console) {
  const Result<Done> left = drop_mail(drop_folder(), {submit.idempotency_key, encode_request(submit)});
  if (left) {
    if (verbose) console.out << "left for jobd, which is away: " << submit.idempotency_key << '\n';
    return kDone;
  }
  complain(console, why);
  return complain(console, left.error());
}

}  // namespace

int send_mail(const SendMail& options, Context& context, std::uint64_t random) {
  Console& console = context.console;
  if (options.mode == SendMail::Mode::nothing) return kDone;
  if (options.mode == SendMail::Mode::list) {
    List pending;
    pending.filter.status = JobStatus::pending;
    return list_jobs(pending, context);
  }
  auto message = read_message(console.in, options.a_dot_is_text);
  if (const auto* refusal = std::get_if<Refusal>(&message)) return refuse(*refusal, console);
  auto composed = compose_sendmail(options, std::get<std::string>(std::move(message)), account_here());
  if (const auto* refusal = std::get_if<Refusal>(&composed)) return refuse(*refusal, console);
  auto& submit = std::get<SubmitEmail>(composed);
  submit.idempotency_key = JobIdMaker().next(context.clock.now(), random).text();

  const auto job = understand(context.session.call(submit), decode_job);
  if (!job && row(job.error().code).retryable) return leave(submit, job.error(), options.verbose, console);
  if (!job) return complain(console, job.error());
  if (options.verbose) console.out << job->id.text() << '\n';
  return kDone;
}

}  // namespace jobd::cmd
