#include "daemon/mail/compose_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobd {
namespace {

using ::testing::HasSubstr;

std::string subject(std::string_view value) {
  std::string out;
  HeaderWriter(out).text("Subject", value);
  return out;
}
std::string custom(std::string_view name, std::string_view value) {
  std::string out;
  HeaderWriter(out).custom(name, value);
  return out;
}
std::string to(const std::vector<Mailbox>& mailboxes) {
  std::string out;
  HeaderWriter(out).mailboxes("To", mailboxes);
  return out;
}

std::size_t longest_line(std::string_view text) {
  std::size_t longest = 0;
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    longest = std::max(longest, end);
    text.remove_prefix(end + 2);
  }
  return longest;
}

std::size_t longest_encoded_line(std::string_view text) {
  std::size_t longest = 0;
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    if (text.substr(0, end).find("=?") != std::string_view::npos) longest = std::max(longest, end);
    text.remove_prefix(end + 2);
  }
  return longest;
}

TEST(ComposeHeader, APlainSubjectStaysAsItIs) {
  EXPECT_EQ(subject("Order 42: paid, thanks!"), "Subject: Order 42: paid, thanks!\r\n");
  EXPECT_EQ(subject(""), "Subject:\r\n");
  EXPECT_EQ(subject("two  spaces"), "Subject: two  spaces\r\n");
}

TEST(ComposeHeader, ALongSubjectIsFoldedAtASpace) {
  const std::string words = std::string(30, 'a') + " " + std::string(30, 'b') + "  " + std::string(30, 'c');
  EXPECT_EQ(subject(words),
            "Subject: " + std::string(30, 'a') + " " + std::string(30, 'b') + "\r\n  " + std::string(30, 'c') + "\r\n");
  EXPECT_EQ(subject(std::string(200, 'x')), "Subject: " + std::string(200, 'x') + "\r\n");
}

TEST(ComposeHeader, OnlyTheWordsThatNeedItAreEncoded) {
  EXPECT_EQ(subject("Zahlung für Öl und Gas"), "Subject: Zahlung =?UTF-8?b?ZsO8ciDDlmw=?= und Gas\r\n");
}

TEST(ComposeHeader, WhatReadsAsAnEncodedWordIsEncoded) {
  EXPECT_EQ(subject("=?utf-8?q?a=0D=0AEvil?="), "Subject: =?UTF-8?b?PT91dGYtOD9xP2E9MEQ9MEFFdmlsPz0=?=\r\n");
  EXPECT_EQ(to({{"=?utf-8?q?x?=", "a@b.c"}}), "To: =?UTF-8?b?PT91dGYtOD9xP3g/PQ==?= <a@b.c>\r\n");
  EXPECT_EQ(custom("X-A", "=?utf-8?q?x?="), "X-A: =?utf-8?q?x?=\r\n") << "the submitter may have meant it";
}

TEST(ComposeHeader, ALongAsciiNameIsFoldedNotEncoded) {
  const std::string a(40, 'a');
  EXPECT_EQ(to({{a + " " + a, "a@b.c"}}), "To: " + a + "\r\n " + a + " <a@b.c>\r\n");
  EXPECT_EQ(to({{a + ".  " + a + "\"", "a@b.c"}}), "To: \"" + a + ".\r\n  " + a + "\\\"\" <a@b.c>\r\n");
  EXPECT_EQ(to({{std::string(61, 'x'), "a@b.c"}}), "To: " + std::string(61, 'x') + " <a@b.c>\r\n");
  EXPECT_THAT(to({{std::string(950, 'x'), "a@b.c"}}), HasSubstr("=?UTF-8?q?")) << "no line takes that word";
}

TEST(ComposeHeader, ALineWithAnEncodedWordHas76BytesAtMost) {
  std::string words;
  for (int i = 0; i < 15; ++i) words += "word ";
  std::string rest;
  for (int i = 0; i < 30; ++i) rest += " word";
  EXPECT_LE(longest_encoded_line(subject(words + "é" + rest)), 76U);
  EXPECT_LE(longest_encoded_line(custom("X-" + std::string(74, 'n'), "é" + rest)), 76U);
  EXPECT_LE(longest_encoded_line(custom("X-" + std::string(50, 'n'), "ééééééééééé")), 76U);
  EXPECT_LE(longest_encoded_line(custom("X-A", "a" + std::string(55, ' ') + "ééééééééééé")), 76U);
}

