#include "shared/text.h"

#include <gtest/gtest.h>

namespace jobd {
namespace {

TEST(Printable, LeavesTextAlone) {
  EXPECT_EQ(printable(""), "");
  EXPECT_EQ(printable("Hello, world"), "Hello, world");
  EXPECT_EQ(printable("Grüße, 你好, 🎉"), "Grüße, 你好, 🎉");
}

TEST(Printable, BlanksAndLineEndsBecomeOneSpace) {
  EXPECT_EQ(printable("a\tb\nc\r\nd\re"), "a b c d e");
}

TEST(Printable, ShowsControls) {
  EXPECT_EQ(printable(std::string_view("\x1b[31mred\x07\0", 10)), "\\u001b[31mred\\u0007\\u0000");
  EXPECT_EQ(printable("\x7f"), "\\u007f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u009b31m");
}

TEST(Printable, ShowsWhatChangesTheDirectionOrTheLine) {
  EXPECT_EQ(printable("\u202egpj.exe\u202c"), "\\u202egpj.exe\\u202c");
  EXPECT_EQ(printable("\u2066\u2069"), "\\u2066\\u2069");
  EXPECT_EQ(printable("\u2028\u2029"), "\\u2028\\u2029");
  EXPECT_EQ(printable("\u200e\u200f\u061c"), "\\u200e\\u200f\\u061c");
}

TEST(Printable, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(printable("caf\xe9"), "caf\\xe9");
  EXPECT_EQ(printable("\xc0\x80\xed\xa0\x80"), "\\xc0\\x80\\xed\\xa0\\x80");
  EXPECT_EQ(printable("\xf0\x9f\x8e"), "\\xf0\\x9f\\x8e");
}

TEST(PrintableJson, KeepsTheValue) {
  EXPECT_EQ(printable_json(R"({"a":"Grüße \u001b"})"), R"({"a":"Grüße \u001b"})");
  EXPECT_EQ(printable_json("{\"a\":\"\x7f\xc2\x9b\u202e\"}"), R"({"a":"\u007f\u009b\u202e"})");
  EXPECT_EQ(printable_json("{\"a\":\n1}"), "{\"a\": 1}");
  EXPECT_EQ(printable_json("\"\xff\""), R"("\ufffd")");
}

TEST(Width, IsThatOnATerminal) {
  EXPECT_EQ(width("Grüße"), 5U);
  EXPECT_EQ(width(""), 0U);
  EXPECT_EQ(width("日本語"), 6U);
  EXPECT_EQ(width("한국"), 4U);
  EXPECT_EQ(width("🎉!"), 3U);
  EXPECT_EQ(width("e\u0301"), 1U);
  EXPECT_EQ(width("\u2764\ufe0f"), 1U);
  EXPECT_EQ(width("Ελληνικά Русский"), 16U);
}

TEST(Shorten, CutsBetweenCharacters) {
  EXPECT_EQ(shorten("Grüße", 5), "Grüße");
  EXPECT_EQ(shorten("Grüße", 4), "Grü…");
  EXPECT_EQ(shorten("abc", 1), "…");
  EXPECT_EQ(shorten("abc", 0), "");
  EXPECT_EQ(shorten("日本語", 6), "日本語");
  EXPECT_EQ(shorten("日本語", 5), "日本…");
  EXPECT_EQ(shorten("日本語", 4), "日…");
  EXPECT_EQ(shorten("e\u0301e\u0301e\u0301", 2), "e\u0301…");
}

}  // namespace
}  // namespace jobd
