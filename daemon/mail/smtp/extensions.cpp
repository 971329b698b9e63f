#include "daemon/mail/smtp/extensions.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace jobd::smtp {
namespace {

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

std::string next_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const std::size_t end = std::min(rest.find(' '), rest.size());
  std::string word = upper(rest.substr(0, end));
  rest.remove_prefix(end);
  return word;
}

void learn_mechanisms(std::string_view rest, std::vector<std::string>& known) {
  for (std::string word = next_word(rest); !word.empty(); word = next_word(rest)) {
    if (std::ranges::find(known, word) == known.end()) known.push_back(std::move(word));
  }
}

void learn(std::string_view line, Extensions& found) {
  // "AUTH=LOGIN" is how servers spoke to clients of the nineties, and some still do.
  if (upper(line.substr(0, 5)) == "AUTH=") return learn_mechanisms(line.substr(5), found.mechanisms);
  const std::string keyword = next_word(line);
  if (keyword == "STARTTLS") found.starttls = true;
  if (keyword == "PIPELINING") found.pipelining = true;
  if (keyword == "8BITMIME") found.eight_bit_mime = true;
  if (keyword == "SMTPUTF8") found.smtputf8 = true;
  if (keyword == "DSN") found.dsn = true;
  if (keyword == "AUTH") learn_mechanisms(line, found.mechanisms);
  if (keyword != "SIZE") return;
  found.size = true;
  const std::string digits = next_word(line);
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), limit);
  if (error == std::errc() && end == digits.data() + digits.size()) found.size_limit = limit;
}

}  // namespace

Extensions extensions_in(const Reply& ehlo) {
  Extensions found;
  for (std::size_t i = 1; i < ehlo.lines.size(); ++i) learn(ehlo.lines[i], found);
  return found;
}

}  // namespace jobd::smtp
