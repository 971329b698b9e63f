#include "daemon/mail/smtp/data_encoder.h"

#include <gmock/gmock.h>

namespace jobd::smtp {
namespace {

std::string encoded(std::string_view message, std::size_t piece) {
  DataEncoder encoder(message);
  std::string out;
  while (!encoder.done()) encoder.append_to(out, piece);
  return out;
}

TEST(DataEncoder, LinesThatBeginWithADotGetAnother) {
  EXPECT_EQ(encoded("a\r\n.\r\n.b\r\nc.d\r\n..\r\n", 1000), "a\r\n..\r\n..b\r\nc.d\r\n...\r\n");
  EXPECT_EQ(encoded(".\r\n", 1000), "..\r\n");
}

TEST(DataEncoder, EveryLineEndIsCrLf) {
  EXPECT_EQ(encoded("a\nb\rc\r\nd", 1000), "a\r\nb\r\nc\r\nd\r\n");
  EXPECT_EQ(encoded("a\n\r.\r\n", 1000), "a\r\n\r\n..\r\n");
}

TEST(DataEncoder, NothingOfTheMessageEndsTheData) {
  for (const char* smuggled : {"a\n.\nb", "a\r.\rb", "a\r\n.\rb", "a\n.\r\nb", "a\r.\nb", "\r\n.\r\n", ".\n"}) {
    const std::string out = "\r\n" + encoded(smuggled, 1000);
    EXPECT_EQ(out.find("\r\n.\r\n"), std::string::npos) << smuggled;
    EXPECT_EQ(out.find("\n.\n"), std::string::npos) << smuggled;
    EXPECT_EQ(out.find("\r.\r"), std::string::npos) << smuggled;
  }
}

TEST(DataEncoder, PiecesMakeTheSameWhole) {
  const std::string message = "one\r\n.two\r\n\r\n..three\nfour\r.five\r\n" + std::string(300, '.') + "\r\nsix";
  const std::string whole = encoded(message, 100000);
  for (std::size_t piece = 1; piece < 40; ++piece) EXPECT_EQ(encoded(message, piece), whole) << piece;
}

TEST(DataEncoder, EmptyMessageIsDoneAtOnce) {
  EXPECT_TRUE(DataEncoder("").done());
}

}  // namespace
}  // namespace jobd::smtp
