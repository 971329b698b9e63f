#include "tests/net/http_cases.h"

namespace jobd::testing {

std::vector<HttpCase> joined(const std::vector<std::vector<HttpCase>>& tables) {
  std::vector<HttpCase> all;
  for (const auto& table : tables) all.insert(all.end(), table.begin(), table.end());
  return all;
}

std::vector<HttpCase> all_http_cases() {
  return joined({framing_cases(), target_cases(), operation_cases()});
}

}  // namespace jobd::testing
