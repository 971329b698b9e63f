// The line on a terminal that shows how far a long run is: one line of standard error, drawn over itself and gone at
// the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "cmd/console.h"
#include "shared/clock.h"

namespace jobd::cmd {

struct Progress {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  std::uint64_t bytes = 0;        // of the input
  std::uint64_t bytes_total = 0;  // 0: nobody knows
  std::string_view trouble = {};  // why nothing moves; empty: it does
};

// How fast it goes.
struct Pace {
  double done_per_second = 0;
  double bytes_per_second = 0;
};

// The pace of the last seconds, so that a run that was held up does not carry it into what it tells of the rest.
class RecentPace {
 public:
  explicit RecentPace(Time start) : samples_{{start, 0, 0}} {}
  // Since the sample that is kWindow old, or the oldest. Samples come in the order of time.
  Pace add(const Progress& progress, Time now);

 private:
  static constexpr Duration kWindow{5000};
  struct Sample {
    Time at;
    std::uint64_t done;
    std::uint64_t bytes;
  };
  std::deque<Sample> samples_;
};

// "12,345 done, 24 %, 21,300/s, 1m 4s left, 3 failed": what is known of it.
std::string describe_progress(const Progress& progress, const Pace& pace);

// The text and, where the total is known, a bar in the columns that are left free: "...  [#####.....]". Not wider than
// columns.
std::string draw_progress(const Progress& progress, const Pace& pace, std::size_t columns);

// Own thread only. Nothing but its caller's events draws it: it has no thread and no timer.
class ProgressLine {
 public:
  // Shown where standard error is a terminal that can draw over a line and standard output is none, since there what
  // comes out shows enough; else it never writes. The console outlives it.
  ProgressLine(Console& console, Time start);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { erase(); }

  // Draws, not within the first moment and a few times a second at most.
  void show(const Progress& progress, Time now);
  // For what is to be written in its place; the next show() draws it again.
  void erase();

 private:
  static constexpr Duration kMoment{1000};
  static constexpr Duration kBetween{250};

  Console& console_;
  const bool shown_;
  RecentPace pace_;
  Time next_;  // not drawn before
  bool drawn_ = false;
};

// The bytes that are left of a regular file; 0 where nobody knows.
std::uint64_t bytes_left(int descriptor);

}  // namespace jobd::cmd
