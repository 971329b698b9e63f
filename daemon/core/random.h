// Chance, as an argument: the shells hold the real one, tests a scripted one.
#pragma once

#include <cstdint>

namespace jobd {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t bits() = 0;
  double unit() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }  // [0, 1)
};

}  // namespace jobd
