#include "cmd/run.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ostream>
#include <utility>

#include "cmd/await_daemon.h"
#include "cmd/command_line.h"
#include "cmd/exit_code.h"
#include "cmd/render.h"
#include "cmd/session.h"
#include "cmd/submit.h"
#include "shared/client.h"
#include "shared/names.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

// A ping that is not told to wait is a health check: jobd that hangs is not healthy.
constexpr Duration kPingPatience{5000};
// Jobs asked for at once: a page stays far under what a client takes, also with a thousand recipients a job.
constexpr std::size_t kPageJobs = 200;

// One method per command; each gives the exit code.
class Runner {
 public:
  Runner(std::vector<std::string> places, Console& console, const Clock& clock, std::uint64_t random)
      : places_(std::move(places)),
        session_(first_socket(places_)),
        console_(console),
        clock_(clock),
        random_(random) {}

  int operator()(const Submit& submit) { return submit_email(submit, session_, console_, clock_, random_); }

  int operator()(const Status& status) {
    if (!status.wait) {
      const auto json = session_.call(GetJob{status.id, {}});
      const auto job = understand(json, decode_job);
      if (!job) return complain(console_, job.error(), status.id.text());
      tell(*json, *job, status);
      return kDone;
    }
    const auto awaited = await_settled(session_, clock_, status.id, status.wait->limit);
    if (!awaited) return complain(console_, awaited.error(), status.id.text());
    tell(awaited->json, awaited->job, status);
    if (awaited->jobd_stops) complain_of_stop(console_);
    return exit_code_awaited(awaited->job);
  }

  int operator()(const List& list) {
    ListJobs request{list.filter, 0, ""};
    std::size_t left = list.limit;
    while (left > 0) {
      request.limit = std::min(left, kPageJobs);
      const auto json = session_.call(request);
      auto page = understand(json, decode_page);
      if (!page) return complain(console_, page.error());
      print(page->jobs, list);
      left -= std::min(left, page->jobs.size());
      if (!page->next_cursor) break;
      request.cursor = std::move(*page->next_cursor);
    }
    if (left == list.limit && !list.json) complain(console_, "no such jobs");
    return kDone;
  }

  int operator()(const CancelMany& cancel) {
    return each(cancel.ids, [](JobId id) { return Request(CancelJob{id}); });
  }

  int operator()(const RetryMany& retry) {
    return each(retry.ids, [&retry](JobId id) { return Request(RetryJob{id, retry.ttl}); });
  }

  int operator()(const ShowStats& show) {
    const auto json = session_.call(GetStats{});
    const auto stats = understand(json, decode_stats);
    if (!stats) return complain(console_, stats.error());
    console_.out << (show.json ? printable_json(*json) + '\n' : render_stats(*stats, clock_.now()));
    return kDone;
  }

  int operator()(const SetPaused& set) {
    const auto json = session_.call(set.paused ? Request(Pause{}) : Request(Resume{}));
    const auto state = understand(json, decode_queue_state);
    if (!state) return complain(console_, state.error());
    console_.out << (state->paused ? "paused\n" : "running\n");
    return kDone;
  }

  int operator()(const PingDaemon& ping) {
    const auto pong =
        ping.wait ? await_daemon(places_, clock_, ping.wait->limit) : ping_once(first_socket(places_), kPingPatience);
    if (!pong) return complain(console_, pong.error());
    console_.out << "jobd " << printable(pong->version) << '\n';
    return kDone;
  }

 private:
  void tell(const std::string& json, const Job& job, const Status& status) {
    console_.out << (status.json ? printable_json(json) + '\n' : render_job(job, clock_.now()));
  }

  void print(const std::vector<Job>& jobs, const List& list) {
    if (list.json) {
      for (const Job& job : jobs) console_.out << printable_json(encode_job(job)) << '\n';
      return;
    }
    if (!jobs.empty() && !std::exchange(head_printed_, true)) console_.out << render_table_head();
    console_.out << render_table(jobs);
  }

  // All are tried; the worst code counts.
  template <typename MakeRequest>
  int each(const std::vector<JobId>& ids, MakeRequest make_request) {
    int code = kDone;
    for (const JobId& id : ids) {
      const auto json = session_.call(make_request(id));
      const auto job = understand(json, decode_job);
      if (job) {
        console_.out << id.text() << ' ' << name(job->status) << '\n';
      } else {
        code = worse(code, complain(console_, job.error(), id.text()));
      }
    }
    return code;
  }

  std::vector<std::string> places_;
  Session session_;
  Console& console_;
  const Clock& clock_;
  std::uint64_t random_;
  bool head_printed_ = false;
};

int refuse(const Refusal& refusal, Console& console) {
  std::string_view rest = refusal.message;
  while (!rest.empty()) {
    const std::string_view first = rest.substr(0, rest.find('\n'));
    complain(console, first);
    rest.remove_prefix(std::min(rest.size(), first.size() + 1));
  }
  return refusal.exit_code;
}

int execute(const std::vector<std::string>& arguments, Console& console, const Clock& clock, std::uint64_t random) {
  auto parsed = parse_command_line(arguments, clock.now());
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return refuse(*refusal, console);
  if (const auto* information = std::get_if<Information>(&parsed)) {
    console.out << information->text;
    return kDone;
  }
  const auto& invocation = std::get<Invocation>(parsed);
  Runner runner(socket_places(invocation.socket), console, clock, random);
  return std::visit(runner, invocation.command);
}

}  // namespace

int run(const std::vector<std::string>& arguments, Console& console, const Clock& clock, std::uint64_t random) {
  const int code = execute(arguments, console, clock, random);
  if (console.out.flush()) return code;
  console.out.clear();  // the stream has not kept the reason: what it still holds will fail again
  errno = 0;
  console.out.flush();
  const std::string why = errno == 0 ? "" : std::string(": ") + std::strerror(errno);
  if (errno != EPIPE) complain(console, "cannot write the output" + why);
  return kOutput;
}

}  // namespace jobd::cmd
