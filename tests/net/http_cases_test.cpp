// The tables of http_cases.h: each request's answer, and that it is the same however its bytes come.
#include "tests/net/http_cases.h"

#include "tests/net/http_world.h"

namespace jobd::testing {
namespace {

std::string outcome_of(const std::string& bytes, bool over) {
  std::string out;
  for (const Answer& answer : answers_in(bytes)) out += (out.empty() ? "" : " | ") + answer.outcome();
  return over ? out + " end" : out;
}

TEST(HttpCases, EachIsAnswered) {
  for (const HttpCase& one : all_http_cases()) {
    HttpWorld http;
    const std::string out = http.say(one.bytes);
    EXPECT_EQ(outcome_of(out, http.dialogue_->over()), one.outcome) << one.name << "\n" << out;
    EXPECT_EQ(*http.hall_.bytes_in_hand, 0U) << one.name;
  }
}

TEST(HttpCases, EachIsAnsweredTheSameByteByByte) {
  for (const HttpCase& one : all_http_cases()) {
    HttpWorld at_once;
    HttpWorld one_by_one;
    EXPECT_EQ(one_by_one.say_one_by_one(one.bytes), at_once.say(one.bytes)) << one.name;
    EXPECT_EQ(one_by_one.dialogue_->over(), at_once.dialogue_->over()) << one.name;
  }
}

TEST(HttpCases, EachIsAnsweredTheSameInTwoPieces) {
  for (const HttpCase& one : all_http_cases()) {
    HttpWorld at_once;
    const std::string expected = at_once.say(one.bytes);
    for (std::size_t cut = 1; cut < std::min<std::size_t>(one.bytes.size(), 400); ++cut) {
      HttpWorld http;
      const std::string first = http.say(one.bytes.substr(0, cut));
      ASSERT_EQ(first + http.say(one.bytes.substr(cut)), expected) << one.name << ", cut at " << cut;
    }
  }
}

}  // namespace
}  // namespace jobd::testing
