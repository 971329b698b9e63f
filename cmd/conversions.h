// Text of the command line to values. What cannot be taken is thrown as Unusable, which goes no further than
// parse_command_line: the parser that calls back knows no other way out.
//
// 64 (usage) is for what cannot be understood: a number, duration or time that is none, a word that is none of those
// allowed. 65 is for what is understood and cannot be right: an address, an id, text that is no UTF-8.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cmd/invocation.h"
#include "shared/email.h"

namespace jobd::cmd {

class Unusable : public std::runtime_error {
 public:
  Unusable(int exit_code, const std::string& message) : std::runtime_error(message), exit_code_(exit_code) {}
  int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

std::string quote(std::string_view text);

template <typename Words>
std::string joined(const Words& words, std::string_view between) {
  std::string out;
  for (const auto& word : words) {
    if (!out.empty()) out += between;
    out += word;
  }
  return out;
}

// A value as it was given, and what it was given for ("--delay"; "id" for a bare argument).
struct Given {
  std::string_view option;
  std::string_view text;
};

std::string to_text(const Given& given);   // JSON can carry only UTF-8
std::string to_words(const Given& given);  // text that says something: an unset variable of a script is refused
Duration to_duration(const Given& given);
Time to_time(const Given& given);
// A time, a date in UTC (its midnight), or a duration back from now ("2h", "2h ago").
Time to_past(const Given& given, Time now);
int to_number(const Given& given);
std::uint64_t to_count(const Given& given);  // 1 or more
std::uint64_t to_sequence(const Given& given);
Mailbox to_mailbox(const Given& given);
JobId to_id(const Given& given);
Header to_header(const Given& given);  // "Name: value"

struct Pair {
  std::string left;
  std::string right;
};
Pair to_pair(const Given& given, char separator, std::string_view form);

// Its place among the words.
std::size_t to_word(const Given& given, std::span<const std::string_view> words);

}  // namespace jobd::cmd
