// The outside world of the tests: a clock that stands still until told, chance that is scripted.
#pragma once

#include <cstdint>

#include "daemon/core/random.h"
#include "shared/clock.h"

namespace jobd::testing {

// 2026-03-01T12:00:00.000Z, where every test begins.
inline constexpr Time kNoon{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + std::chrono::hours(12)};

class FakeClock final : public Clock {
 public:
  Time now() const override { return now_; }
  void advance(Duration by) { now_ += by; }
  void set(Time to) { now_ = to; }

 private:
  Time now_ = kNoon;
};

// A fixed sequence (splitmix64 from a seed): the same in every run.
class FakeRandom final : public Random {
 public:
  explicit FakeRandom(std::uint64_t seed = 1) : state_(seed) {}
  std::uint64_t bits() override;

 private:
  std::uint64_t state_;
};

}  // namespace jobd::testing
