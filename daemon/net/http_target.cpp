#include "daemon/net/http_target.h"

#include <algorithm>
#include <string>

#include "daemon/net/http_values.h"
#include "shared/text.h"

namespace jobd {
namespace {

// Takes the prefix off, compared without case.
bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!equal_ignoring_case(text.substr(0, prefix.size()), prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<HttpError> read_host(const HttpHead& head, HttpTarget& target) {
  std::size_t hosts = 0;
  head.each("host", [&](std::string_view value) {
    target.host = value;
    ++hosts;
  });
  if (hosts > 1) return malformed("Host is given twice");
  if (hosts == 0 && !head.is_1_0) return malformed("Host is missing; HTTP/1.1 asks for it");
  if (!is_host(target.host)) return malformed("Host must be a name or an address, and a port where it is not 80");
  return std::nullopt;
}

std::string quoted(std::string_view text) {
  return "\"" + printable(text.substr(0, 200)) + "\"";
}

bool is_own_origin(std::string_view origin, std::string_view host) {
  if (!take_prefix(origin, "http://") && !take_prefix(origin, "https://")) return false;
  return !host.empty() && equal_ignoring_case(origin, host);
}

}  // namespace

std::optional<HttpError> read_target(const HttpHead& head, HttpTarget& target) {
  if (auto error = read_host(head, target)) return error;
  std::string_view rest = head.target;
  const auto fits = [](char c) { return c > ' ' && c < '\x7f' && c != '#'; };
  if (!std::ranges::all_of(rest, fits)) {
    return malformed("the target may have visible ASCII characters only, and no \"#\"; write others as %XX");
  }
  if (take_prefix(rest, "http://") || take_prefix(rest, "https://")) {
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    target.host = rest.substr(0, end);
    rest.remove_prefix(end);
    if (target.host.empty() || !is_host(target.host)) return malformed("the target names no host");
    if (rest.empty()) rest = head.method == "OPTIONS" ? "*" : "/";
  }
  const bool asks_all = rest == "*" && head.method == "OPTIONS";
  if (!asks_all && !rest.starts_with('/')) return malformed("the target must be a path, such as /jobs");
  target.path = rest.substr(0, rest.find('?'));
  target.query = rest.size() == target.path.size() ? std::string_view{} : rest.substr(target.path.size() + 1);
  return std::nullopt;
}

std::optional<HttpError> check_sender(const HttpHead& head, const HttpTarget& target, const HostRule& rule) {
  const auto is_ours = [&](const std::string& host) { return equal_ignoring_case(host, target.host); };
  const bool names_host = !target.host.empty() || !head.is_1_0;
  if (!rule.any && names_host && std::ranges::none_of(rule.hosts, is_ours)) {
    return HttpError(Error{Code::forbidden, "Host " + quoted(target.host) +
                                                " is none of this jobd; if that name is to lead here, add it to "
                                                "http.hosts of the configuration"});
  }
  std::optional<HttpError> error;
  head.each("origin", [&](std::string_view origin) {
    if (is_own_origin(origin, target.host)) return;
    error = HttpError(Error{Code::forbidden, "web pages of another origin may not ask jobd: " + quoted(origin)});
  });
  return error;
}

}  // namespace jobd
