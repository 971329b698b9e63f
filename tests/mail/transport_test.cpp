#include "daemon/mail/transport.h"

#include <gmock/gmock.h>

#include "daemon/mail/mail_thread.h"

namespace jobd {
namespace {

using ::testing::HasSubstr;

template <typename T>
T parsed(const std::string& url) {
  auto transport = parse_transport(url);
  EXPECT_TRUE(transport.ok()) << url;
  return transport ? std::get<T>(*transport) : T{};
}

std::string refusal(const std::string& url) {
  auto info = check_transport(url);
  if (info) return "accepted";
  EXPECT_EQ(info.error().code, Code::invalid_field);
  EXPECT_EQ(info.error().field, "mail.transport");
  return info.error().message;
}

TEST(Transport, Maildir) {
  EXPECT_EQ(parsed<MaildirTransport>("maildir:/var/lib/jobd/outbox").path, "/var/lib/jobd/outbox");
  EXPECT_EQ(parsed<MaildirTransport>("maildir:/a?b c").path, "/a?b c");
  EXPECT_THAT(refusal("maildir:"), HasSubstr("names no folder"));
}

TEST(Transport, Simulate) {
  EXPECT_EQ(parsed<SimulateTransport>("simulate:"), SimulateTransport{});
  const auto all = parsed<SimulateTransport>("simulate:?fail=0.3&permanent=0.1&latency=20ms&seed=42&fail_first=2");
  EXPECT_EQ(all, (SimulateTransport{0.3, 0.1, std::chrono::milliseconds(20), 42, 2}));
  EXPECT_EQ(parsed<SimulateTransport>("simulate:?fail=1").fail, 1.0);
}

TEST(Transport, SimulateSaysWhatIsAllowed) {
  EXPECT_EQ(refusal("simulate:?fail=1.5"), "simulate: fail takes a probability from 0 to 1, not \"1.5\"");
  EXPECT_THAT(refusal("simulate:?fail=nan"), HasSubstr("probability"));
  EXPECT_THAT(refusal("simulate:?fail="), HasSubstr("probability"));
  EXPECT_THAT(refusal("simulate:?latency=20"), HasSubstr("as in 20ms"));
  EXPECT_THAT(refusal("simulate:?latency=11m"), HasSubstr("up to 10m"));
  EXPECT_THAT(refusal("simulate:?seed=-1"), HasSubstr("whole number"));
  EXPECT_THAT(refusal("simulate:?fail_first=101"), HasSubstr("0 to 100"));
  EXPECT_EQ(refusal("simulate:?fial=1"),
            "simulate: unknown parameter \"fial\"; there are fail, permanent, latency, seed, fail_first");
  EXPECT_THAT(refusal("simulate:?fail=0.6&permanent=0.5"), HasSubstr("together"));
  EXPECT_THAT(refusal("simulate:fail=1"), HasSubstr("simulate:?"));
}

TEST(Transport, Smtp) {
  EXPECT_EQ(parsed<SmtpTransport>("smtp://mail.example.com"), (SmtpTransport{"mail.example.com", 25, 10}));
  EXPECT_EQ(parsed<SmtpTransport>("smtp://127.0.0.1:2525/?connections=3"), (SmtpTransport{"127.0.0.1", 2525, 3}));
  EXPECT_EQ(parsed<SmtpTransport>("smtp://[::1]:2525"), (SmtpTransport{"::1", 2525, 10}));
  EXPECT_EQ(parsed<SmtpTransport>("smtp://[::1]"), (SmtpTransport{"::1", 25, 10}));
}

TEST(Transport, SmtpSaysWhatIsAllowed) {
  EXPECT_THAT(refusal("smtp:mail.example.com"), HasSubstr("smtp://HOST"));
  EXPECT_THAT(refusal("smtp://"), HasSubstr("names no host"));
  EXPECT_THAT(refusal("smtp://:25"), HasSubstr("names no host"));
  EXPECT_THAT(refusal("smtp://mx:0"), HasSubstr("1 to 65535"));
  EXPECT_THAT(refusal("smtp://mx:smtp"), HasSubstr("1 to 65535"));
  EXPECT_THAT(refusal("smtp://mx:"), HasSubstr("1 to 65535"));
  EXPECT_THAT(refusal("smtp://::1:25"), HasSubstr("brackets"));
  EXPECT_THAT(refusal("smtp://[::1"), HasSubstr("]"));
  EXPECT_THAT(refusal("smtp://[::1]25"), HasSubstr("1 to 65535"));
  EXPECT_THAT(refusal("smtp://user:secret@mx"), HasSubstr("no user and password"));
  EXPECT_EQ(refusal("smtp://user:secret@mx").find("secret"), std::string::npos);
  EXPECT_THAT(refusal("smtp://m x"), HasSubstr("space"));
  EXPECT_THAT(refusal("smtp://mx?connections=0"), HasSubstr("1 to 100"));
}

TEST(Transport, UnknownSchemesAreToldTheKnownOnes) {
  for (const char* url : {"smpt://mx", "", "mx.example.com", "maildir", "SMTP://mx"}) {
    EXPECT_THAT(refusal(url), HasSubstr("maildir:PATH, simulate:?fail=0.3&latency=20ms and smtp://HOST:PORT")) << url;
  }
}

TEST(Transport, WhatTheRestNeedsToKnow) {
  EXPECT_EQ(check_transport("maildir:/x")->slots, 64U);
  EXPECT_FALSE(check_transport("maildir:/x")->sends_mail);
  EXPECT_EQ(check_transport("simulate:")->slots, 100U);
  EXPECT_EQ(check_transport("smtp://mx?connections=7")->slots, 7U);
  EXPECT_TRUE(check_transport("smtp://mx")->sends_mail);
  EXPECT_EQ(check_transport("smtp://mx")->url, "smtp://mx");
}

TEST(Transport, AsHistoryTellsIt) {
  EXPECT_EQ(relay_name(SmtpTransport{"::1", 2525, 1}), "smtp://[::1]:2525");
  EXPECT_EQ(relay_name(SmtpTransport{"mx", 25, 1}), "smtp://mx:25");
  EXPECT_EQ(relay_name(SimulateTransport{}), "simulate:");
}

}  // namespace
}  // namespace jobd
