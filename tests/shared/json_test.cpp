// Both parsers on one text: the quick one may only refuse, never read anything else.
#include "shared/json.h"

#include <gtest/gtest.h>

#include "shared/json_quick.h"
#include "shared/limits.h"

namespace jobd {
namespace {

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

// Taken by the quick parser, and read as by the other.
void expect_quick(const std::string& text) {
  const std::optional<Json> quick = parse_json_quickly(text);
  const Result<Json> other = parse_json_in_words(text);
  ASSERT_TRUE(other) << text << ": " << other.error().message;
  ASSERT_TRUE(quick) << text;
  EXPECT_EQ(*quick, *other) << text;
  EXPECT_EQ(quick->type(), other->type()) << text;
  EXPECT_EQ(dump_json(*quick), dump_json(*other)) << text;
}

std::string refusal(const std::string& text) {
  EXPECT_FALSE(parse_json_quickly(text)) << text;
  const Result<Json> read = parse_json(text);
  EXPECT_FALSE(read) << text;
  return read ? "" : read.error().message;
}

TEST(Json, IsReadAlikeByBothParsers) {
  for (const char* text : {"null", "true", "false", R"("")", "[]", "{}", " \t\r\n[ 1 , 2 ]\n ",
                           R"({"a":{"b":[{}]},"":0})", R"({"b":1,"a":2})", R"(["\"\\\/\b\f\n\r\t"])", R"("é😀")",
                           R"("\u0000")", "\"\xc3\xa9\xf0\x9f\x98\x80\x7f\"", R"({"\u0061":1})"}) {
    expect_quick(text);
  }
}

TEST(Json, HasTheSameNumbersFromBothParsers) {
  for (const char* text : {"0",
                           "1",
                           "-1",
                           "9007199254740993",
                           "9223372036854775807",
                           "9223372036854775808",
                           "-9223372036854775808",
                           "18446744073709551615",
                           "18446744073709551616",
                           "-9223372036854775809",
                           "0.1",
                           "1.5e3",
                           "1E-7",
                           "-2.5",
                           "123456789012345678901234567890",
                           "0.30000000000000004",
                           "2.2250738585072014e-308",
                           "1.7976931348623157e308",
                           "8.41e21",
                           "9007199254740993.0",
                           "1e23"}) {
    expect_quick(text);
    expect_quick("[" + std::string(text) + "]");
  }
  EXPECT_EQ(*parse_json("-0"), *parse_json_in_words("-0"));
  EXPECT_EQ(dump_json(*parse_json("[-0,-0.0]")), dump_json(*parse_json_in_words("[-0,-0.0]")));
}

// Wherever a piece of a text ends: 16 bytes are looked at together, escapes are collected 4,096 at a time.
TEST(Json, KeepsTextsOfEveryLength) {
  for (std::size_t length = 0; length < 80; ++length) {
    const std::string plain(length, 'x');
    for (const char* inner : {"", R"(\n)", "\xc3\xa9", R"(\ud83d\ude00)", R"(\\)"}) {
      expect_quick("[\"" + plain + inner + plain + "\",\"next\"]");
      expect_quick("{\"" + plain + inner + "\":\"" + inner + plain + "\"}");
    }
  }
  for (const std::size_t length : {4000UL, 4094UL, 4095UL, 4096UL, 4097UL, 4098UL, 8190UL, 8192UL, 100'000UL}) {
    expect_quick("\"\\t" + std::string(length, 'y') + "\\t" + std::string(length, 'z') + "\"");
  }
}

TEST(Json, IsRefusedInWords) {
  EXPECT_EQ(refusal(R"({"a":1,"a":2})"), "this is no JSON: duplicate key \"a\"");
  EXPECT_EQ(refusal(nested(limits::kJsonDepth + 1)), "this is no JSON: nested deeper than 32 levels");
  EXPECT_EQ(refusal(std::string("[1\0]", 4)), "this is no JSON: it contains a NUL byte");
  for (const char* text : {"",
                           " ",
                           "{",
                           "[1,]",
                           R"({"a":1,})",
                           "[1] 2",
                           "nul",
                           "tru",
                           "01",
                           "+1",
                           ".5",
                           "1.",
                           "1e",
                           "-",
                           R"(")",
                           "\"\t\"",
                           R"("\x")",
                           R"("\u12")",
                           R"("\ud800")",
                           R"("\udc00\ud800")",
                           "\"\xff\"",
                           "\"\xed\xa0\x80\"",
                           "\"\xc0\x80\"",
                           "// no\n1",
                           "'a'",
                           "NaN",
                           "1e999",
                           "[1e999]"}) {
    EXPECT_TRUE(refusal(text).starts_with("this is no JSON: at byte ")) << text;
  }
  expect_quick(nested(limits::kJsonDepth));
}

TEST(Json, MayHaveSoManyValues) {
  std::string text = "[0";
  for (std::size_t i = 2; i < limits::kJsonValues; ++i) text += ",0";
  EXPECT_TRUE(parse_json_quickly(text + "]"));
  EXPECT_FALSE(parse_json_quickly(text + ",0]"));
}

// The other parser's word is the last one: it skips the mark that some editors write.
TEST(Json, MayBeginWithAByteOrderMark) {
  EXPECT_FALSE(parse_json_quickly("\xef\xbb\xbf[]"));
  EXPECT_TRUE(parse_json("\xef\xbb\xbf[]"));
}

}  // namespace
}  // namespace jobd
