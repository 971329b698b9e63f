// Where the header of a finished message ends, and what stands in it then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/mail/compose.h"

namespace jobd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Behind Date and Message-ID.
std::string rest_of(std::string_view raw) {
  const std::string message = compose_raw(raw, {});
  const std::size_t end = message.find("\r\n", message.find("Message-ID: <"));
  EXPECT_TRUE(message.starts_with("Date: ")) << message;
  return message.substr(end + 2);
}

TEST(ComposeRaw, FirstLineWithABlankInFrontIsText) {
  EXPECT_EQ(rest_of(" 02:18:22 up\nFrom: a@x.de\n"), "\r\n 02:18:22 up\r\nFrom: a@x.de\r\n");
}

TEST(ComposeRaw, HeaderEndsWhereItsFieldsEnd) {
  EXPECT_EQ(rest_of("To: b@x.de\nHi,\nCc: c@x.de\n\nbye\n"), "To: b@x.de\r\n\r\nHi,\r\nCc: c@x.de\r\n\r\nbye\r\n");
  EXPECT_EQ(rest_of("To: b@x.de"), "To: b@x.de\r\n");
  EXPECT_EQ(rest_of("To: b@x.de\n\n\nx"), "To: b@x.de\r\n\r\n\r\nx\r\n");
}

// As stores of older versions have them.
TEST(ComposeRaw, ABccBehindALineThatIsNoneIsNobodysToRead) {
  EXPECT_EQ(rest_of("To: b@x.de\nHi,\nFrom me\nBcc: c@x.de,\n d@x.de\nmore\nresent-bcc: e@x.de\n\nBcc: text\n"),
            "To: b@x.de\r\n\r\nHi,\r\nFrom me\r\nmore\r\n\r\nBcc: text\r\n");
}

TEST(ComposeRaw, NothingOfALongMailboxLineStays) {
  EXPECT_EQ(rest_of("From a@x.de " + std::string(1500, 'x') + "\n\xef\xbb\xbfTo: b@x.de\n\nx\n"),
            "To: b@x.de\r\n\r\nx\r\n");
}

TEST(ComposeRaw, FieldsThatWereTrueElsewhereAreDropped) {
  EXPECT_EQ(rest_of("Return-Path: <a@x.de>\nTo: b@x.de\ncontent-length: 2\nResent-Bcc: c@x.de\n\nx\n"),
            "To: b@x.de\r\n\r\nx\r\n");
}

TEST(ComposeRaw, LongHeaderLinesAreFoldedAtABlank) {
  std::string list;
  for (int i = 0; i < 90; ++i)
    list += (list.empty() ? "" : ", ") + std::string("user ") + std::to_string(i) + " <u@x.de>";
  std::string folded = rest_of("To: " + list + "\n\nx\n");
  EXPECT_LE(folded.find("\r\n"), 998U);
  for (std::size_t at = folded.find("\r\n "); at != std::string::npos; at = folded.find("\r\n ")) folded.erase(at, 2);
  EXPECT_EQ(folded, "To: " + list + "\r\n\r\nx\r\n");
  EXPECT_THAT(rest_of("X: " + std::string(1200, 'y') + "\n\n"), HasSubstr("\r\n yyy"));
}

TEST(ComposeRaw, LongLinesOfTheTextAreBrokenAnywhere) {
  const std::string message = rest_of("To: b@x.de\n\n" + std::string(600, 'a') + ' ' + std::string(600, 'b') + "\n");
  EXPECT_THAT(message, HasSubstr("a " + std::string(397, 'b') + "\r\n b"));
  EXPECT_THAT(message, Not(HasSubstr("a\r\n")));
}

}  // namespace
}  // namespace jobd