TEST(ComposeHeader, EachLineButTheFirstBeginsWithABlank) {
  for (std::size_t length = 1; length < 76; ++length) {
    for (const std::string value : {"é", "word é", "ééééééééééé ééééé", " é"}) {
      std::string out = custom(std::string(length, 'n'), value);
      for (std::size_t end = out.find("\r\n"); end + 2 < out.size(); end = out.find("\r\n", end + 2)) {
        EXPECT_EQ(out[end + 2], ' ') << out;
      }
    }
  }
}

TEST(ComposeHeader, AnAddressBeyondAsciiCanBeNamedInAnEmptyGroup) {
  std::string out;
  HeaderWriter(out, Addresses::in_ascii).mailboxes("To", {{"", "a@b.c"}, {"Zoë", "é@b.c"}, {"", "x@ü.de"}});
  EXPECT_EQ(out, "To: a@b.c, =?UTF-8?b?Wm/DqyDDqUBiLmM=?= :;, x@xn--tda.de\r\n");
}

TEST(ComposeHeader, SpaceAtAnEndIsKept) {
  EXPECT_EQ(subject(" x "), "Subject: =?UTF-8?q?_x_?=\r\n");
  EXPECT_EQ(subject("  "), "Subject: =?UTF-8?q?__?=\r\n");
  EXPECT_EQ(to({{" x", "a@b.c"}}), "To: =?UTF-8?q?_x?= <a@b.c>\r\n");
}

TEST(ComposeHeader, EncodedWordsBreakBetweenCharacters) {
  std::string emoji;
  for (int i = 0; i < 50; ++i) emoji += "😀";
  const std::string line = subject(emoji);
  EXPECT_LE(longest_line(line), 76U);
  EXPECT_THAT(line, HasSubstr("?=\r\n =?UTF-8?b?8J+YgPCfmID"));
  EXPECT_LE(longest_line(subject(std::string(998, ' '))), 78U);
  EXPECT_LE(longest_line(subject(std::string(990, 'x') + " é")), 998U);
}

TEST(ComposeHeader, NamesAreAtomsOrQuotedOrEncoded) {
  EXPECT_EQ(to({{"Ann B Cole", "a@b.c"}}), "To: Ann B Cole <a@b.c>\r\n");
  EXPECT_EQ(to({{"Cole, Ann B. \"X\\Y\"", "a@b.c"}}), "To: \"Cole, Ann B. \\\"X\\\\Y\\\"\" <a@b.c>\r\n");
  EXPECT_EQ(to({{"a  b", "a@b.c"}}), "To: \"a  b\" <a@b.c>\r\n");
  EXPECT_EQ(to({{"Ann <x@y.z>, Bob", "a@b.c"}}), "To: \"Ann <x@y.z>, Bob\" <a@b.c>\r\n");
  EXPECT_EQ(to({{"Ünal", "a@b.c"}}), "To: =?UTF-8?b?w5xuYWw=?= <a@b.c>\r\n");
  EXPECT_LE(longest_line(to({{std::string(998, 'n'), "a@b.c"}})), 78U);
}

TEST(ComposeHeader, AListBreaksBetweenAddresses) {
  std::vector<Mailbox> many(5, {"Somebody Else", "somebody.else@example.com"});
  EXPECT_EQ(to(many),
            "To: Somebody Else <somebody.else@example.com>, Somebody Else\r\n"
            " <somebody.else@example.com>, Somebody Else <somebody.else@example.com>,\r\n"
            " Somebody Else <somebody.else@example.com>, Somebody Else\r\n"
            " <somebody.else@example.com>\r\n");
}

TEST(ComposeHeader, ASubmittersOwnKeepsItsAddress) {
  EXPECT_EQ(custom("Disposition-Notification-To", "Jörg <j@example.com>"),
            "Disposition-Notification-To: =?UTF-8?b?SsO2cmc=?= <j@example.com>\r\n");
  EXPECT_EQ(custom("X-A", "  x  "), "X-A: x\r\n");
  EXPECT_EQ(custom("X-A", ""), "X-A:\r\n");
}

}  // namespace
}  // namespace jobd
