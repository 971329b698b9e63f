#include "cmd/run.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ostream>
#include <string_view>
#include <utility>

#include "cmd/await_daemon.h"
#include "cmd/change_jobs.h"
#include "cmd/command_line.h"
#include "cmd/completion.h"
#include "cmd/context.h"
#include "cmd/exit_code.h"
#include "cmd/list_jobs.h"
#include "cmd/probe.h"
#include "cmd/render.h"
#include "cmd/sendmail.h"
#include "cmd/session.h"
#include "cmd/show_status.h"
#include "cmd/submit.h"
#include "cmd/submit_lines.h"
#include "cmd/watch_jobs.h"
#include "shared/client.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

// A ping that is not told to wait is a health check: jobd that hangs is not healthy.
constexpr Duration kPingPatience{5000};

// Line by line: of what cannot be written the stream then still holds some, by which `run` finds the reason.
void write_lines(std::string_view text, std::ostream& out) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const std::size_t taken = std::min(text.size(), line.size() + 1);
    out << text.substr(0, taken);
    text.remove_prefix(taken);
  }
}

// Each subcommand to its function; those that are one question and its answer are here. Each gives the exit code.
class Runner {
 public:
  Runner(std::vector<std::string> places, Console& console, Outside& outside, const Clock& clock, std::uint64_t random)
      : places_(std::move(places)),
        session_(first_socket(places_)),
        context_{session_, console, outside, clock, first_socket(places_)},
        random_(random) {}

  int operator()(const Submit& submit) {
    return submit_email(submit, session_, context_.console, context_.clock, random_);
  }
  int operator()(const SubmitLines& submit) {
    return submit_lines(submit, places_, context_.console, context_.clock, random_);
  }
  int operator()(const Status& status) { return show_status(status, context_); }
  int operator()(const Why& why) { return show_why(why, context_); }
  int operator()(const List& list) { return list_jobs(list, context_); }
  int operator()(const CancelMany& cancel) { return cancel_jobs(cancel, context_); }
  int operator()(const RetryMany& retry) { return retry_jobs(retry, context_); }
  int operator()(const DeleteMany& deletion) { return delete_jobs(deletion, context_); }
  int operator()(const WatchJobs& watch) { return watch_jobs(watch, context_); }

  int operator()(const ShowStats& show) {
    const auto json = session_.call(GetStats{});
    const auto stats = understand(json, decode_stats);
    if (!stats) return complain(context_.console, stats.error());
    if (show.format == Format::text) {
      out() << render_stats(*stats, context_.clock.now(), context_.console.out_screen);
    } else {
      out() << printable_json(*json) << '\n';
    }
    return kDone;
  }

  int operator()(const ShowRelays& show) {
    const auto json = session_.call(GetStats{});
    const auto stats = understand(json, decode_stats);
    if (!stats) return complain(context_.console, stats.error());
    if (show.format == Format::text) {
      out() << render_relays(*stats, context_.clock.now(), context_.console.out_screen);
    } else {
      out() << printable_json(relays_json(*json)) << '\n';
    }
    return kDone;
  }

  int operator()(const SetPaused& set) {
    const auto json = session_.call(set.paused ? Request(Pause{}) : Request(Resume{}));
    const auto state = understand(json, decode_queue_state);
    if (!state) return complain(context_.console, state.error());
    out() << (state->paused ? "paused\n" : "running\n");
    return kDone;
  }

  int operator()(const PingDaemon& ping) {
    const auto pong = ping.wait ? await_daemon(places_, context_.clock, ping.wait->limit)
                                : ping_once(first_socket(places_), kPingPatience);
    if (!pong) return complain(context_.console, pong.error());
    out() << "jobd " << printable(pong->version) << '\n';
    return kDone;
  }

  int operator()(const CheckReady& /*check*/) {
    const auto ready = session_.call(GetReady{});
    if (!ready) return complain(context_.console, ready.error());
    out() << "ready\n";
    return kDone;
  }

  int operator()(const Probe& probe) { return probe_relay(probe, context_); }
  int operator()(const SendMail& mail) { return send_mail(mail, context_, random_); }

  int operator()(const PrintCompletion& print) {
    write_lines(completion_script(print.shell, read_program()), out());
    return kDone;
  }

 private:
  std::ostream& out() { return context_.console.out; }

  std::vector<std::string> places_;
  Session session_;
  Context context_;
  std::uint64_t random_;
};

int execute(const std::vector<std::string>& arguments, Console& console, Outside& outside, const Clock& clock,
            std::uint64_t random) {
  auto parsed = parse_command_line(arguments, {clock.now(), console.in_is_terminal});
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return complain(console, *refusal);
  if (const auto* information = std::get_if<Information>(&parsed)) {
    write_lines(information->text, console.out);
    return kDone;
  }
  const auto& invocation = std::get<Invocation>(parsed);
  choose_color(console, invocation.color);
  Runner runner(socket_places(invocation.socket), console, outside, clock, random);
  return std::visit(runner, invocation.command);
}

}  // namespace

int run(const std::vector<std::string>& arguments, Console& console, Outside& outside, const Clock& clock,
        std::uint64_t random) {
  const int code = execute(arguments, console, outside, clock, random);
  if (console.out.flush()) return code;
  console.out.clear();  // the stream has not kept the reason: what it still holds will fail again
  errno = 0;
  console.out.flush();
  const int error_number = errno;
  const bool lost_earlier = error_number == 0;  // with what it was about
  const bool nobody_reads =
      error_number == EPIPE || (lost_earlier && outside.wait(-1, Duration{}) == Woken::by_closed_output);
  const std::string why = lost_earlier ? "" : std::string(": ") + std::strerror(error_number);
  if (!nobody_reads) complain(console, "cannot write the output" + why);
  return kOutput;
}

}  // namespace jobd::cmd
