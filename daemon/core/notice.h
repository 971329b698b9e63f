// A line for the log.
#pragma once

#include <cstdint>
#include <string>

namespace jobd {

struct Notice {
  enum class Level : std::uint8_t { info, warn, error };
  Level level = Level::info;
  std::string text;
};

}  // namespace jobd
