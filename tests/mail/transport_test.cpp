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

TEST(Words, OfTlsAndAuth) {
  for (const char* word : {"none", "may", "encrypt", "verify"}) EXPECT_EQ(word_of(*parse_tls_level(word)), word);
  EXPECT_FALSE(parse_tls_level("Verify"));
  EXPECT_EQ(parse_auth_mechanism("oauthbearer"), AuthMechanism::oauthbearer);
  EXPECT_FALSE(parse_auth_mechanism("cram-md5"));
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

SmtpTransport to(std::string host, std::uint16_t port, std::optional<std::size_t> connections = std::nullopt) {
  SmtpTransport transport;
  transport.host = std::move(host);
  transport.port = port;
  transport.connections = connections;
  return transport;
}

TEST(Transport, Smtp) {
  EXPECT_EQ(parsed<SmtpTransport>("smtp://mail.example.com"), to("mail.example.com", 25));
  EXPECT_EQ(parsed<SmtpTransport>("smtp://127.0.0.1:2525/?connections=3"), to("127.0.0.1", 2525, 3));
  EXPECT_EQ(parsed<SmtpTransport>("smtp://[::1]:2525"), to("::1", 2525));
  EXPECT_EQ(parsed<SmtpTransport>("smtp://[::1]"), to("::1", 25));
  const auto all = parsed<SmtpTransport>("smtps://ann@example.com@mx?tls=encrypt&connections=7");
  EXPECT_TRUE(all.implicit_tls);
  EXPECT_EQ(all.port, 465);
  EXPECT_EQ(all.username, "ann@example.com");
  EXPECT_EQ(all.tls, TlsLevel::encrypt);
  EXPECT_EQ(parse_relay_url("smtp://mx", 587)->port, 587);
  EXPECT_EQ(parse_relay_url("smtp://mx:25", 587)->port, 25);
  EXPECT_EQ(parse_relay_url("maildir:/x").error().field, "");
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
  EXPECT_THAT(refusal("smtp://user:secret@mx"), HasSubstr("no place for a password"));
  EXPECT_THAT(refusal("smtp://@mx"), HasSubstr("user name"));
  EXPECT_THAT(refusal("smtp://mx?tls=yes"), HasSubstr("none, may, encrypt or verify"));
  EXPECT_EQ(refusal("smtp://user:secret@mx").find("secret"), std::string::npos);
  EXPECT_THAT(refusal("smtp://m x"), HasSubstr("space"));
  EXPECT_THAT(refusal("smtp://mx?connections=0"), HasSubstr("1 to 100"));
}

TEST(Transport, UnknownSchemesAreToldTheKnownOnes) {
  for (const char* url : {"smpt://mx", "", "mx.example.com", "maildir", "SMTP://mx"}) {
    EXPECT_THAT(refusal(url), HasSubstr("maildir:PATH, simulate:?fail=0.3&latency=20ms, smtp://HOST:PORT and")) << url;
  }
}

TEST(Transport, AnUnknownSchemeIsToldWithoutWhatFollowsIt) {
  EXPECT_THAT(refusal("smpt://u:secret@mx"), HasSubstr("unknown transport \"smpt\";"));
  EXPECT_THAT(refusal("smpt://u:secret@mx"), ::testing::Not(HasSubstr("secret")));
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
  EXPECT_EQ(relay_name(to("::1", 2525)), "smtp://[::1]:2525");
  EXPECT_EQ(relay_name(to("mx", 25)), "smtp://mx:25");
  EXPECT_EQ(relay_name(*parse_relay_url("smtps://ann@mx")), "smtps://mx:465") << "who logs in is nobody's business";
  EXPECT_EQ(relay_name(SimulateTransport{}), "simulate:");
}

}  // namespace
}  // namespace jobd
