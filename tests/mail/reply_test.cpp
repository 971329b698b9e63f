#include "daemon/mail/smtp/reply.h"

#include <gmock/gmock.h>

#include "shared/limits.h"
#include "shared/unicode.h"

namespace jobd::smtp {
namespace {

using ::testing::ElementsAre;

std::optional<Reply> read(std::string_view bytes) {
  ReplyReader reader;
  reader.feed(bytes);
  return reader.next();
}

bool breaks(std::string_view bytes) {
  ReplyReader reader;
  reader.feed(bytes);
  return !reader.next() && reader.broken();
}

TEST(Reply, OneLine) {
  EXPECT_EQ(read("250 OK\r\n"), (Reply{250, "", {"OK"}}));
  EXPECT_EQ(read("250\r\n"), (Reply{250, "", {""}}));
  EXPECT_EQ(read("250 OK\n"), (Reply{250, "", {"OK"}}));
}

TEST(Reply, ManyLines) {
  const auto reply = read("250-mx.example.com\r\n250-SIZE 1000\r\n250 8BITMIME\r\n");
  ASSERT_TRUE(reply);
  EXPECT_THAT(reply->lines, ElementsAre("mx.example.com", "SIZE 1000", "8BITMIME"));
  EXPECT_EQ(reply->text(), "mx.example.com SIZE 1000 8BITMIME");
}

TEST(Reply, ComesInPieces) {
  ReplyReader reader;
  for (const char c : std::string("550-5.1.1 No such\r\n550 5.1.1 user\r")) {
    reader.feed(std::string_view(&c, 1));
    EXPECT_FALSE(reader.next());
  }
  reader.feed("\n220 next");
  EXPECT_EQ(reader.next(), (Reply{550, "5.1.1", {"No such", "user"}}));
  EXPECT_FALSE(reader.next());
  reader.feed(" one\r\n");
  EXPECT_EQ(reader.next(), (Reply{220, "", {"next one"}}));
}

TEST(Reply, EnhancedCodeOnlyOfItsOwnClass) {
  EXPECT_EQ(read("451 4.7.1 Greylisted\r\n"), (Reply{451, "4.7.1", {"Greylisted"}}));
  EXPECT_EQ(read("250 4.7.1 odd\r\n"), (Reply{250, "", {"4.7.1 odd"}}));
  EXPECT_EQ(read("550 5.1 odd\r\n"), (Reply{550, "", {"5.1 odd"}}));
  EXPECT_EQ(read("550 5.1.1111 odd\r\n"), (Reply{550, "", {"5.1.1111 odd"}}));
  EXPECT_EQ(read("550 5.1.1\r\n"), (Reply{550, "5.1.1", {""}}));
}

TEST(Reply, WhatIsNone) {
  EXPECT_TRUE(breaks("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_TRUE(breaks("\r\n"));
  EXPECT_TRUE(breaks("25 OK\r\n"));
  EXPECT_TRUE(breaks("150 odd\r\n"));
  EXPECT_TRUE(breaks("650 odd\r\n"));
  EXPECT_TRUE(breaks("2500 odd\r\n"));
  EXPECT_TRUE(breaks("250-one\r\n251 two\r\n"));
}

TEST(Reply, LimitsOfLengthAndNumber) {
  EXPECT_TRUE(breaks(std::string(ReplyReader::kLineBytesMax + 1, '2'))) << "before its line has ended";
  std::string many;
  for (std::size_t i = 0; i <= ReplyReader::kLinesMax; ++i) many += "250-x\r\n";
  EXPECT_TRUE(breaks(many));
}

TEST(Reply, WhatIsNoneCanBeLookedAt) {
  const auto unread = [](std::string_view bytes) {
    ReplyReader reader;
    reader.feed(bytes);
    while (reader.next()) {
    }
    return std::string(reader.unread());
  };
  EXPECT_EQ(unread("220 hi\r\nHTTP/1.1 400\r\nServer: x\r\n"), "HTTP/1.1 400\r\nServer: x\r\n");
  EXPECT_EQ(unread("J\x01\n5.7.33"), "J\x01\n5.7.33");
  EXPECT_EQ(unread("220 hi\r\n25"), "25");
  EXPECT_EQ(unread("220 hi\r\n"), "");
}

TEST(Reply, OnlyWhatIsShapedAsOneIsTooLong) {
  const auto too_long = [](const std::string& bytes) {
    ReplyReader reader;
    reader.feed(bytes);
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.broken());
    return reader.too_long();
  };
  const std::string tail(ReplyReader::kLineBytesMax, 'x');
  EXPECT_TRUE(too_long("220 " + tail));
  EXPECT_FALSE(too_long("HTTP" + tail));
  EXPECT_FALSE(too_long("HTTP\r\n"));
  std::string many;
  for (std::size_t i = 0; i <= ReplyReader::kLinesMax; ++i) many += "250-x\r\n";
  EXPECT_TRUE(too_long(many));
}

TEST(Reply, IsCleanUtf8WhateverCame) {
  EXPECT_EQ(read("550 no\x1b[31m \xff\xfe user\r\n")->text(), "no [31m ?? user");
  EXPECT_EQ(read("550 Größe \xc2\x9b ok\r\n")->text(), "Größe    ok");
  std::string longer = "550 x";
  for (int i = 0; i < 1000; ++i) longer += "ß";
  const std::string text = read(longer + "\r\n")->text();
  EXPECT_EQ(text.size(), limits::kReplyBytes - 1) << "cut between characters";
  EXPECT_TRUE(is_utf8(text));
}

}  // namespace
}  // namespace jobd::smtp
