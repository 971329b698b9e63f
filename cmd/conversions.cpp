#include "cmd/conversions.h"

#include <algorithm>
#include <charconv>

#include "cmd/exit_code.h"
#include "cmd/suggest.h"
#include "shared/address.h"
#include "shared/unicode.h"

namespace jobd::cmd {
namespace {

[[noreturn]] void refuse(const Given& given, std::string_view why) {
  throw Unusable(kUsage, std::string(given.option) + ": " + quote(given.text) + ' ' + std::string(why));
}

template <typename Number>
Number number_of(const Given& given) {
  Number number = 0;
  const char* begin = given.text.data();
  const char* end = begin + given.text.size();
  const auto [stop, error] = std::from_chars(begin, end, number);
  if (error != std::errc{} || stop != end) refuse(given, "is no number");
  return number;
}

// A duration by its form, whatever its numbers: then they are why it is none.
bool is_too_long(std::string_view text) {
  std::string ones;
  for (const char c : text) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit || !ones.ends_with('1')) ones += is_digit ? '1' : c;
  }
  return parse_duration(ones).has_value();
}

constexpr std::string_view kTooLong = "is too long: a duration has 100 years at most";

}  // namespace

std::string quote(std::string_view text) {
  return '"' + std::string(text) + '"';
}

std::string to_text(const Given& given) {
  if (!is_utf8(given.text)) {
    throw Unusable(kBadData, std::string(given.option) + ' ' + quote(given.text) + ": this is not UTF-8");
  }
  return std::string(given.text);
}

std::string to_words(const Given& given) {
  if (given.text.empty())
    throw Unusable(kUsage, std::string(given.option) + " is empty; give it a value or leave it out");
  return to_text(given);
}

Duration to_duration(const Given& given) {
  const auto duration = parse_duration(given.text);
  if (!duration && is_too_long(given.text)) refuse(given, kTooLong);
  if (!duration) refuse(given, "is no duration like 90s, 15m, 4h or 3d");
  return *duration;
}

Time to_time(const Given& given) {
  const auto time = parse_time(given.text);
  if (!time) refuse(given, "is no time like 2026-03-01T12:00:00Z");
  return *time;
}

Time to_past(const Given& given, Time now) {
  std::string_view back = given.text;
  if (back.ends_with(" ago")) back.remove_suffix(4);
  if (const auto duration = parse_duration(back)) return std::max(Time{}, now - *duration);
  if (is_too_long(back)) refuse(given, kTooLong);
  constexpr std::size_t kDateBytes = 10;
  const std::string midnight = given.text.size() == kDateBytes ? "T00:00:00Z" : "";
  const auto time = parse_time(std::string(given.text) + midnight);
  if (!time) refuse(given, "is neither a time like 2026-03-01T12:00:00Z nor a date nor one like 2h");
  return *time;
}

int to_number(const Given& given) {
  return number_of<int>(given);
}

std::uint64_t to_count(const Given& given) {
  const auto count = number_of<std::uint64_t>(given);
  if (count == 0) refuse(given, "is less than 1");
  return count;
}

std::uint64_t to_sequence(const Given& given) {
  return number_of<std::uint64_t>(given);
}

Mailbox to_mailbox(const Given& given) {
  auto mailbox = parse_mailbox(std::string(given.text));
  if (!mailbox) {
    throw Unusable(kBadData, std::string(given.option) + ' ' + quote(given.text) + ": " + mailbox.error().message);
  }
  return std::move(*mailbox);
}

JobId to_id(const Given& given) {
  const auto id = JobId::parse(given.text);
  if (!id) throw Unusable(kBadData, quote(given.text) + " is no job id (36 characters, as submit-email prints it)");
  return *id;
}

Header to_header(const Given& given) {
  Pair pair = to_pair(given, ':', "'Name: value'");
  pair.right.erase(0, pair.right.find_first_not_of(" \t"));
  return {std::move(pair.left), std::move(pair.right)};
}

Pair to_pair(const Given& given, char separator, std::string_view form) {
  const std::size_t at = given.text.find(separator);
  if (at == std::string_view::npos || at == 0) refuse(given, "has not the form " + std::string(form));
  return {std::string(given.text.substr(0, at)), std::string(given.text.substr(at + 1))};
}

std::size_t to_word(const Given& given, std::span<const std::string_view> words) {
  const auto found = std::ranges::find(words, given.text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const std::string_view meant = nearest(given.text, words);
  if (!meant.empty()) refuse(given, "is none; did you mean " + quote(meant) + '?');
  refuse(given, "is none of " + joined(words, ", "));
}

}  // namespace jobd::cmd
