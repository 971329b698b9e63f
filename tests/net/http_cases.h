// Requests and what is answered, each to a connection of its own: "202", "422 invalid_field to[0]"; several answers are
// joined by " | ", and " end" says that the connection is over. The job that the paths name is not there.
#pragma once

#include <string>
#include <vector>

namespace jobd::testing {

struct HttpCase {
  std::string name;
  std::string bytes;
  std::string outcome;
};

std::vector<HttpCase> framing_cases();    // what RFC 9112 lets or makes us refuse
std::vector<HttpCase> target_cases();     // paths, queries, hosts, origins
std::vector<HttpCase> operation_cases();  // bodies, types and fields of the operations
std::vector<HttpCase> all_http_cases();

std::vector<HttpCase> joined(const std::vector<std::vector<HttpCase>>& tables);

}  // namespace jobd::testing
