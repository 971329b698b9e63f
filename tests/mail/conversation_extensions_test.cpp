// What of a mail depends on what the server offers: SIZE, SMTPUTF8, DSN.
#include "tests/mail/story.h"

namespace jobd::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Extended : public Story {
 protected:
  using Story::Story;
  std::string mail_command(Mail mail, const std::string& offered) {
    connect(std::move(mail));
    server("220 hi");
    client();
    server("250-mx\r\n" + offered);
    return client();
  }
};

TEST_F(Extended, AMessageTooLargeIsNotEvenBegun) {
  EXPECT_EQ(mail_command(a_mail(), "250 SIZE 29"), "");
  EXPECT_THAT(outcome(), ElementsAre("permanent"));
  EXPECT_EQ(last.recipients[0].enhanced_code, "5.3.4");
  EXPECT_THAT(last.recipients[0].reply, HasSubstr("30 bytes"));
  EXPECT_FALSE(last.relay_spoke);
  EXPECT_TRUE(conversation.can_begin());
}

class Limited : public Extended {
 protected:
  static Terms limited() {
    Terms terms = plain_terms();
    terms.size_max = 29;
    return terms;
  }
  Limited() : Extended(limited()) {}
};

TEST_F(Limited, AMessageLargerThanConfiguredIsNotBegunWhateverTheServerTakes) {
  EXPECT_EQ(mail_command(a_mail(), "250 SIZE 100000"), "");
  EXPECT_THAT(outcome(), ElementsAre("permanent"));
  EXPECT_EQ(last.recipients[0].enhanced_code, "5.3.4");
}

TEST_F(Extended, AMessageThatJustFits) {
  EXPECT_EQ(mail_command(a_mail(), "250 SIZE 30"), "MAIL FROM:<app@example.com> SIZE=30\r\n");
}

TEST_F(Extended, ASizeWithoutANumberIsNoLimit) {
  EXPECT_EQ(mail_command(a_mail(), "250-SIZE\r\n250 size many"), "MAIL FROM:<app@example.com> SIZE=30\r\n");
}

TEST_F(Extended, AnIdnDomainGoesOutInAscii) {
  Mail mail = a_mail({"user@bücher.example"});
  mail.envelope_from = "app@straße.de";
  EXPECT_EQ(mail_command(std::move(mail), "250 SMTPUTF8"), "MAIL FROM:<app@xn--strae-oqa.de>\r\n");
  EXPECT_THAT(talk({"250 ok"}), ElementsAre("RCPT TO:<user@xn--bcher-kva.example>\r\n"));
}

TEST_F(Extended, ALocalPartOutsideAsciiIsAnnounced) {
  EXPECT_EQ(mail_command(a_mail({"jörg@bücher.example"}), "250 SMTPUTF8"), "MAIL FROM:<app@example.com> SMTPUTF8\r\n");
  EXPECT_THAT(talk({"250 ok"}), ElementsAre("RCPT TO:<jörg@xn--bcher-kva.example>\r\n"));
}

TEST_F(Extended, WithoutSmtputf8OnlyThatRecipientFails) {
  EXPECT_EQ(mail_command(a_mail({"jörg@x.org", "b@x.org", "ü@x.org"}), "250 SIZE"),
            "MAIL FROM:<app@example.com> SIZE=30\r\n");
  EXPECT_THAT(talk({"250 ok", "250 ok", "354 go", "250 taken"}),
              ElementsAre("RCPT TO:<b@x.org>\r\n", "DATA\r\n", "Subject: Hello\r\n\r\nTest email\r\n.\r\n", ""));
  EXPECT_THAT(outcome(), ElementsAre("permanent", "delivered", "permanent"));
  EXPECT_EQ(last.recipients[0].enhanced_code, "5.6.7");
  EXPECT_TRUE(last.relay_spoke);
}

