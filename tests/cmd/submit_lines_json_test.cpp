#include "cmd/submit_lines_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace jobd::cmd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

using Members = std::vector<std::pair<std::string, std::string>>;

struct Taken {
  Members members;
  bool is_whole;
};
Taken take(std::string_view text) {
  ObjectText object(text);
  Members members;
  while (const auto member = object.next()) members.emplace_back(member->key, member->value);
  return {std::move(members), object.is_whole()};
}

TEST(ObjectText, GivesKeysAndValuesAsTheyAreWritten) {
  const Taken taken = take("\t{ \"a\" : 1 ,\"b\":\"x\", \"c\" :[1, {\"d\":2}] , \"e\":null,\"f\":{}, \"g\":-1e5}\r");
  EXPECT_TRUE(taken.is_whole);
  EXPECT_THAT(taken.members, ElementsAre(Pair("a", "1"), Pair("b", "\"x\""), Pair("c", "[1, {\"d\":2}]"),
                                         Pair("e", "null"), Pair("f", "{}"), Pair("g", "-1e5")));
}

TEST(ObjectText, LooksIntoNoString) {
  const Taken taken = take(R"({"a\"}":"\\","b":["}]\"",{"c":"]}"}],"":"{"})");
  EXPECT_TRUE(taken.is_whole);
  EXPECT_THAT(taken.members,
              ElementsAre(Pair(R"(a\"})", R"("\\")"), Pair("b", R"(["}]\"",{"c":"]}"}])"), Pair("", R"("{")")));
}

TEST(ObjectText, OfNothing) {
  for (const char* text : {"{}", " { } "}) {
    const Taken taken = take(text);
    EXPECT_TRUE(taken.is_whole) << text;
    EXPECT_THAT(taken.members, IsEmpty()) << text;
  }
}

TEST(ObjectText, IsNotWholeWhereItIsNoObjectAlone) {
  for (const char* text : {"",
                           " ",
                           "1",
                           "null",
                           "[]",
                           "\"{}\"",
                           "{",
                           "{\"a\"",
                           "{\"a\":",
                           "{\"a\":1",
                           "{\"a\":1,",
                           "{\"a\":1,}",
                           "{,}",
                           "{a:1}",
                           "{\"a\" 1}",
                           "{\"a\":\"x}",
                           "{\"a\":[1}",
                           "{\"a\":\"\\",
                           "{} {}",
                           "{}x",
                           "{\"a\":1}}",
                           "{}},\"id\":7,\"x\":{}",
                           "{\"a\":1},\"op\":\"pause\""}) {
    EXPECT_FALSE(take(text).is_whole) << text;
  }
}

TEST(FindMember, GivesTheFirstOfThatName) {
  EXPECT_EQ(find_member(R"({"b":{"a":0},"a":1,"a":2})", "a"), "1");
  EXPECT_EQ(find_member(R"({"b":1})", "a"), "");
  EXPECT_EQ(find_member("[]", "a"), "");
}

TEST(PlainString, IsWhatStandsBetweenTheQuotes) {
  EXPECT_EQ(plain_string("\"pending\""), "pending");
  for (const char* value : {"", "\"", "1", "null", R"("a\n")"}) EXPECT_EQ(plain_string(value), "") << value;
}

}  // namespace
}  // namespace jobd::cmd
