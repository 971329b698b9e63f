#include "cmd/sendmail.h"

#include <cstdlib>
#include <ostream>
#include <utility>

#include "cmd/drop_mail.h"
#include "cmd/exit_code.h"
#include "cmd/list_jobs.h"
#include "cmd/sendmail_message.h"
#include "cmd/session.h"
#include "shared/client.h"
#include "shared/codec.h"
#include "shared/drop.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

// jobd may hang; what it then may have heard is left under the same key, so no more is lost than this time.
constexpr Duration kPatience = std::chrono::seconds(10);

// Another jobd than the system's has a folder of its own, which only $JOBD_DROP can tell.
Result<std::string> drop_folder(const std::string& socket_path) {
  const char* given = std::getenv("JOBD_DROP");
  if (given != nullptr && *given != '\0') return std::string(given);
  if (socket_path == kSystemSocket) return std::string(drop::kFolder);
  return Error{Code::unavailable,
               "where the jobd of " + socket_path + " has its drop folder is not known; see JOBD_DROP"};
}

// Since jobd said `why`. What jobd could only refuse later, when nobody hears it, is refused now.
int leave(const SubmitEmail& submit, const Error& why, bool verbose, const Context& context) {
  Console& console = context.console;
  const std::string line = encode_request(submit);
  if (const RequestLine read = decode_request(line); !read.request) return complain(console, read.request.error());
  const Result<std::string> folder = drop_folder(context.socket_path);
  const Result<Done> left = folder ? drop_mail(*folder, {submit.idempotency_key, line}) : folder.error();
  if (left) {
    if (verbose) console.out << "left for jobd, " << submit.idempotency_key << ": " << printable(why.message) << '\n';
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
  if (const auto* refusal = std::get_if<Refusal>(&message)) return complain(console, *refusal);
  auto composed = compose_sendmail(options, std::get<std::string>(std::move(message)), account_here());
  if (const auto* refusal = std::get_if<Refusal>(&composed)) return complain(console, *refusal);
  auto& submit = std::get<SubmitEmail>(composed);
  submit.idempotency_key = JobIdMaker().next(context.clock.now(), random).text();

  Session session(context.socket_path, kPatience);
  const auto job = understand(session.call(submit), decode_job);
  if (!job && row(job.error().code).retryable) return leave(submit, job.error(), options.verbose, context);
  if (!job) return complain(console, job.error());
  if (options.verbose) console.out << job->id.text() << '\n';
  return kDone;
}

}  // namespace jobd::cmd
