// A JSON parser keeps what it reads in buffers of its own, which nobody wipes. So it is shown the object with each text
// replaced by its number, keys apart, and the token is taken from its place in what was printed.
#include "daemon/mail/smtp/token.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "shared/json.h"

namespace jobd::smtp {
namespace {

Error no_token(const std::string& why) {
  return {Code::unavailable, "oauth2_command printed " + why};
}

struct Outline {
  std::string json;                     // {"access_token":"0","expires_in":3599}
  std::vector<std::string_view> texts;  // by their numbers, escaped as they came
};

// One without an end is left out, for the parser to stumble over.
Outline outline_of(std::string_view printed) {
  Outline outline;
  while (!printed.empty()) {
    const std::size_t begin = std::min(printed.find('"'), printed.size());
    outline.json += printed.substr(0, begin);
    if (begin == printed.size()) break;
    std::size_t end = begin + 1;
    while (end < printed.size() && printed[end] != '"') end += printed[end] == '\\' ? 2 : 1;
    outline.json += '"';
    if (end >= printed.size()) break;
    const std::string_view text = printed.substr(begin + 1, end - begin - 1);
    printed.remove_prefix(end + 1);
    const std::size_t next = printed.find_first_not_of(" \t\r\n");
    const bool is_key = next != std::string_view::npos && printed[next] == ':';
    outline.json += is_key ? text : std::to_string(outline.texts.size());
    outline.json += '"';
    if (!is_key) outline.texts.push_back(text);
  }
  return outline;
}

// Of \u003d, which some encoders write for =. None: no four digits, or not of ASCII.
std::optional<char> of_code_point(std::string_view digits) {
  if (digits.size() < 4 || digits.substr(0, 2) != "00") return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(digits.data() + 2, digits.data() + 4, value, 16);
  if (error != std::errc() || end != digits.data() + 4 || value > 0x7f) return std::nullopt;
  return static_cast<char>(value);
}

std::optional<char> of_letter(char letter) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const std::size_t place = kLetters.find(letter);
  return place == std::string_view::npos ? std::nullopt : std::optional(kMeanings[place]);
}

// None: an escape that is none, or what no token has in it.
std::optional<Secret> unescaped(std::string_view text) {
  Secret plain;
  while (!text.empty()) {
    std::optional<char> sign = text.front();
    std::size_t used = 1;
    if (*sign < ' ' || *sign > '~') return std::nullopt;
    if (sign == '\\') {
      used = text.starts_with("\\u") ? std::min<std::size_t>(6, text.size()) : 2;
      sign = used == 2 ? of_letter(text[1]) : of_code_point(text.substr(2));
    }
    if (!sign) return std::nullopt;
    plain.room().front() = *sign;
    plain.grew(1);
    text.remove_prefix(used);
  }
  return plain;
}

}  // namespace

Result<Token> parse_token(Secret printed) {
  if (!printed.view().starts_with('{')) {
    Result<Secret> line = one_line(std::move(printed), "what oauth2_command printed");
    if (!line) return std::move(line).error();
    return Token{*std::move(line), std::nullopt};
  }
  Outline outline = outline_of(printed.view());
  const Result<Json> json = parse_json(outline.json);
  wipe(outline.json);  // what is no JSON may have it anywhere
  // What the parser says may quote the secret, where that was no text.
  if (!json) return no_token("what begins with { and is no JSON object");
  const auto number = json->find("access_token");
  if (number == json->end() || !number->is_string()) return no_token("a JSON object without a text access_token");
  std::optional<Secret> text = unescaped(outline.texts.at(std::stoul(number->get<std::string>())));
  if (!text) return no_token("a JSON object with an access_token that is not plain ASCII");
  Result<Secret> line = one_line(*std::move(text), "access_token of what oauth2_command printed");
  if (!line) return std::move(line).error();
  Token token{*std::move(line), std::nullopt};
  const auto lifetime = json->find("expires_in");
  if (lifetime != json->end() && lifetime->is_number_integer()) {
    const auto seconds = lifetime->get<std::int64_t>();
    if (seconds >= 0 && seconds < 10L * 365 * 86400) token.lifetime = std::chrono::seconds(seconds);
  }
  return token;
}

}  // namespace jobd::smtp
