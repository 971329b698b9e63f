// JSON to request, through each way in. What is accepted says the same when it is encoded and decoded again; what is
// refused is refused with a 4xx and a message that can be shown.
//
//   {"op":"ping"}                         a line of the socket
//   ?list_jobs?status=failed&limit=3      as HTTP brings it: operation, decoded fields, and from the second line on
//   {"a":"body"}                          the body
//   !{"to":"a@b"}                         a batch as lines
//
// And as JSON, whatever else it is: the quick parser takes nothing that the other refuses, and reads the same in it.
#include <type_traits>

#include "shared/codec.h"
#include "shared/json.h"
#include "shared/json_quick.h"
#include "shared/text.h"
#include "shared/unicode.h"
#include "tests/fuzz/target.h"

namespace jobd::fuzz {
namespace {

// Small enough to be crossed.
constexpr CodecLimits kLimits{.content_bytes = 1500, .recipients = 6};
// A request that waits or watches needs an id.
const RequestId kId{std::int64_t{7}};

void check(const Error& error) {
  const int status = row(error.code).http_status;
  expect(status >= 400 && status < 500, "what a client sends is refused with a 4xx", error.message);
  expect(!error.message.empty(), "an error has a message");
  const std::string line = encode_reply(kId, error);
  expect(is_utf8(line) && line.find('\n') == std::string::npos, "an error's reply is one line of UTF-8", line);
  const Result<ReplyLine> reply = decode_reply(line);
  expect(reply.ok() && !reply->result.ok() && reply->status == status, "an error's reply can be read", line);
  const Error& told = reply->result.error();
  expect(told.code == error.code, "an error's reply has its code", line);
  expect_equal(told.message, printable(told.message), "an error's message can be shown to a person");
  const std::string problem = encode_problem(error, status, "Title");
  expect(is_utf8(problem), "a problem is UTF-8", problem);
}

// What the store keeps of an email is what was accepted. Of a raw message its Cc is left out: it stands in it.
void check_kept(const Email& email) {
  const std::string kept = encode_email(email);
  const Result<Email> again = decode_email(kept);
  expect(again.ok(), "a kept email can be read again", again.ok() ? "" : again.error().message + "\n" + kept);
  expect_equal(encode_email(*again), kept, "a kept email stays the same");
  if (!email.raw) expect(*again == email, "a kept email is the one that was accepted", kept);
}

bool same(const JobFilter& a, const JobFilter& b) {
  return a.status == b.status && a.tag == b.tag && a.recipient == b.recipient && a.since == b.since &&
         a.until == b.until;
}

// Field by field: what the encoder forgets is missing on both sides of a comparison of texts.
struct Same {
  bool operator()(const SubmitEmail& a, const SubmitEmail& b) const {
    return a.tags == b.tags && a.metadata == b.metadata && a.priority == b.priority &&
           a.scheduled_at == b.scheduled_at && a.delay == b.delay && a.ttl == b.ttl && a.expires_at == b.expires_at &&
           a.max_attempts == b.max_attempts && a.idempotency_key == b.idempotency_key &&
           a.on_uncertain == b.on_uncertain && a.envelope_from == b.envelope_from && a.traceparent == b.traceparent &&
           a.from_template == b.from_template && a.dsn == b.dsn;
  }
  // What is wrong in it is not sent again.
  bool operator()(const SubmitEmails& a, const SubmitEmails& b) const {
    const auto is_good = [](const Result<SubmitEmail>& item) { return item.ok(); };
    return std::ranges::count_if(a.emails, is_good) == std::ranges::count_if(b.emails, is_good);
  }
  bool operator()(const GetJob& a, const GetJob& b) const {
    return a.id == b.id && a.wait == b.wait && a.include_content == b.include_content;
  }
  bool operator()(const ListJobs& a, const ListJobs& b) const {
    return same(a.filter, b.filter) && a.limit == b.limit && a.cursor == b.cursor;
  }
  bool operator()(const CancelJob& a, const CancelJob& b) const { return a.id == b.id; }
  bool operator()(const RetryJob& a, const RetryJob& b) const { return a.id == b.id && a.ttl == b.ttl; }
  bool operator()(const CancelJobs& a, const CancelJobs& b) const {
    return same(a.filter, b.filter) && a.limit == b.limit;
  }
  bool operator()(const RetryJobs& a, const RetryJobs& b) const {
    return same(a.filter, b.filter) && a.limit == b.limit && a.ttl == b.ttl;
  }
  bool operator()(const DeleteJob& a, const DeleteJob& b) const { return a.id == b.id; }
  bool operator()(const Watch& a, const Watch& b) const { return a.job == b.job && a.after == b.after; }
  bool operator()(const Unwatch& a, const Unwatch& b) const { return a.id == b.id; }
  // Requests without a field, and those of two types.
  template <typename A, typename B>
  bool operator()(const A& /*a*/, const B& /*b*/) const {
    return std::is_same_v<A, B> && std::is_empty_v<A>;
  }
};

void check(const Request& request) {
  const std::string text = encode_request(request, kId);
  const RequestLine again = decode_request(text, kLimits);
  expect(again.request.ok(), "what was accepted is accepted again",
         again.request.ok() ? "" : again.request.error().message + "\n" + text);
  expect(again.id == kId, "an id comes back", text);
  expect_equal(encode_request(*again.request, again.id), text, "what was accepted says the same again");
  expect(std::visit(Same{}, request, *again.request), "what was accepted is the same again", text);
  if (const auto* submit = std::get_if<SubmitEmail>(&request)) check_kept(submit->email);
  if (const auto* batch = std::get_if<SubmitEmails>(&request)) {
    for (const Result<SubmitEmail>& item : batch->emails) {
      if (item) check_kept(item->email);
      if (!item) check(item.error());
    }
  }
}

void check(const Result<Request>& request) {
  if (request) {
    check(*request);
  } else {
    check(request.error());
  }
}

void check_json(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return;  // never gets to a parser
  const std::optional<Json> quick = parse_json_quickly(text);
  if (!quick) return;
  const Result<Json> other = parse_json_in_words(text);
  expect(other.ok(), "what the quick parser takes is JSON", text);
  expect_equal(dump_json(*quick), dump_json(*other), "the quick parser reads the same");
}

// Off the front of the text, up to the separator or the end.
std::string_view take(std::string_view& text, char separator) {
  const std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

void try_parts(std::string_view text) {
  std::string_view line = take(text, '\n');
  const Operation* operation = find_operation(take(line, '?'));
  if (operation == nullptr) return;
  RequestParts parts{*operation, {}, text};
  while (!line.empty()) {
    std::string_view field = take(line, '&');
    const std::string_view name = take(field, '=');
    parts.fields.emplace_back(name, field);
  }
  check(decode_request(parts, kLimits));
}

}  // namespace
}  // namespace jobd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jobd;
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::check_json(text);
  if (text.starts_with('?')) {
    fuzz::try_parts(text.substr(1));
  } else if (text.starts_with('!')) {
    fuzz::check(decode_email_lines(text.substr(1), fuzz::kLimits));
  } else {
    fuzz::check(decode_request(text, fuzz::kLimits).request);
  }
  return 0;
}