TEST_F(Extended, AnAddressInTheHeaderIsAnnouncedToo) {
  Mail mail = a_mail({"b@x.org"});
  mail.message = "Reply-To: <jörg@x.org>\r\n\r\nx\r\n";
  EXPECT_EQ(mail_command(std::move(mail), "250-8BITMIME\r\n250 SMTPUTF8"),
            "MAIL FROM:<app@example.com> BODY=8BITMIME SMTPUTF8\r\n");
}

TEST_F(Extended, ANameInBytesAndAnAddressInTheBodyNeedNoSmtputf8) {
  Mail mail = a_mail({"b@x.org"});
  mail.message = "To: Jörg <b@x.org>\r\n\r\nü@x.org\r\n";
  EXPECT_EQ(mail_command(std::move(mail), "250-8BITMIME\r\n250 SMTPUTF8"),
            "MAIL FROM:<app@example.com> BODY=8BITMIME\r\n");
}

// A field of the header, and whether it has an address that needs SMTPUTF8.
struct HeaderField : Extended, ::testing::WithParamInterface<std::pair<const char*, bool>> {};

TEST_P(HeaderField, NeedsSmtputf8ForAnAddressAlone) {
  Mail mail = a_mail({"b@x.org"});
  mail.message = std::string(GetParam().first) + "\r\n\r\nx\r\n";
  EXPECT_EQ(mail_command(std::move(mail), "250-8BITMIME\r\n250 SMTPUTF8"),
            std::string("MAIL FROM:<app@example.com> BODY=8BITMIME") + (GetParam().second ? " SMTPUTF8" : "") + "\r\n");
}

INSTANTIATE_TEST_SUITE_P(
    Fields, HeaderField,
    ::testing::Values(std::pair("Subject: Gruß an @Jürgen", false), std::pair("To: \"Jü @ home\" <a@x.org>", false),
                      std::pair("From: ü (x) <a@x.org>", false), std::pair("Cc: a@x.org,\r\n ü@x.org", true),
                      std::pair("Reply-To: \"ü x\"@x.org", true), std::pair("to: <a@bü.de>", true)));

TEST_F(Extended, WithoutSmtputf8TheGoodRecipientsGetTheMessageInAscii) {
  Mail mail = a_mail({"b@x.org", "ü@x.org"});
  mail.message = "To: b@x.org, ü@x.org\r\n\r\nx\r\n";
  mail.message_in_ascii = "To: b@x.org\r\n\r\nx\r\n";
  EXPECT_EQ(mail_command(std::move(mail), "250 8BITMIME"), "MAIL FROM:<app@example.com>\r\n");
  EXPECT_THAT(talk({"250 ok", "250 ok", "354 go", "250 taken"}),
              ElementsAre("RCPT TO:<b@x.org>\r\n", "DATA\r\n", "To: b@x.org\r\n\r\nx\r\n.\r\n", ""));
  EXPECT_THAT(outcome(), ElementsAre("delivered", "permanent"));
}

TEST_F(Extended, WithoutSmtputf8ARawMessageWithSuchAnAddressFailsForAll) {
  Mail mail = a_mail({"b@x.org"});
  mail.message = "Cc: ü@x.org\r\n\r\nx\r\n";
  EXPECT_EQ(mail_command(std::move(mail), "250 8BITMIME"), "");
  EXPECT_THAT(outcome(), ElementsAre("permanent"));
  EXPECT_EQ(last.recipients[0].enhanced_code, "5.6.7");
}

TEST_F(Extended, ASenderOutsideAsciiFailsForAll) {
  Mail mail = a_mail({"a@x.org", "b@x.org"});
  mail.envelope_from = "jörg@x.org";
  EXPECT_EQ(mail_command(std::move(mail), "250 SIZE"), "");
  EXPECT_THAT(outcome(), ElementsAre("permanent", "permanent"));
  EXPECT_EQ(last.recipients[1].enhanced_code, "5.6.7");
  EXPECT_FALSE(last.relay_spoke);
}

