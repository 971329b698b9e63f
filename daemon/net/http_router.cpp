#include "daemon/net/http_router.h"

#include <algorithm>
#include <array>

namespace jobd {
namespace {

constexpr std::string_view kDocumentPath = "/openapi.json";
// In the order of Allow.
constexpr std::array<std::string_view, 3> kMethods{"GET", "POST", "DELETE"};

bool knows(const HttpResource& resource, std::string_view method) {
  return (resource.is_document && method == "GET") || resource.operation(method) != nullptr;
}

std::string allow_of(const std::vector<HttpResource>& resources) {
  std::string allow;
  for (const std::string_view method : kMethods) {
    if (std::ranges::none_of(resources, [&](const HttpResource& one) { return knows(one, method); })) continue;
    allow += method;
    allow += method == "GET" ? ", HEAD, " : ", ";
  }
  return allow + "OPTIONS";
}

// Those without a field first: "/jobs/cancel" is not the job "cancel".
std::vector<HttpResource> make_resources() {
  std::vector<HttpResource> resources;
  resources.push_back({kDocumentPath, {}, true, {}});
  for (const Operation& operation : operations()) {
    if (operation.http_method.empty()) continue;
    auto found = std::ranges::find(resources, operation.http_path, &HttpResource::path);
    if (found == resources.end()) found = resources.insert(found, {operation.http_path, {}, false, {}});
    found->operations.push_back(&operation);
  }
  std::vector<HttpResource> ordered;
  for (const bool has_field : {false, true}) {
    for (HttpResource& resource : resources) {
      if ((resource.path.find('{') != std::string_view::npos) != has_field) continue;
      resource.allow = allow_of({resource});
      ordered.push_back(resource);
    }
  }
  return ordered;
}

const std::vector<HttpResource>& resources() {
  static const std::vector<HttpResource> all = make_resources();
  return all;
}

// A template has one field at most, a whole segment.
bool matches(std::string_view path, HttpRoute& route) {
  const std::string_view wanted = route.resource->path;
  const std::size_t open = wanted.find('{');
  if (open == std::string_view::npos) return path == wanted;
  const std::size_t close = wanted.find('}', open);
  if (!path.starts_with(wanted.substr(0, open))) return false;
  const std::size_t end = std::min(path.find('/', open), path.size());
  route.field = wanted.substr(open + 1, close - open - 1);
  route.value = path.substr(open, end - open);
  return !route.value.empty() && path.substr(end) == wanted.substr(close + 1);
}

}  // namespace

const Operation* HttpResource::operation(std::string_view method) const {
  const auto found = std::ranges::find(operations, method == "HEAD" ? "GET" : method, &Operation::http_method);
  return found == operations.end() ? nullptr : *found;
}

HttpRoute find_route(std::string_view path) {
  for (const HttpResource& resource : resources()) {
    HttpRoute route{&resource, {}, {}};
    if (matches(path, route)) return route;
  }
  return {};
}

const std::string& all_methods() {
  static const std::string all = allow_of(resources());
  return all;
}

}  // namespace jobd
