// The routes of the table of operations: which path knows which methods. A path is compared as it stands: nothing is
// decoded, joined or left out before, so "/jobs/", "//jobs" and "/x/../jobs" lead nowhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/operations.h"

namespace jobd {

struct HttpResource {
  std::string_view path;  // "/jobs/{id}"
  std::vector<const Operation*> operations;
  bool is_document = false;  // the OpenAPI document, which GET reads
  std::string allow;         // "GET, HEAD, OPTIONS"

  // Of exactly this method; HEAD is GET's.
  const Operation* operation(std::string_view method) const;
};

struct HttpRoute {
  const HttpResource* resource = nullptr;  // none: nobody knows the path
  std::string_view field;                  // "id", where the path has one
  std::string_view value;                  // as it stands there
};

HttpRoute find_route(std::string_view path);
// All methods that any path knows, as Allow has them.
const std::string& all_methods();

}  // namespace jobd
