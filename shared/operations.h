// The table of operations. Socket dispatch, HTTP routes, jobctl, the man pages' check and whatever else
// needs to know what jobd can do read it here; there is no second list.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "shared/requests.h"

namespace jobd {

enum class Role : std::uint8_t { none, read, submit, admin };

struct Operation {
  std::string_view name;         // "submit_email"
  std::string_view summary;      // one line, no full stop
  std::string_view http_method;  // "POST"; empty: the socket's alone
  std::string_view http_path;    // "/jobs/{id}"
  Role role;
  std::size_t request_index;  // of its type in Request: row i is for alternative i
};

std::span<const Operation> operations();
const Operation* find_operation(std::string_view name);
// The operation a request belongs to.
const Operation& operation_of(const Request& request);

}  // namespace jobd
