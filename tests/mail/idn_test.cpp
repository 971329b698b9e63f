#include "daemon/mail/idn.h"

#include <gmock/gmock.h>

namespace jobd {
namespace {

TEST(Idn, DomainsBecomeALabels) {
  EXPECT_EQ(domain_in_ascii("bücher.example"), "xn--bcher-kva.example");
  EXPECT_EQ(domain_in_ascii("BÜCHER.example"), "xn--bcher-kva.example");
  EXPECT_EQ(domain_in_ascii("bu\u0308cher.example"), "xn--bcher-kva.example") << "composed first";
  EXPECT_EQ(domain_in_ascii("例え.テスト"), "xn--r8jz45g.xn--zckzah");
  EXPECT_EQ(domain_in_ascii("straße.de"), "xn--strae-oqa.de") << "IDNA2008 keeps the sharp s";
}

TEST(Idn, AsciiStaysAsItIs) {
  EXPECT_EQ(domain_in_ascii("Example.COM"), "Example.COM");
  EXPECT_EQ(domain_in_ascii("under_score.example"), "under_score.example");
  EXPECT_EQ(domain_in_ascii("[IPv6:::1]"), "[IPv6:::1]");
  EXPECT_EQ(domain_in_ascii(""), "");
}

TEST(Idn, WhatCanBeNoName) {
  EXPECT_EQ(domain_in_ascii("ü\u2028.example"), std::nullopt);
  EXPECT_EQ(domain_in_ascii("\xff\xfe.example"), std::nullopt);
  EXPECT_EQ(domain_in_ascii("ü<>.example"), std::nullopt);
  EXPECT_EQ(domain_in_ascii("ü\uff1e.example"), std::nullopt) << "a full-width bracket";
  EXPECT_EQ(domain_in_ascii("ü\u3000.example"), std::nullopt) << "a full-width space";
  EXPECT_EQ(domain_in_ascii("ü..example"), std::nullopt);
  EXPECT_EQ(domain_in_ascii(std::string("ü.ex\0ample", 11)), std::nullopt);
  std::string longer = "ü";
  for (int i = 0; i < 80; ++i) longer += 'a';
  EXPECT_EQ(domain_in_ascii(longer + ".example"), std::nullopt) << "a label has 63 bytes at most";
}

TEST(Idn, AddressesAreComparedInOneForm) {
  for (const char* address : {"Ann@MÜNCHEN.de", "ann@mu\u0308nchen.DE", "ANN@XN--MNCHEN-3YA.de"}) {
    EXPECT_EQ(comparable_address(address), "ann@xn--mnchen-3ya.de") << address;
  }
  EXPECT_EQ(comparable_address("@München.de"), "@xn--mnchen-3ya.de");
  EXPECT_EQ(comparable_address(".München.de"), ".xn--mnchen-3ya.de");
  EXPECT_EQ(comparable_address("München.de"), "xn--mnchen-3ya.de");
  EXPECT_EQ(comparable_address("\"A@b\"@München.de"), "\"a@b\"@xn--mnchen-3ya.de");
  EXPECT_EQ(comparable_address(""), "");
  EXPECT_EQ(comparable_address("ann@ü\u3000.de"), std::nullopt);
}

}  // namespace
}  // namespace jobd
