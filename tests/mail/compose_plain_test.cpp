// The short way of a text alone and the way of GMime are one and the same, and what comes of either keeps the rules of
// the wire.
#include <gtest/gtest.h>

#include "daemon/mail/compose.h"
#include "tests/mail/random_email.h"

namespace jobd {
namespace {

const MessageFacts kFacts{*JobId::parse("019ca937-1c00-7001-8000-00000000002a"), jobd::testing::kNoon,
                          "mail.example.com"};

void expect_fit_for_the_wire(std::string_view message) {
  std::size_t column = 0;
  for (std::size_t i = 0; i < message.size(); ++i) {
    const char c = message[i];
    ASSERT_LT(static_cast<unsigned char>(c), 0x80) << message;
    ASSERT_NE(c, '\0') << message;
    ASSERT_EQ(c == '\r', message.substr(i + 1).starts_with('\n')) << message;
    column = c == '\r' || c == '\n' ? 0 : column + 1;
    ASSERT_LE(column, 998U) << message;
  }
  ASSERT_TRUE(message.ends_with("\r\n"));
}

TEST(ComposePlain, ComesToTheBytesOfGMime) {
  jobd::testing::RandomEmail random(7);
  for (int i = 0; i < 10'000; ++i) {
    const Email email = random.plain();
    const auto plain = compose_plain(email, kFacts);
    const auto mime = compose_mime(email, kFacts);
    ASSERT_TRUE(plain.ok() && mime.ok());
    ASSERT_EQ(*plain, *mime);
    ASSERT_EQ(*plain, *compose(email, kFacts));
    ASSERT_NO_FATAL_FAILURE(expect_fit_for_the_wire(*plain));
  }
}

}  // namespace
}  // namespace jobd
