#include "daemon/mail/smtp/commands.h"

#include <gmock/gmock.h>

namespace jobd::smtp {
namespace {

bool stands(std::string_view address) {
  return wire_address(address).why == nullptr;
}

TEST(WireAddress, OnlyALocalPartOutsideAsciiNeedsSmtputf8) {
  EXPECT_EQ(wire_address("user@bücher.example").text, "user@xn--bcher-kva.example");
  EXPECT_FALSE(wire_address("user@bücher.example").needs_utf8);
  EXPECT_EQ(wire_address("jörg@bücher.example").text, "jörg@xn--bcher-kva.example");
  EXPECT_TRUE(wire_address("jörg@example.com").needs_utf8);
  EXPECT_EQ(wire_address("").text, "");
}

TEST(WireAddress, CannotLeaveItsBrackets) {
  EXPECT_TRUE(stands("user@example.com"));
  EXPECT_TRUE(stands("\"a b<>\"@example.com"));
  EXPECT_TRUE(stands("\"a\\\"b\"@example.com"));
  for (const char* odd :
       {"a@x.org>", "a@x.org> NOTIFY=NEVER", "<a@x.org", "a b@x.org", "a@x.org\r\nDATA", "a\n@x.org", "\"a\r\"@x.org",
        "\"a\\\r\n\"@x.org", "\"a@x.org", "a\x7f@x.org", "a\xff@x.org", "a@\xc3\x28"}) {
    EXPECT_FALSE(stands(odd)) << odd;
  }
  EXPECT_FALSE(stands(std::string_view("a\0@x.org", 8)));
  EXPECT_FALSE(stands("a@ü..example")) << "no possible name";
}

TEST(Xtext, IsForParameters) {
  EXPECT_EQ(xtext("a+b=c d@x.org"), "a+2Bb+3Dc+20d@x.org");
  EXPECT_EQ(xtext("ü\r\n"), "+C3+BC+0D+0A");
}

}  // namespace
}  // namespace jobd::smtp
