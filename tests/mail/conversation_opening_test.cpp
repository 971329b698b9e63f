// From the connection to a session that can carry mails: EHLO and STARTTLS.
#include "tests/mail/story.h"

namespace jobd::smtp {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Terms tls_terms(TlsLevel level) {
  return {.ehlo_name = "client.example.com", .tls = level};
}

class Opening : public Story {
 protected:
  using Story::Story;
  void secure() { conversation.secured({}, now); }
  std::string words() const { return last.trouble_reply.reply; }
};

class Tls : public Opening {
 protected:
  Tls() : Opening(tls_terms(TlsLevel::verify)) {}
};

TEST_F(Tls, EverythingIsSaidAnewAfterTheHandshake) {
  connect();
  EXPECT_THAT(talk({"220 mx", "250-mx\r\n250-STARTTLS\r\n250 SIZE 9", "220 2.0.0 ready"}),
              ElementsAre("EHLO client.example.com\r\n", "STARTTLS\r\n", ""));
  EXPECT_TRUE(conversation.wants_tls());
  secure();
  EXPECT_FALSE(conversation.wants_tls());
  EXPECT_EQ(client(), "EHLO client.example.com\r\n");
  EXPECT_EQ(talk({"250 mx"}).back(), "MAIL FROM:<app@example.com>\r\n") << "the SIZE of before is forgotten";
  EXPECT_EQ(conversation.server().size_limit, 0U);
}

TEST_F(Tls, HeloForServersThatKnowEhloInPlainTextAlone) {
  greet(a_mail(), "250-mx\r\n250-SIZE 9\r\n250 STARTTLS");
  server("220 ready");
  secure();
  EXPECT_EQ(client(), "EHLO client.example.com\r\n");
  EXPECT_THAT(talk({"502 what?", "250 hello"}),
              ElementsAre("HELO client.example.com\r\n", "MAIL FROM:<app@example.com>\r\n"));
}

TEST_F(Tls, NotificationsAreAskedForWhereTheyAreOfferedInIt) {
  for (const bool inside : {false, true}) {
    Conversation own(tls_terms(TlsLevel::verify), now);
    Mail mail = a_mail();
    mail.dsn.success = true;
    own.begin(std::move(mail), now);
    own.connected(now);
    const auto say = [&](const char* words) {
      own.received(words, now);
      const std::string said(own.output());
      own.written(said.size(), now);
      return said;
    };
    say("220 mx\r\n");
    say(inside ? "250-mx\r\n250 STARTTLS\r\n" : "250-mx\r\n250-DSN\r\n250 STARTTLS\r\n");
    say("220 ready\r\n");
    own.secured({}, now);
    own.written(own.output().size(), now);
    say(inside ? "250-mx\r\n250 DSN\r\n" : "250 mx\r\n");
    EXPECT_EQ(say("250 ok\r\n"), inside ? "RCPT TO:<user@example.com> NOTIFY=SUCCESS ORCPT=rfc822;user@example.com\r\n"
                                        : "RCPT TO:<user@example.com>\r\n");
  }
}

TEST_F(Tls, NotOfferedEndsTheSession) {
  greet();
  EXPECT_THAT(outcome(), ElementsAre("trouble:tls"));
  EXPECT_THAT(words(), HasSubstr("does not offer STARTTLS"));
  EXPECT_TRUE(conversation.closed());
}

TEST_F(Tls, RefusedEndsTheSession) {
  greet(a_mail(), "250-mx\r\n250 STARTTLS");
  server("454 4.7.0 TLS not available");
  EXPECT_THAT(outcome(), ElementsAre("trouble:tls"));
  EXPECT_EQ(last.trouble_reply.smtp_code, 454);
}

// CVE-2011-0411: commands or replies injected between the plain part and the encrypted one.
TEST_F(Tls, BytesBehindTheAnswerToStarttlsEndTheSession) {
  greet(a_mail(), "250-mx\r\n250 STARTTLS");
  server("220 ready\r\n250-mx\r\n250 AUTH PLAIN");
  EXPECT_THAT(outcome(), ElementsAre("trouble:tls"));
  EXPECT_TRUE(conversation.closed());
}

TEST_F(Tls, HalfALineBehindItTheSame) {
  greet(a_mail(), "250-mx\r\n250 STARTTLS");
  server("220 ready\r\n2");
  EXPECT_THAT(outcome(), ElementsAre("trouble:tls"));
}

TEST_F(Tls, BytesBeforeTheHandshakeIsDoneEndTheSession) {
  greet(a_mail(), "250-mx\r\n250 STARTTLS");
  server("220 ready");
  conversation.received("2", now);
  EXPECT_THAT(outcome(), ElementsAre("trouble:tls"));
  secure();
  EXPECT_EQ(client(), "");
  EXPECT_TRUE(conversation.closed());
}

TEST_F(Tls, AFailedHandshakeIsToldInTheWordsOfTheShell) {
  greet(a_mail(), "250-mx\r\n250 STARTTLS");
  server("220 ready");
  conversation.handshake_failed("the certificate has expired on 2026-01-01", now);
  EXPECT_THAT(outcome(), ElementsAre("trouble:tls"));
  EXPECT_EQ(words(), "the certificate has expired on 2026-01-01");
  EXPECT_TRUE(last.handshake_failed);
}

TEST_F(Tls, AConnectionLostInTheHandshakeIsNoHandshakeThatFailed) {
  connect();
  talk({"220 mx", "250-mx\r\n250 STARTTLS", "220 2.0.0 ready"});
  conversation.lost("connection lost in the TLS handshake", now);
  EXPECT_THAT(outcome(), ElementsAre("trouble:tls"));
  EXPECT_FALSE(last.handshake_failed);
}

TEST_F(Tls, AHandshakeThatHangs) {
  greet(a_mail(), "250-mx\r\n250 STARTTLS");
  server("220 ready");
  EXPECT_EQ(patience(), 1min);
  advance(1min);
  conversation.timed_out(now);
  EXPECT_THAT(outcome(), ElementsAre("trouble:tls"));
}

class MayTls : public Opening {
 protected:
  MayTls() : Opening(tls_terms(TlsLevel::may)) {}
};

TEST_F(MayTls, IsUsedWhereOffered) {
  greet(a_mail(), "250-mx\r\n250 starttls");
  server("220 ready");
  EXPECT_TRUE(conversation.wants_tls());
}

TEST_F(MayTls, PlainTextWhereNotOfferedOrRefused) {
  greet();
  EXPECT_EQ(conversation.phase(), Phase::mail);
}

TEST_F(MayTls, PlainTextWhereRefused) {
  greet(a_mail(), "250-mx\r\n250 STARTTLS");
  EXPECT_EQ(talk({"454 not now"}).back(), "MAIL FROM:<app@example.com>\r\n");
}

class NoTls : public Opening {};

TEST_F(NoTls, IsNotUsedThoughOffered) {
  greet(a_mail(), "250-mx\r\n250 STARTTLS");
  EXPECT_EQ(conversation.phase(), Phase::mail);
}

class ImplicitTls : public Opening {
 protected:
  ImplicitTls() : Opening({.ehlo_name = "c", .tls = TlsLevel::verify, .implicit_tls = true}) {}
};

TEST_F(ImplicitTls, BeforeTheGreeting) {
  connect();
  EXPECT_TRUE(conversation.wants_tls());
  secure();
  EXPECT_THAT(talk({"220 hi", "250 mx"}), ElementsAre("EHLO c\r\n", "MAIL FROM:<app@example.com>\r\n"));
}

TEST_F(ImplicitTls, AServerThatSpeaksPlainText) {
  connect();
  server("220 hi");
  EXPECT_THAT(outcome(), ElementsAre("trouble:tls"));
}

class BrokenTls : public Opening {
 protected:
  explicit BrokenTls(TlsLevel level = TlsLevel::may) : Opening(terms(level)) {}
  static Terms terms(TlsLevel level) {
    Terms terms = tls_terms(level);
    terms.tls_is_broken = true;
    return terms;
  }
};

TEST_F(BrokenTls, IsNotAskedForAgain) {
  connect();
  EXPECT_EQ(talk({"220 mx", "250-mx\r\n250 STARTTLS"}).back(), "MAIL FROM:<app@example.com>\r\n");
}

class BrokenTlsThatMustBe : public BrokenTls {
 protected:
  BrokenTlsThatMustBe() : BrokenTls(TlsLevel::encrypt) {}
};

TEST_F(BrokenTlsThatMustBe, IsAskedForAllTheSame) {
  connect();
  EXPECT_EQ(talk({"220 mx", "250-mx\r\n250 STARTTLS"}).back(), "STARTTLS\r\n");
}

}  // namespace
}  // namespace jobd::smtp
