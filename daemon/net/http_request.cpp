#include "daemon/net/http_request.h"

#include <algorithm>
#include <charconv>

#include "daemon/net/http_router.h"
#include "daemon/net/http_target.h"
#include "daemon/net/http_values.h"
#include "shared/text.h"
#include "shared/unicode.h"

namespace jobd {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kLines = "application/x-ndjson";

template <typename T>
bool is_for(const HttpRequest& request) {
  static const std::size_t index = Request(T{}).index();
  return request.operation != nullptr && request.operation->request_index == index;
}

// q of an element of Accept, in thousandths (RFC 9110 12.4.2).
int quality(std::string_view parameters) {
  while (const auto part = take_part(parameters, ';')) {
    const auto [name, value] = named_value(*part);
    if (!equal_ignoring_case(name, "q")) continue;
    double q = 0;
    const bool is_number = std::from_chars(value.data(), value.data() + value.size(), q).ec == std::errc{};
    return is_number ? static_cast<int>(std::clamp(q, 0.0, 1.0) * 1000) : 0;
  }
  return 1000;
}

// Lines only for who names them, and does not rather have JSON.
bool prefers_lines(const HttpHead& head) {
  int lines = 0;
  int json = 0;
  head.each("accept", [&](std::string_view list) {
    while (auto part = take_part(list, ',')) {
      const std::string_view type = take_part(*part, ';').value_or("");
      if (equal_ignoring_case(type, kLines)) lines = quality(*part);
      if (equal_ignoring_case(type, kJson)) json = quality(*part);
    }
  });
  return lines > json;
}

bool keeps_open(const HttpHead& head) {
  bool close = false;
  bool keep_alive = !head.is_1_0;
  head.each("connection", [&](std::string_view list) {
    while (const auto option = take_part(list, ',')) {
      close = close || equal_ignoring_case(*option, "close");
      keep_alive = keep_alive || equal_ignoring_case(*option, "keep-alive");
    }
  });
  return keep_alive && !close;
}

// RFC 7240: the first wait of all; one that is no number is none.
std::optional<std::uint64_t> preferred_wait(const HttpHead& head) {
  std::optional<std::uint64_t> seconds;
  head.each("prefer", [&](std::string_view list) {
    while (auto part = take_part(list, ',')) {
      const auto [name, value] = named_value(take_part(*part, ';').value_or(""));
      if (seconds || !equal_ignoring_case(name, "wait")) continue;
      std::uint64_t number = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      if (error != std::errc{} || end != value.data() + value.size()) continue;
      seconds = std::min<std::uint64_t>(number, limits::kWaitMax.count());
    }
  });
  return seconds;
}

// Reads one head, step by step; each step may find the error that is the answer.
class HeadReader {
 public:
  HeadReader(const HttpHead& head, HttpRequest& request) : head_(head), request_(request) {}

  std::optional<HttpError> read(const HostRule& rule, std::size_t body_bytes_max);

 private:
  std::optional<HttpError> read_route();
  std::optional<HttpError> read_query();
  std::optional<HttpError> check_query_field(const std::string& name) const;
  std::optional<HttpError> read_expectation();
  std::optional<HttpError> read_body_type();
  std::optional<HttpError> check_body_type(std::string_view given);
  void read_preferences();
  void read_preferred_wait();
  void set_field(std::string_view name, std::string_view value);

  const HttpHead& head_;
  HttpRequest& request_;
  HttpTarget target_;
};

std::optional<HttpError> HeadReader::read(const HostRule& rule, std::size_t body_bytes_max) {
  request_.form.is_1_0 = head_.is_1_0;
  request_.form.is_head = head_.method == "HEAD";
  request_.form.keeps_open = keeps_open(head_);
  request_.is_chunked = head_.chunked;
  request_.body_bytes = head_.content_length;
  auto unmet = read_expectation();
  if (auto error = read_target(head_, target_)) return error;
  if (auto error = check_sender(head_, target_, rule)) return error;
  if (auto error = read_route()) return error;
  if (auto error = read_query()) return error;
  if (unmet) return unmet;
  if (auto error = read_body_type()) {
    const bool needs_body = is_for<SubmitEmail>(request_) || is_for<SubmitEmails>(request_);
    const bool has_body = request_.body_bytes > 0 || request_.expects_continue;
    if (has_body || needs_body) return error;
    if (head_.chunked) request_.if_body = std::move(error);
  }
  if (head_.content_length > body_bytes_max) return body_too_large(body_bytes_max);
  read_preferences();
  return std::nullopt;
}

std::optional<HttpError> HeadReader::read_route() {
  const bool is_options = head_.method == "OPTIONS";
  if (target_.path == "*") {
    request_.allow = all_methods();
    return std::nullopt;
  }
  const HttpRoute route = find_route(target_.path);
  if (route.resource == nullptr) {
    return HttpError(Error{Code::unknown_operation, "there is nothing at " + printable(target_.path.substr(0, 200)) +
                                                        "; GET /openapi.json tells what there is"});
  }
  if (is_options) {
    request_.allow = route.resource->allow;
    return std::nullopt;
  }
  request_.operation = route.resource->operation(head_.method);
  const bool reads = head_.method == "GET" || head_.method == "HEAD";
  if (request_.operation == nullptr && !(route.resource->is_document && reads)) {
    HttpError error(Error{Code::method_not_allowed, std::string(target_.path.substr(0, 200)) + " takes " +
                                                        route.resource->allow + ", not " +
                                                        std::string(head_.method.substr(0, 32))});
    error.allow = route.resource->allow;
    return error;
  }
  if (route.field.empty()) return std::nullopt;
  auto value = percent_decoded(route.value, false);
  if (!value) return HttpError(400, "the path has a \"%\" without two hexadecimal digits behind it");
  request_.fields.emplace_back(route.field, *std::move(value));
  return std::nullopt;
}

std::optional<HttpError> HeadReader::read_query() {
  if (request_.operation == nullptr) return std::nullopt;
  const bool is_list = is_for<ListJobs>(request_);
  if (is_list) request_.form.next_page = "/jobs?";
  for (std::string_view query = target_.query; !query.empty();) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decoded(pair.substr(0, equals), true);
    auto value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value) return HttpError(400, "the query has a \"%\" without two hexadecimal digits behind it");
    if (auto error = check_query_field(*name)) return error;
    if (is_list && *name != "cursor") {
      request_.form.next_page += percent_encoded(*name) + "=" + percent_encoded(*value) + "&";
    }
    request_.fields.emplace_back(*std::move(name), *std::move(value));
  }
  if (is_list) request_.form.next_page += "cursor=";
  return std::nullopt;
}

