#include "shared/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobd {
namespace {

TEST(Address, Good) {
  for (const char* text : {"a@b", "user.name+tag@example.com", "\"quoted local\"@example.com", "\"a@b\"@example.com",
                           "ü@bücher.example", "ن\u200cم@مثال.example", "日本@例え.example", "x@[192.0.2.1]",
                           "x@[ipv6:::1]", "x@[IPv6:2001:db8::1]", "!#$%&'*+-/=?^_`{|}~@x.org", "\"a\\\"b\"@x.org"}) {
    EXPECT_TRUE(check_address(text)) << text;
  }
}

TEST(Address, Bad) {
  const std::string long_local = std::string(65, 'a') + "@x.org";
  const std::string long_all = "a@" + std::string(300, 'b') + ".org";
  for (const std::string& text : {std::string(),
                                  std::string("a"),
                                  std::string("@x.org"),
                                  std::string("a@"),
                                  std::string("a@@x.org"),
                                  std::string("a@b@c"),
                                  std::string("a b@x.org"),
                                  std::string(".a@x.org"),
                                  std::string("a.@x.org"),
                                  std::string("a..b@x.org"),
                                  std::string("a@x..org"),
                                  std::string("a@-x.org"),
                                  std::string("a@x.org."),
                                  std::string("a@x_y.org"),
                                  std::string("a@x.org\r\nRCPT TO:<v@x.org>"),
                                  std::string("a\0b@x.org", 9),
                                  std::string("<a@x.org>"),
                                  std::string("a@[x"),
                                  std::string("a@[]"),
                                  std::string("a@[999.1.1.1]"),
                                  std::string("a@[foo]"),
                                  std::string("a@[IPv6:zz]"),
                                  std::string("a@x\u3002org"),
                                  std::string("a@x\u2028y.org"),
                                  std::string("a@\ufeffx.org"),
                                  std::string("a\u202e@x.org"),
                                  std::string("a\u00a0b@x.org"),
                                  std::string("\"a@x.org"),
                                  std::string("a@x org"),
                                  std::string("a\xff@x.org"),
                                  std::string("a\xc2\x85@x.org"),
                                  long_local,
                                  long_all}) {
    EXPECT_FALSE(check_address(text)) << text;
  }
}

TEST(Address, Mailboxes) {
  EXPECT_EQ(*parse_mailbox("Bea Ö <b@x.org>"), (Mailbox{"Bea Ö", "b@x.org"}));
  EXPECT_EQ(*parse_mailbox(R"("Quoted, \"N\"" <b@x.org>)"), (Mailbox{"Quoted, \"N\"", "b@x.org"}));
  EXPECT_EQ(*parse_mailbox("<b@x.org>"), (Mailbox{"", "b@x.org"}));
  EXPECT_EQ(*parse_mailbox(R"("a<b" <c@x.org>)"), (Mailbox{"a<b", "c@x.org"}));
  EXPECT_FALSE(parse_mailbox("b@x.org>"));
  EXPECT_FALSE(parse_mailbox("A <b@x.org> <c@x.org>"));
  EXPECT_FALSE(parse_mailbox("A\n <b@x.org>"));
}

TEST(Address, Lists) {
  const auto list = parse_mailbox_list(R"(a@x.org, "B, b" <b@x.org>,, Friends: c@x.org, d@x.org;, e@[IPv6:::1])");
  ASSERT_TRUE(list) << list.error().message;
  std::vector<std::string> addresses;
  for (const Mailbox& mailbox : *list) addresses.push_back(mailbox.address);
  EXPECT_THAT(addresses, ::testing::ElementsAre("a@x.org", "b@x.org", "c@x.org", "d@x.org", "e@[IPv6:::1]"));
  EXPECT_FALSE(parse_mailbox_list("a@x.org, nonsense"));
  EXPECT_FALSE(parse_mailbox_list("a@x.org, \"open b@x.org\\")) << "an unclosed quote swallows nobody silently";
}

TEST(Address, AListOfAMegabyteIsReadOnce) {
  const std::string hostile = std::string(1UL << 20, 'a') + "@" + std::string(1UL << 20, ':');
  EXPECT_FALSE(parse_mailbox_list(hostile));
  EXPECT_LT(parse_mailbox_list(hostile).error().message.size(), 1000U);
}

}  // namespace
}  // namespace jobd
