#include "tests/fuzz/http_responses.h"

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tests/fuzz/target.h"

namespace jobd::fuzz {
namespace {

constexpr std::string_view kStatusLine = "HTTP/1.1 ";

bool is_shown(char c) {
  return c >= ' ' && c <= '~';
}

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::size_t number(std::string_view digits, int base) {
  std::size_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
  expect(error == std::errc{} && stop == end, "a length is a number", digits);
  return value;
}

class ResponseReader {
 public:
  ResponseReader(std::string_view bytes, bool asked_heads) : bytes_(bytes), asked_heads_(asked_heads) {}

  // False at the end of the bytes.
  bool next() {
    if (bytes_.empty()) return false;
    expect(!closed_, "nothing follows the response that closes the connection", bytes_);
    head_ = bytes_;
    read_head();
    if (status_ == 100) {
      expect(fields_.empty(), "100 Continue has no fields", head_);
      return next();
    }
    check_fields();
    closed_ = field("connection") == "close";
    if (status_ != 204 && status_ != 304) read_body();
    return true;
  }

 private:
  std::string_view line() {
    const std::size_t end = bytes_.find("\r\n");
    expect(end != std::string_view::npos, "a line ends in CR LF", bytes_);
    const std::string_view line = bytes_.substr(0, end);
    bytes_.remove_prefix(end + 2);
    return line;
  }

  std::string_view take(std::size_t n) {
    expect(n <= bytes_.size(), "a body is complete", head_);
    const std::string_view taken = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return taken;
  }

  void read_head() {
    std::string_view status = line();
    expect(status.starts_with(kStatusLine) && std::ranges::all_of(status, is_shown), "a response begins so", head_);
    status.remove_prefix(kStatusLine.size());
    expect(status.size() > 4 && status[3] == ' ', "a status has three digits and words", status);
    status_ = number(status.substr(0, 3), 10);
    expect(status_ >= 100 && status_ < 600 && status.substr(4) != "Unknown", "a status is a known one", status);
    fields_.clear();
    for (std::string_view one = line(); !one.empty(); one = line()) read_field(one);
  }

  void read_field(std::string_view text) {
    const std::size_t colon = text.find(": ");
    expect(colon != std::string_view::npos && colon > 0, "a field is a name, a colon and a value", text);
    std::string name(text.substr(0, colon));
    expect(std::ranges::all_of(name, is_name), "a field's name is a token", text);
    expect(std::ranges::all_of(text, is_shown), "a field's value can be shown", text);
    std::ranges::transform(name, name.begin(), lower);
    expect(fields_.emplace(name, text.substr(colon + 2)).second, "a field comes once", head_);
  }

  std::string_view field(const std::string& name) const {
    const auto found = fields_.find(name);
    return found == fields_.end() ? std::string_view{} : found->second;
  }
  bool has(const std::string& name) const { return fields_.contains(name); }

  void check_fields() const {
    const std::string_view date = field("date");
    expect(date.size() == 29 && date.ends_with(" GMT"), "a response has a Date", head_);
    expect(status_ != 405 || has("allow"), "405 has Allow", head_);
    expect(status_ != 202 || field("location").starts_with("/jobs/"), "202 says where the job is", head_);
    expect(!has("content-length") || !has("transfer-encoding"), "a length is told in one way", head_);
    const bool has_body = status_ != 204 && status_ != 304;
    expect(has_body == has("content-type"), "a body has a type, and only a body", head_);
    const bool is_error = status_ >= 400;
    expect(is_error == (field("content-type") == "application/problem+json"), "an error is told as a problem", head_);
  }

  // Bodies begin with no "HTTP/1.1 ", so what a HEAD left out can be told.
  bool is_left_out() const { return asked_heads_ && (bytes_.empty() || bytes_.starts_with(kStatusLine)); }

  void read_body() {
    if (has("content-length")) {
      const std::size_t length = number(field("content-length"), 10);
      if (length == 0 || !is_left_out()) check_body(take(length));
    } else if (is_left_out()) {
      return;
    } else if (has("transfer-encoding")) {
      expect(field("transfer-encoding") == "chunked", "the transfer coding is chunked", head_);
      check_body(read_chunks());
    } else {
      expect(closed_, "a body without a length ends with the connection", head_);
      check_body(take(bytes_.size()));
    }
  }

  std::string read_chunks() {
    std::string body;
    while (const std::size_t size = number(line(), 16)) {
      body += take(size);
      expect(line().empty(), "a chunk has the length that it says", head_);
    }
    expect(line().empty(), "the last chunk is followed by an empty line", head_);
    return body;
  }

  void check_body(std::string_view body) const {
    const std::string_view type = field("content-type");
    if (type == "text/event-stream") return check_events(body);
    if (type == "application/x-ndjson") {
      for (std::size_t end = body.find('\n'); !body.empty(); end = body.find('\n')) {
        expect(end != std::string_view::npos && nlohmann::json::accept(body.substr(0, end)), "a line is JSON", body);
        body.remove_prefix(end + 1);
      }
      return;
    }
    expect(type == "application/json" || type == "application/problem+json", "a body's type is a known one", head_);
    const auto json = nlohmann::json::parse(body, nullptr, false);
    expect(json.is_object(), "a body is a JSON object", body);
    if (status_ < 400) return;
    expect(json.value("status", 0U) == status_, "a problem tells the response's status", head_);
    expect(json.contains("code") && json.contains("detail") && json.contains("retryable"), "a problem is whole", body);
  }

  static void check_events(std::string_view body) {
    expect(body.empty() || body.ends_with("\n\n"), "the last event is whole", body);
    expect(body.find('\r') == std::string_view::npos, "an event's line is one line", body);
  }

  std::string_view bytes_;  // not read yet
  std::string_view head_;   // from the response under way on, to be shown
  std::size_t status_ = 0;
  std::map<std::string, std::string_view> fields_;
  bool closed_ = false;
  const bool asked_heads_;
};

}  // namespace

std::size_t count_responses(std::string_view bytes, bool asked_heads) {
  ResponseReader reader(bytes, asked_heads);
  std::size_t responses = 0;
  while (reader.next()) ++responses;
  return responses;
}

}  // namespace jobd::fuzz
