#include "daemon/net/http_response.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <functional>

#include "daemon/net/http_values.h"
#include "shared/codec.h"

namespace jobd {
namespace {

struct Phrase {
  int status;
  std::string_view words;
};
// RFC 9110 15, those that are ever answered.
constexpr std::array kPhrases{
    Phrase{200, "OK"},
    Phrase{202, "Accepted"},
    Phrase{204, "No Content"},
    Phrase{304, "Not Modified"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{410, "Gone"},
    Phrase{413, "Content Too Large"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{417, "Expectation Failed"},
    Phrase{422, "Unprocessable Content"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{503, "Service Unavailable"},
    Phrase{505, "HTTP Version Not Supported"},
    Phrase{507, "Insufficient Storage"},
};

std::string_view phrase(int status) {
  for (const Phrase& one : kPhrases) {
    if (one.status == status) return one.words;
  }
  return "Unknown";
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

constexpr std::size_t kHeadRoom = 512;
// The first field of all.
constexpr std::string_view kClose = "Connection: close\r\n";
constexpr std::string_view kKeepAlive = "Connection: keep-alive\r\n";

// Writes one response: the fields that all have, those given, at last the body.
class ResponseWriter {
 public:
  ResponseWriter(int status, const HttpForm& form, std::string_view date, std::size_t body_bytes = 0,
                 std::string_view caching = "no-store")
      : form_(form) {
    out_.reserve(kHeadRoom + body_bytes);
    out_ += "HTTP/1.1 ";
    append_number(out_, static_cast<std::uint64_t>(status));
    out_ += ' ';
    out_ += phrase(status);
    out_ += "\r\n";
    if (!form.keeps_open) out_ += kClose;
    if (form.keeps_open && form.is_1_0) out_ += kKeepAlive;
    out_ += "Date: ";
    out_ += date;
    out_ += "\r\nCache-Control: ";
    out_ += caching;
    out_ += "\r\nX-Content-Type-Options: nosniff\r\n";
  }

  void field(std::string_view name, std::string_view value) {
    out_ += name;
    out_ += ": ";
    out_ += value;
    out_ += "\r\n";
  }

  std::string without_body() {
    out_ += "\r\n";
    return std::move(out_);
  }

  std::string with_body(std::string_view type, std::string_view body) {
    field("Content-Type", type);
    out_ += "Content-Length: ";
    append_number(out_, body.size());
    out_ += "\r\n\r\n";
    if (!form_.is_head) out_ += body;
    return std::move(out_);
  }

 private:
  const HttpForm& form_;
  std::string out_;
};

// Of the bytes, so that it stays the same over a restart.
std::string entity_tag(std::string_view body) {
  std::array<char, 19> tag{};
  const std::size_t hash = std::hash<std::string_view>{}(body);
  std::snprintf(tag.data(), tag.size(), "\"%016zx\"", hash);
  return tag.data();
}

// RFC 9110 13.1.2, compared weakly.
bool is_listed(std::string_view list, std::string_view tag) {
  while (const auto part = take_part(list, ',')) {
    std::string_view one = *part;
    if (one == "*") return true;
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == tag) return true;
  }
  return false;
}

std::string job_response(std::string_view body, const HttpForm& form, std::string_view date) {
  const std::string tag = entity_tag(body);
  const bool known = is_listed(form.if_none_match, tag);
  // A browser keeps it, to ask with its tag.
  ResponseWriter writer(known ? 304 : 200, form, date, body.size(), "private, no-cache");
  writer.field("ETag", tag);
  if (form.wait_seconds) writer.field("Preference-Applied", "wait=" + std::to_string(*form.wait_seconds));
  return known ? writer.without_body() : writer.with_body("application/json", body);
}

std::string success(const Response& response, const HttpForm& form, std::string_view date) {
  if (std::holds_alternative<Deleted>(response)) return ResponseWriter(204, form, date).without_body();
  const auto* many = std::get_if<SubmittedMany>(&response);
  if (many != nullptr && form.wants_lines) {
    const std::string lines = encode_item_lines(*many);
    return ResponseWriter(200, form, date, lines.size()).with_body("application/x-ndjson", lines);
  }
  const std::string body = encode_result(response);
  if (form.is_job) return job_response(body, form, date);
  ResponseWriter writer(status_of(response), form, date, body.size());
  if (const auto* submitted = std::get_if<Submitted>(&response)) {
    writer.field("Location", "/jobs/" + submitted->job.id.text());
  }
  const auto* page = std::get_if<JobPage>(&response);
  if (page != nullptr && page->next_cursor) {
    writer.field("Link", "<" + form.next_page + percent_encoded(*page->next_cursor) + ">; rel=\"next\"");
  }
  return writer.with_body("application/json", body);
}

}  // namespace

std::string_view HttpDate::at(Time now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (second_ == second) return text_;
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{second - day};
  std::array<char, 40> out{};
  const int size = std::snprintf(out.data(), out.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                                 kDays[std::chrono::weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                                 kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                                 static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                                 static_cast<int>(clock.seconds().count()));
  text_.assign(out.data(), static_cast<std::size_t>(size));
  second_ = second;
  return text_;
}

std::string http_response(const Result<Response>& answer, const HttpForm& form, std::string_view date) {
  return answer ? success(*answer, form, date) : http_response(HttpError(answer.error()), form, date);
}

std::string http_response(const HttpError& refusal, const HttpForm& form, std::string_view date) {
  const std::string body = encode_problem(refusal.error, refusal.status, phrase(refusal.status));
  ResponseWriter writer(refusal.status, form, date, body.size());
  if (!refusal.allow.empty()) writer.field("Allow", refusal.allow);
  if (refusal.error.retry_after) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*refusal.error.retry_after);
    writer.field("Retry-After", std::to_string(seconds.count()));
  }
  return writer.with_body("application/problem+json", body);
}

std::string http_document(std::string_view json, const HttpForm& form, std::string_view date) {
  return ResponseWriter(200, form, date, json.size()).with_body("application/json", json);
}

std::string http_options(std::string_view allow, const HttpForm& form, std::string_view date) {
  ResponseWriter writer(204, form, date);
  writer.field("Allow", allow);
  return writer.without_body();
}

std::string http_event_stream(const HttpForm& form, std::string_view date) {
  ResponseWriter writer(200, form, date);
  writer.field("Content-Type", "text/event-stream");
  writer.field("X-Accel-Buffering", "no");  // nginx would hold events back
  if (!form.is_1_0) writer.field("Transfer-Encoding", "chunked");
  return writer.without_body();
}

void say_close(std::string& response) {
  const std::size_t at = response.find('\n') + 1;
  const bool says_keep_alive = std::string_view(response).substr(at).starts_with(kKeepAlive);
  response.replace(at, says_keep_alive ? kKeepAlive.size() : 0, kClose);
}

}  // namespace jobd
