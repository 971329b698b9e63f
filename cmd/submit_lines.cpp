#include "cmd/submit_lines.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "cmd/compose.h"
#include "cmd/exit_code.h"
#include "cmd/progress.h"
#include "cmd/submit_lines_connection.h"
#include "cmd/submit_lines_input.h"
#include "cmd/submit_lines_json.h"
#include "cmd/submit_lines_window.h"

namespace jobd::cmd {
namespace {

constexpr std::size_t kReadBytes = 64UL << 10;
constexpr std::size_t kSendBytes = 64UL << 10;
// A jobd that stands but neither reads nor answers: longer than it may take for any answer, its longest wait included.
constexpr Duration kPatience = limits::kWaitMax * 2;
// What is refused for less long than this is nothing to tell.
constexpr Duration kStallTold{10'000};

// One run: a loop around poll, which does what is due and stands still until there is more.
class LineStream {
 public:
  LineStream(const SubmitLines& submit, const std::vector<std::string>& places, Console& console, const Clock& clock,
             std::uint64_t random, LineStreams streams)
      : console_(console),
        clock_(clock),
        streams_(streams),
        input_(kInputBytesMax),
        window_(submit.wait, random),
        connection_(places),
        progress_(console, clock.now()),
        bytes_total_(bytes_left(streams.in)) {}

  int run() {
    const auto opened = connection_.open(clock_.now());
    if (!opened) return complain(console_, opened.error());
    while (!hopeless_) {
      const Time now = clock_.now();
      take_lines(now);
      exchange(now);
      if (!write_results()) return kOutput;
      if (hopeless_ || (window_.is_empty() && input_.at_end())) break;
      tell_of_stall(now);
      show_progress(now);
      if (window_.has_room() && !starved_) continue;
      if (!stand_still(now)) return kOutput;
    }
    return write_results() ? conclude() : kOutput;
  }

 private:
  void take_lines(Time now) {
    while (window_.has_room()) {
      const auto line = input_.next();
      starved_ = !line;
      if (starved_) return;
      window_.add(*line, now);
    }
  }

  void exchange(Time now) {
    if (!connection_.is_open()) reopen(now);
    if (!connection_.is_open()) return;
    const bool asked_nothing = !window_.is_unanswered();
    window_.write_requests(connection_.outgoing(), kSendBytes, now);
    if (asked_nothing && window_.is_unanswered()) connection_.expect(now);
    connection_.send(now);
    if (window_.is_unanswered() && now >= connection_.quiet_since() + kPatience) {
      give_up({Code::unavailable, "jobd does not answer; is it stopped or overloaded?"});
    }
  }

  void reopen(Time now) {
    if (!window_.has_requests() || now < connection_.opens_at()) return;
    if (!away_since_) away_since_ = now;
    const auto opened = connection_.open(now);
    if (now - *away_since_ >= kReturnMax) {
      return give_up(opened ? Error{Code::unavailable, "jobd closes the connection without an answer"}
                            : opened.error());
    }
    if (opened || std::exchange(loss_told_, true)) return;
    say(opened.error().message + "; trying again for " + describe_duration(kReturnMax));
  }

  // False: nobody takes them.
  bool write_results() {
    window_.take_results(results_);
    std::string_view left = results_;
    while (!left.empty()) {
      const ssize_t written = ::write(streams_.out, left.data(), left.size());
      if (written >= 0) {
        left.remove_prefix(static_cast<std::size_t>(written));
      } else if (is_for_later(errno)) {
        pollfd item{streams_.out, POLLOUT, 0};
        ::poll(&item, 1, -1);
      } else {
        if (errno != EPIPE) tell_of_missing(results_.size() - left.size(), errno);
        return false;
      }
    }
    results_.clear();
    return true;
  }

  void tell_of_missing(std::size_t bytes_written, int error_number) {
    const std::size_t begin = results_.substr(0, bytes_written).rfind('\n') + 1;  // npos + 1 is 0
    const std::string_view missing = std::string_view(results_).substr(begin);
    say(std::string("cannot write the output: ") + std::strerror(error_number));
    say("results are missing from line " + std::string(find_member(missing.substr(0, missing.find('\n')), "line")) +
        " on; the emails up to line " + std::to_string(input_.next_number() - 1) +
        " may have been accepted, none behind it");
  }

  // False: nobody takes the results any more.
  bool stand_still(Time now) {
    const bool wants_lines = !input_ended_ && starved_ && window_.has_room();
    const bool wants_to_send = connection_.is_sending() || (window_.has_requests() && now >= window_.resume_at());
    const short events = wants_to_send ? POLLIN | POLLOUT : POLLIN;
    std::array<pollfd, 3> items{pollfd{wants_lines ? streams_.in : -1, POLLIN, 0},
                                pollfd{connection_.descriptor(), events, 0}, pollfd{streams_.out, 0, 0}};
    if (::poll(items.data(), items.size(), timeout(now)) < 0) return true;
    if (items[0].revents != 0) read_input();
    if ((items[1].revents & ~POLLOUT) != 0) read_replies();
    return (items[2].revents & (POLLERR | POLLHUP)) == 0;
  }

  int timeout(Time now) const {
    Time next = Time::max();
    if (!connection_.is_open()) {
      if (window_.has_requests()) next = connection_.opens_at();
    } else {
      if (window_.has_requests() && now < window_.resume_at()) next = window_.resume_at();
      if (window_.is_unanswered()) next = std::min(next, connection_.quiet_since() + kPatience);
    }
    if (next == Time::max()) return -1;
    return static_cast<int>(std::clamp<Duration::rep>((next - now).count(), 0, std::numeric_limits<int>::max()));
  }

  void read_input() {
    const auto space = input_.prepare(kReadBytes);
    const ssize_t got = ::read(streams_.in, space.data(), space.size());
    if (got > 0) return input_.commit(static_cast<std::size_t>(got));
    if (got < 0 && is_for_later(errno)) return;
    if (got < 0) {
      say(std::string("cannot read standard input: ") + std::strerror(errno));
      code_ = worse(code_, kNoInput);
    }
    input_ended_ = true;
    input_.end();
  }

  void read_replies() {
    const Time now = clock_.now();
    const auto heard = connection_.receive(now, [&](std::string_view line) {
      away_since_.reset();
      loss_told_ = false;
      return window_.hear(line, now);
    });
    if (!heard) return give_up(heard.error());
    if (!*heard) window_.lose_connection();
  }

  void give_up(const Error& why) {
    hopeless_ = true;
    const bool all_taken = input_ended_ && input_.at_end();
    if (!all_taken) code_ = worse(code_, exit_code(why));
    say(why.message + "; giving up");
    window_.give_up(why);
    if (!all_taken) {
      say("nothing was submitted from line " + std::to_string(input_.next_number()) +
          " on; each line before it has its result");
    }
  }

  int conclude() {
    progress_.erase();
    const LineTally& tally = window_.tally();
    if (tally.refused > 0) {
      say(std::to_string(tally.refused) + " of " + std::to_string(tally.done) +
          (tally.done == 1 ? " email was" : " emails were") + " not accepted, the first is on line " +
          std::to_string(tally.first_refused_line));
    }
    return worse(code_, tally.exit_code);
  }

  void tell_of_stall(Time now) {
    const auto& refusal = window_.refusal();
    if (!refusal) {
      stall_told_ = false;
    } else if (now - refusal->since >= kStallTold && !std::exchange(stall_told_, true)) {
      say("jobd takes no emails for now: " + refusal->message + "; waiting");
    }
  }

  void show_progress(Time now) {
    const LineTally& tally = window_.tally();
    Progress progress{tally.done, tally.refused, input_.bytes_taken(), bytes_total_, {}};
    if (window_.refusal()) progress.trouble = window_.refusal()->message;
    if (!connection_.is_open() && window_.has_requests()) progress.trouble = "jobd is away";
    progress_.show(progress, now);
  }

  void say(const std::string& message) {
    progress_.erase();
    complain(console_, message);
  }

  Console& console_;
  const Clock& clock_;
  const LineStreams streams_;
  NumberedLines input_;
  LineWindow window_;
  LineConnection connection_;
  std::string results_;
  ProgressLine progress_;
  const std::uint64_t bytes_total_;
  bool starved_ = false;  // no whole line of the input is at hand
  bool input_ended_ = false;
  bool hopeless_ = false;
  std::optional<Time> away_since_;  // since jobd was looked for in vain, until it answers
  bool loss_told_ = false;
  bool stall_told_ = false;
  int code_ = kDone;
};

}  // namespace

int submit_lines(const SubmitLines& submit, const std::vector<std::string>& places, Console& console,
                 const Clock& clock, std::uint64_t random, LineStreams streams) {
  return LineStream(submit, places, console, clock, random, streams).run();
}

}  // namespace jobd::cmd
