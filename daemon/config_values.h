// What a key of the configuration holds, as TOML writes and reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "shared/clock.h"

namespace toml {
inline namespace v3 {
class node;
}
}  // namespace toml

namespace jobd {

// Where a value lives; the alternative says how it is written: strings and durations as strings, lists as a string or
// an array of strings, the rest as what they are.
using Slot = std::variant<std::string*, std::vector<std::string>*, Duration*, std::int64_t*, int*, double*, bool*>;

// Of numbers, and of durations in milliseconds.
struct Range {
  double min = 0;
  double max = 0;
};

// A key of a table that is a T: its name, and where in a T its value is.
template <typename T>
struct Key {
  std::string_view section;
  std::string_view name;
  Slot (*slot)(T&);
  Range range = {};
};

// What is wrong with the node, if anything: "must be a string".
std::optional<std::string> read_value(const toml::node& node, const Slot& slot, const Range& range);

std::string print_value(const Slot& slot);

}  // namespace jobd
