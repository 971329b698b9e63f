// The log: spdlog to stderr, wrapped once. A message is one line; whatever in it came from outside is
// made harmless here.
#pragma once

#include <string>
#include <string_view>

namespace jobd::log {

inline constexpr std::string_view kLevels = "trace, debug, info, warn, error, off";
bool is_level(const std::string& level);

// Precondition: is_level(level).
void set_up(const std::string& level);

// Thread-safe.
void debug(std::string_view message);
void info(std::string_view message);
void warn(std::string_view message);
void error(std::string_view message);

}  // namespace jobd::log
