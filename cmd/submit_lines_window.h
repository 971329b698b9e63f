// LineWindow: the lines of a stream of emails that are under way, and what happens to each. No I/O: bytes of lines and
// replies go in, requests and results come out, the time is an argument.
//
// A line waits its turn, is submitted, with --wait awaited, and is done; results leave in the order of the lines, so a
// line that takes long holds back those behind it, and with them the input: the window is bounded in lines and bytes.
// Every line has an idempotency key, its own or a new one, so that after a lost connection all that had no answer is
// submitted again and makes no second job.
//
// A submit that jobd refuses for the moment (busy, draining, a full disk) goes again after the pause jobd asks for,
// else after a longer one each time; then a single line goes first, and with each that is taken one more may be on its
// way. So a full queue costs one request a pause, and a slow one is asked as often as it takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "cmd/invocation.h"
#include "cmd/submit_lines_input.h"
#include "shared/clock.h"
#include "shared/job_id.h"
#include "shared/result.h"

namespace jobd::cmd {

// What became of the lines so far.
struct LineTally {
  std::uint64_t done = 0;     // results that have left
  std::uint64_t refused = 0;  // of them: errors
  std::uint64_t first_refused_line = 0;
  int exit_code = 0;  // the worst of all
};

// Own thread only.
class LineWindow {
 public:
  // Lines under way at once, and the bytes of their texts past which no more is taken in: enough that jobd always has
  // work while its answers are on their way, far from what one connection may have waiting (limits.h).
  static constexpr std::size_t kLines = 1024;
  static constexpr std::size_t kBytes = 8UL << 20;

  // wait: none without --wait. random: seeds the keys.
  LineWindow(std::optional<Wait> wait, std::uint64_t random) : wait_(wait), bits_(random) {}

  bool has_room() const { return entries_.size() < kLines && bytes_ < kBytes; }
  bool is_empty() const { return entries_.empty(); }
  void add(const NumberedLine& line, Time now);

  // Appends requests until `out` has so many bytes, whole ones. They are from now on unanswered.
  void write_requests(std::string& out, std::size_t bytes, Time now);
  // Something waits to be sent; not before resume_at().
  bool has_requests() const;
  Time resume_at() const { return resume_at_; }
  bool is_unanswered() const { return !submitting_.empty() || awaiting_ > 0; }

  // One line of jobd's. Errors: internal, when it answers nothing that was asked.
  Result<Done> hear(std::string_view reply, Time now);
  // The connection is gone, and all answers with it.
  void lose_connection();
  // Since when jobd takes nothing, and what it says; none while it does.
  struct Refusal {
    Time since;
    std::string message;
  };
  const std::optional<Refusal>& refusal() const { return refusal_; }

  // Appends the results that may leave.
  void take_results(std::string& out);
  // There is no hope: all that is not done is, with this error, or where it was accepted with what is known of the job.
  void give_up(const Error& why);

  const LineTally& tally() const { return tally_; }

 private:
  enum class Stage : std::uint8_t { to_submit, submitting, to_await, awaiting, done };
  struct Entry {
    std::uint64_t line = 0;
    Stage stage = Stage::to_submit;
    bool in_doubt = false;           // an earlier submit of it was lost or failed; a refusal now does not end that
    std::string text;                // the request's line; once accepted the job as last seen; once done the result
    JobId id;                        // once accepted, with --wait
    std::optional<Time> wait_until;  // of --wait=...
    Time asked{};
    Duration asked_wait{};
  };

  Entry& entry(std::uint64_t seq) { return entries_[static_cast<std::size_t>(seq - first_seq_)]; }
  bool is_under_way(std::uint64_t seq) const { return seq >= first_seq_ && seq - first_seq_ < entries_.size(); }
  std::optional<std::uint64_t> next_to_send();
  std::string await_request(Entry& entry, std::uint64_t seq, Time now) const;
  std::string request_of(std::string_view email, std::uint64_t seq, Time now);

  void hear_submitted(std::uint64_t seq, std::string_view job, Time now);
  void hear_awaited(std::uint64_t seq, std::string_view job, Time now);
  void hear_error(std::uint64_t seq, std::string_view reply, Time now);
  void hold(const Error& error, Time now);
  void again(std::uint64_t seq, Stage stage);
  void set_text(Entry& entry, std::string text);
  void finish_with_job(Entry& entry, std::string_view job, int exit_code);
  void finish_with_error(Entry& entry, std::string_view error_json, int exit_code, std::string_view more = {});

  const std::optional<Wait> wait_;
  JobIdMaker keys_;
  std::mt19937_64 bits_;

  std::deque<Entry> entries_;
  std::uint64_t first_seq_ = 1;           // of entries_.front(); an entry's seq is its request's id
  std::uint64_t next_seq_ = 1;            // nothing before it waits to be sent
  std::size_t bytes_ = 0;                 // of all texts
  std::deque<std::uint64_t> submitting_;  // in the order they were sent, which is that of their answers
  std::size_t awaiting_ = 0;

  std::size_t allowed_ = kLines;  // submits that may be unanswered at once
  Time resume_at_{};
  Duration pause_{};
  std::optional<Refusal> refusal_;
  LineTally tally_;
};

}  // namespace jobd::cmd