TEST_F(Extended, TheAddressIsJudgedBeforeTheMessage) {
  Mail mail = a_mail({"jörg@x.org", "b@x.org"});
  mail.message = "Grüße";
  EXPECT_EQ(mail_command(std::move(mail), "250 SIZE"), "");
  EXPECT_THAT(outcome(), ElementsAre("permanent", "permanent"));
  EXPECT_EQ(last.recipients[0].enhanced_code, "5.6.7");
  EXPECT_EQ(last.recipients[1].enhanced_code, "5.6.3");
}

TEST_F(Extended, ASenderThatCannotStandIsNotAskedForEither) {
  Mail mail = a_mail({});
  mail.envelope_from = "a@x.org>";
  EXPECT_EQ(mail_command(std::move(mail), "250 SIZE"), "");
  EXPECT_FALSE(conversation.take_outcome()->relay_spoke);
}

TEST_F(Extended, ADomainThatIsNoNameFailsAlone) {
  mail_command(a_mail({"a@ü..example", "b@x.org"}), "250 SIZE");
  EXPECT_THAT(talk({"250 ok", "250 ok"}), ElementsAre("RCPT TO:<b@x.org>\r\n", "DATA\r\n"));
  talk({"354 go", "250 taken"});
  EXPECT_THAT(outcome(), ElementsAre("permanent", "delivered"));
  EXPECT_EQ(last.recipients[0].enhanced_code, "5.1.3");
}

Mail a_mail_with_dsn() {
  Mail mail = a_mail({"a+b@x.org"});
  mail.dsn.success = true;
  mail.dsn.delay = true;
  mail.dsn.ret = Dsn::Return::headers;
  mail.envelope_id = "id=1";
  return mail;
}

TEST_F(Extended, NotificationsWhereOffered) {
  EXPECT_EQ(mail_command(a_mail_with_dsn(), "250 DSN"), "MAIL FROM:<app@example.com> RET=HDRS ENVID=id+3D1\r\n");
  EXPECT_THAT(talk({"250 ok"}), ElementsAre("RCPT TO:<a+b@x.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb@x.org\r\n"));
}

TEST_F(Extended, NotificationsWhereNot) {
  EXPECT_EQ(mail_command(a_mail_with_dsn(), "250 SIZE"), "MAIL FROM:<app@example.com> SIZE=30\r\n");
  EXPECT_THAT(talk({"250 ok"}), ElementsAre("RCPT TO:<a+b@x.org>\r\n"));
}

TEST_F(Extended, NotificationsNever) {
  Mail mail = a_mail();
  mail.dsn.never = true;
  EXPECT_EQ(mail_command(std::move(mail), "250 DSN"), "MAIL FROM:<app@example.com>\r\n");
  EXPECT_THAT(talk({"250 ok"}),
              ElementsAre("RCPT TO:<user@example.com> NOTIFY=NEVER ORCPT=rfc822;user@example.com\r\n"));
}

TEST_F(Extended, NotificationsUnasked) {
  Mail mail = a_mail();
  mail.envelope_id = "id";
  EXPECT_EQ(mail_command(std::move(mail), "250 DSN"), "MAIL FROM:<app@example.com>\r\n");
  EXPECT_THAT(talk({"250 ok"}), ElementsAre("RCPT TO:<user@example.com>\r\n"));
}

TEST_F(Extended, WhatTheServerTellsIsKept) {
  mail_command(a_mail(), "250-SIZE 1000\r\n250-AUTH PLAIN\r\n250 AUTH=PLAIN LOGIN");
  EXPECT_EQ(conversation.server().greeting, "hi");
  EXPECT_THAT(conversation.server().extensions, ElementsAre("SIZE 1000", "AUTH PLAIN", "AUTH=PLAIN LOGIN"));
  EXPECT_EQ(conversation.server().size_limit, 1000U);
}

}  // namespace
}  // namespace jobd::smtp
