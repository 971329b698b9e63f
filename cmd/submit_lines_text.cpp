#include "cmd/submit_lines_text.h"

#include <charconv>

#include "cmd/submit_lines_json.h"
#include "shared/codec.h"
#include "shared/json.h"
#include "shared/unicode.h"

namespace jobd::cmd {
namespace {

constexpr std::string_view kBegin = R"({"op":"submit_email","params":)";
constexpr std::string_view kBeforeId = R"(,"id":)";
constexpr std::string_view kKey = "idempotency_key";

// As written it may have escapes.
bool is_key(std::string_view key) {
  if (key.find('\\') == std::string_view::npos) return key == kKey;
  const auto text = parse_json('"' + std::string(key) + '"');
  return text && text->is_string() && text->get_ref<const std::string&>() == kKey;
}

// What is known of a line before it is parsed.
struct Outline {
  bool is_object = false;
  bool is_empty = true;
  std::optional<std::string_view> key_value;
};

Outline outline(std::string_view line) {
  Outline found;
  ObjectText object(line);
  while (const auto member = object.next()) {
    found.is_empty = false;
    if (!found.key_value && is_key(member->key)) found.key_value = member->value;
  }
  found.is_object = object.is_whole();
  return found;
}

Error why_no_object(std::string_view line) {
  const auto json = parse_json(line);
  if (!json) return json.error();
  return {Code::invalid_json,
          R"(each line is a JSON object like {"to":"user@example.com","subject":"Hello","body":"x"})"};
}

}  // namespace

Result<std::string> submit_request(std::string_view line, std::uint64_t seq,
                                   const std::function<std::string()>& make_key) {
  line = trim(line);
  const Outline found = outline(line);
  if (!found.is_object) return why_no_object(line);
  std::string request;
  request.reserve(kBegin.size() + line.size() + 96);
  request += kBegin;
  if (!found.key_value) {  // at the end, so that jobd's and our places in the line are the same
    request += line.substr(0, line.size() - 1);
    request += found.is_empty ? R"("idempotency_key":")" : R"(,"idempotency_key":")";
    request += make_key();
    request += "\"}";
  } else if (*found.key_value == "null") {  // counts as absent
    const auto at = static_cast<std::size_t>(found.key_value->data() - line.data());
    request += line.substr(0, at);
    request += '"' + make_key() + '"';
    request += line.substr(at + found.key_value->size());
  } else {
    request += line;
  }
  request += kBeforeId;
  request += std::to_string(seq);
  request += "}\n";
  return request;
}

std::string_view email_of_request(std::string_view request) {
  return request.substr(kBegin.size(), request.rfind(kBeforeId) - kBegin.size());
}

Error explain_bad_json(std::string_view email, const Error& said) {
  const auto json = parse_json(email);
  return json ? said : json.error();
}

std::optional<ReplyText> read_reply(std::string_view line) {
  ReplyText reply;
  ObjectText object(line);
  while (const auto member = object.next()) {
    if (member->key == "result") reply.result = member->value;
    if (member->key == "error") reply.error = member->value;
    if (member->key != "id") continue;
    const std::string_view digits = member->value;
    std::uint64_t id = 0;
    if (std::from_chars(digits.begin(), digits.end(), id) == std::from_chars_result{digits.end(), {}}) reply.id = id;
  }
  if (!object.is_whole() || reply.result.empty() == reply.error.empty()) return std::nullopt;
  return reply;
}

Error error_of_reply(std::string_view line) {
  const auto reply = decode_reply(line);
  if (!reply) return reply.error();
  return reply->result ? Error{Code::internal, "jobd's answer cannot be understood"} : reply->result.error();
}

std::string error_json(const Error& error) {
  return std::string(find_member(encode_reply({}, error), "error"));
}

}  // namespace jobd::cmd
