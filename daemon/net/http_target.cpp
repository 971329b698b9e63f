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

bool is_listed(const std::vector<std::string>& hosts, std::string_view host) {
  return std::ranges::any_of(hosts, [&](const std::string& one) { return equal_ignoring_case(one, host); });
}

// https is a proxy's: behind it only a configured name leads here, and on our own port somebody else's page says so.
bool is_own_origin(std::string_view origin, std::string_view host, const HostRule& rule) {
  const bool is_https = take_prefix(origin, "https://");
  if (is_https && !rule.any && !is_listed(rule.configured, host)) return false;
  if (!is_https && !take_prefix(origin, "http://")) return false;
  return !host.empty() && equal_ignoring_case(origin, host);
}

std::optional<HttpError> check_host(const HttpHead& head, std::string_view host, const HostRule& rule) {
  if (rule.any || is_listed(rule.hosts, host) || is_listed(rule.configured, host)) return std::nullopt;
  if (host.empty() && head.is_1_0) return malformed("Host is missing; over TCP it is asked for");
  return HttpError(Error{Code::forbidden, "Host " + quoted(host) +
                                              " is none of this jobd; if that name is to lead here, add it to "
                                              "http.hosts of the configuration"});
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
  if (auto error = check_host(head, target.host, rule)) return error;
  std::optional<HttpError> error;
  head.each("origin", [&](std::string_view origin) {
    if (is_own_origin(origin, target.host, rule)) return;
    error = HttpError(Error{Code::forbidden, "web pages of another origin may not ask jobd: " + quoted(origin)});
  });
  head.each("sec-fetch-site", [&](std::string_view site) {
    if (!equal_ignoring_case(site, "cross-site") && !equal_ignoring_case(site, "same-site")) return;
    error = HttpError(
        Error{Code::forbidden, "web pages of another origin may not ask jobd: Sec-Fetch-Site is " + std::string(site)});
  });
  return error;
}

}  // namespace jobd
