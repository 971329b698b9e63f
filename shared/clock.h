// Time as the program knows it: wall-clock milliseconds, UTC. The core takes the time as an argument;
// only the shells hold a Clock, and only clock.cpp reads the machine's.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace jobd {

using Duration = std::chrono::milliseconds;
using Time = std::chrono::time_point<std::chrono::system_clock, Duration>;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
};

// For waits and time-outs, which no setting of the machine's clock may shorten or lengthen.
using Moment = std::chrono::steady_clock::time_point;
Moment steady_now();

// "2026-03-01T12:00:00.000Z": RFC 3339, UTC, always with milliseconds.
std::string format_time(Time time);

// Any RFC 3339 date-time, offset and fraction included (digits past the millisecond are cut off), from year 1970 to
// 9999.
std::optional<Time> parse_time(std::string_view text);

// "90s", "15m", "4h", "3d", "250ms"; several units largest first ("1h30m"). No sign, no space, 100 years at most.
std::optional<Duration> parse_duration(std::string_view text);

// The same in the shortest exact form that parse_duration reads: "15m", "1h30m", "250ms", "0s".
std::string format_duration(Duration duration);

// For people, in at most two units, rounded down: "4m 12s", "2d 3h", "320 ms".
std::string describe_duration(Duration duration);

}  // namespace jobd