std::optional<HttpError> HeadReader::check_query_field(const std::string& name) const {
  if (request_.operation->http_method == "GET") return std::nullopt;
  if (!is_utf8(name)) return HttpError(Error{Code::invalid_field, "a field of the URL is no UTF-8"});
  const std::string_view hint = head_.method == "POST" ? "; POST takes its parameters in a JSON body" : "";
  return HttpError(Error{Code::unknown_field, name + " is unknown here" + std::string(hint), name});
}

std::optional<HttpError> HeadReader::read_expectation() {
  std::optional<HttpError> error;
  bool expects = false;
  head_.each("expect", [&](std::string_view list) {
    while (const auto part = take_part(list, ',')) {
      if (equal_ignoring_case(*part, "100-continue")) {
        expects = true;
      } else {
        error = HttpError(417, "the only expectation met here is 100-continue");
      }
    }
  });
  const bool has_body = head_.chunked || head_.content_length > 0;
  request_.expects_continue = expects && has_body && !head_.is_1_0;
  return error;
}

// What is wrong with a body of this request, if it has one.
std::optional<HttpError> HeadReader::read_body_type() {
  if (head_.method != "POST") return HttpError(400, std::string(head_.method) + " takes no body");
  std::optional<HttpError> error;
  std::size_t types = 0;
  head_.each("content-type", [&](std::string_view given) {
    if (++types == 1) error = check_body_type(given);
  });
  head_.each("content-encoding", [&](std::string_view coding) {
    if (equal_ignoring_case(coding, "identity")) return;
    error = HttpError(Error{Code::unsupported_media_type, "a body is taken without Content-Encoding only"});
  });
  return types == 1 ? error : check_body_type("");
}

std::optional<HttpError> HeadReader::check_body_type(std::string_view given) {
  const std::string_view type = trim(given.substr(0, given.find(';')));
  given.remove_prefix(std::min(given.size(), given.find(';')));
  const bool is_batch = is_for<SubmitEmails>(request_);
  request_.body_is_lines = is_batch && equal_ignoring_case(type, kLines);
  bool fits = request_.body_is_lines || equal_ignoring_case(type, kJson);
  while (const auto part = take_part(given, ';')) {
    const auto [name, value] = named_value(*part);
    if (equal_ignoring_case(name, "charset")) fits = fits && equal_ignoring_case(value, "utf-8");
  }
  if (fits) return std::nullopt;
  const std::string_view or_lines = is_batch ? " or application/x-ndjson" : "";
  return HttpError(Error{Code::unsupported_media_type,
                         "a body needs the Content-Type application/json" + std::string(or_lines) + ", in UTF-8"});
}

void HeadReader::read_preferences() {
  if (is_for<GetJob>(request_)) {
    request_.form.is_job = true;
    head_.each("if-none-match", [&](std::string_view list) { (request_.form.if_none_match += list) += ','; });
    read_preferred_wait();
  } else if (is_for<SubmitEmails>(request_)) {
    request_.form.wants_lines = prefers_lines(head_);
    head_.each("idempotency-key", [&](std::string_view key) { request_.idempotency_keys.emplace_back(key); });
  } else if (is_for<SubmitEmail>(request_)) {
    head_.each("idempotency-key", [&](std::string_view key) { request_.idempotency_keys.emplace_back(key); });
    head_.each("traceparent", [&](std::string_view context) { request_.traceparents.emplace_back(context); });
  } else if (is_for<Watch>(request_)) {
    head_.each("last-event-id", [&](std::string_view id) {
      if (!id.empty()) set_field("after", id);
    });
  }
}

// One of the query says more.
void HeadReader::read_preferred_wait() {
  const auto is_wait = [](const auto& field) { return field.first == "wait"; };
  if (std::ranges::any_of(request_.fields, is_wait)) return;
  request_.form.wait_seconds = preferred_wait(head_);
  if (request_.form.wait_seconds) set_field("wait", std::to_string(*request_.form.wait_seconds) + "s");
}

void HeadReader::set_field(std::string_view name, std::string_view value) {
  std::erase_if(request_.fields, [&](const auto& field) { return field.first == name; });
  request_.fields.emplace_back(name, value);
}

}  // namespace

HttpRead read_head(const HttpHead& head, const HostRule& rule, std::size_t body_bytes_max) {
  HttpRead read;
  read.error = HeadReader(head, read.request).read(rule, body_bytes_max);
  return read;
}

}  // namespace jobd
