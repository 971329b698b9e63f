#include "daemon/mail/compose.h"

#include <gmock/gmock.h>

#include "daemon/core/kept_email.h"
#include "shared/base64.h"
#include "shared/codec.h"
#include "tests/mail/attempts.h"
#include "tests/support/fakes.h"

namespace jobd {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const MessageFacts kFacts{*JobId::parse("019ca937-1c00-7001-8000-00000000002a"), jobd::testing::kNoon,
                          "mail.example.com"};

Email an_email() {
  Email email;
  email.from = Mailbox{"", "app@example.com"};
  email.to = {{"", "user@example.com"}};
  email.subject = "Hello";
  email.text = "Test email";
  return email;
}

std::string composed(const Email& email) {
  auto message = compose(email, kFacts);
  EXPECT_TRUE(message.ok());
  return message ? *message : message.error().message;
}

std::size_t longest_line(std::string_view message) {
  std::size_t longest = 0;
  while (!message.empty()) {
    const std::size_t end = message.find("\r\n");
    longest = std::max(longest, std::min(end, message.size()));
    message.remove_prefix(std::min(end, message.size() - 2) + 2);
  }
  return longest;
}

bool is_7bit_with_crlf(std::string_view message) {
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (static_cast<unsigned char>(message[i]) >= 0x80) return false;
    if (message[i] == '\n' && (i == 0 || message[i - 1] != '\r')) return false;
    if (message[i] == '\r' && !message.substr(i + 1).starts_with('\n')) return false;
  }
  return message.ends_with("\r\n");
}

TEST(Compose, APlainMail) {
  EXPECT_EQ(composed(an_email()),
            "From: app@example.com\r\n"
            "To: user@example.com\r\n"
            "Subject: Hello\r\n"
            "Date: Sun, 01 Mar 2026 12:00:00 +0000\r\n"
            "Message-ID: <019ca937-1c00-7001-8000-00000000002a@mail.example.com>\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 7bit\r\n"
            "\r\n"
            "Test email\r\n");
}

TEST(Compose, Utf8InNamesSubjectAndText) {
  Email email = an_email();
  email.from = Mailbox{"Jörg Müller", "app@example.com"};
  email.to = {{"Zoë", "zoe@example.com"}, {"Doe, John", "john@example.com"}};
  email.subject = "Grüße aus Köln";
  email.text = "Schöne Grüße und nichts weiter als ein Text in deutscher Sprache = fein";
  const std::string message = composed(email);
  EXPECT_THAT(message, HasSubstr("From: =?UTF-8?b?SsO2cmcgTcO8bGxlcg==?= <app@example.com>\r\n"));
  EXPECT_THAT(message, HasSubstr("To: =?UTF-8?q?Zo=C3=AB?= <zoe@example.com>, \"Doe, John\" <john@example.com>\r\n"));
  EXPECT_THAT(message, HasSubstr("Subject: =?UTF-8?b?R3LDvMOfZQ==?= aus =?UTF-8?b?S8O2bG4=?=\r\n"));
  EXPECT_THAT(message, HasSubstr("Content-Transfer-Encoding: quoted-printable\r\n"));
  EXPECT_THAT(message, HasSubstr("\r\n\r\nSch=C3=B6ne Gr=C3=BC=C3=9Fe und"));
  EXPECT_THAT(message, HasSubstr("=3D fein"));
  EXPECT_TRUE(is_7bit_with_crlf(message));
}

TEST(Compose, MostlyOtherScriptsAreBase64) {
  Email email = an_email();
  email.text = "漢字漢字漢字漢字漢字漢字";
  EXPECT_THAT(composed(email), HasSubstr("Content-Transfer-Encoding: base64\r\n"));
}

TEST(Compose, LineEndsInBase64AreCrLfToo) {  // RFC 2045 6.8
  Email email = an_email();
  email.text = "漢字\n漢字";
  EXPECT_THAT(composed(email), EndsWith("\r\n\r\n" + encode_base64("漢字\r\n漢字\r\n") + "\r\n"));
}

TEST(Compose, DomainsBeyondAsciiAreALabels) {
  Email email = an_email();
  email.from = Mailbox{"Büro", "büro@bücher.example"};
  email.to = {{"", "a@straße.example"}};
  EXPECT_THAT(composed(email), HasSubstr("<büro@xn--bcher-kva.example>\r\nTo: a@xn--strae-oqa.example\r\n"));
}

TEST(Compose, ALineThatMailboxesWouldChangeIsEncoded) {
  Email email = an_email();
  email.text = "Hi\nFrom here\n.\n";
  EXPECT_THAT(composed(email), EndsWith("quoted-printable\r\n\r\nHi\r\n=46rom here\r\n=2E\r\n"));
}

TEST(Compose, ARedirectedMailSaysWhomItWasFor) {
  Attempt attempt = jobd::testing::an_attempt(1);
  attempt.redirected_from = {"a@example.com", "zoë@example.com"};
  const auto message = message_of(attempt, "mail.example.com");
  ASSERT_TRUE(message.ok());
  EXPECT_THAT(message->bytes, StartsWith("X-Jobd-Redirected-From: a@example.com\r\n"
                                         "X-Jobd-Redirected-From: =?UTF-8?q?zo=C3=AB=40example=2Ecom?=\r\nFrom: "));
  attempt.redirected_from.assign(60, "a@example.com");
  EXPECT_THAT(message_of(attempt, "mail.example.com").value().bytes,
              HasSubstr("X-Jobd-Redirected-From: and 10 more\r\n"));
}

TEST(Compose, TextAndHtmlAreAlternatives) {
  Email email = an_email();
  email.html = "<p>Hello</p>";
  EXPECT_THAT(composed(email), EndsWith("Content-Type: multipart/alternative;\r\n"
                                        "\tboundary=\"=_019ca937-1c00-7001-8000-00000000002a_1\"\r\n"
                                        "\r\n"
                                        "--=_019ca937-1c00-7001-8000-00000000002a_1\r\n"
                                        "Content-Type: text/plain; charset=utf-8\r\n"
                                        "Content-Transfer-Encoding: 7bit\r\n"
                                        "\r\n"
                                        "Test email\r\n"
                                        "\r\n"
                                        "--=_019ca937-1c00-7001-8000-00000000002a_1\r\n"
                                        "Content-Type: text/html; charset=utf-8\r\n"
                                        "Content-Transfer-Encoding: 7bit\r\n"
                                        "\r\n"
                                        "<p>Hello</p>\r\n"
                                        "\r\n"
                                        "--=_019ca937-1c00-7001-8000-00000000002a_1--\r\n"));
}

TEST(Compose, HtmlAlone) {
  Email email = an_email();
  email.text.reset();
  email.html = "<p>Hello</p>";
  EXPECT_THAT(composed(email), AllOf(HasSubstr("\r\nContent-Type: text/html; charset=utf-8\r\n"),
                                     Not(HasSubstr("multipart")), EndsWith("\r\n\r\n<p>Hello</p>\r\n")));
}

TEST(Compose, NothingToSayIsAnEmptyText) {
  Email email = an_email();
  email.text.reset();
  EXPECT_THAT(composed(email), AllOf(HasSubstr("text/plain"), EndsWith("\r\n\r\n\r\n")));
}

TEST(Compose, AttachmentsKeepTheirBytesAndNames) {
  Email email = an_email();
  email.attachments = {{"größe.txt", std::string("a\nb\r\0", 5), "text/plain; charset=utf-8", ""},
                       {"x.bin", "data", "", ""},
                       {"mail.eml", "Subject: \xc3\xa4\n\ny", "message/rfc822", ""}};
  const std::string message = composed(email);
  EXPECT_THAT(message, HasSubstr("Content-Type: multipart/mixed;"));
  EXPECT_THAT(message, HasSubstr("Content-Disposition: attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe.txt\r\n"
                                 "Content-Transfer-Encoding: base64\r\n\r\nYQpiDQA=\r\n"));
  EXPECT_THAT(message, HasSubstr("Content-Type: application/octet-stream; name=x.bin\r\n"));
  EXPECT_THAT(message, HasSubstr("Content-Type: application/octet-stream; name=mail.eml\r\n"))
      << "message/rfc822 may not be base64";
}

TEST(Compose, AForwardedMessageStaysOne) {
  Email email = an_email();
  email.attachments = {{"mail.eml", "Subject: x\n\n.y", "message/rfc822; charset=utf-8", ""}};
  EXPECT_THAT(composed(email), HasSubstr("\r\nContent-Type: message/rfc822; name=mail.eml\r\n"
                                         "Content-Disposition: attachment; filename=mail.eml\r\n"
                                         "Content-Transfer-Encoding: 7bit\r\n\r\nSubject: x\r\n\r\n.y\r\n"
                                         "\r\n--=_019ca937-1c00-7001-8000-00000000002a_1--\r\n"));
}

// base64 is forbidden for a message, and nothing else would keep the bytes.
TEST(Compose, AMessageThatNeedsAnEncodingGoesAsBytes) {
  for (const std::string& content : {std::string(), std::string("no header"), std::string("Subject: x\nno field\n"),
                                     std::string("From x\nSubject: x\n"), std::string("Subject: x\r\rbare CR"),
                                     std::string("Subject: x\n\n\0", 13), std::string("Subject: x\n\n\x80"),
                                     "Subject: x\n\n" + std::string(999, 'x'), std::string("Subject: x\n\nFrom here\n"),
                                     std::string("Subject: x\n\n--=_019ca937-1c00-7001-8000-00000000002a_1\n")}) {
    Email email = an_email();
    email.attachments = {{"mail.eml", content, "message/rfc822", ""}};
    EXPECT_THAT(composed(email), AllOf(HasSubstr("Content-Type: application/octet-stream; name=mail.eml\r\n"),
                                       HasSubstr("Content-Transfer-Encoding: base64\r\n"),
                                       HasSubstr("\r\n\r\n" + encode_base64(content.substr(0, 57)))));
  }
}

TEST(Compose, AFilenameThatReadsAsAnotherIsEncoded) {
  Email email = an_email();
  email.attachments = {{"=?utf-8?q?=0D=0A?=.txt", "x", "", ""}, {" a", "y", "", ""}};
  EXPECT_THAT(
      composed(email),
      AllOf(HasSubstr("Content-Disposition: attachment;\r\n\tfilename*0*=UTF-8''%3D%3Futf%2D8%3Fq%3F%3D0D%3D0A%3F%3D.t;"
                      "\r\n\tfilename*1*=xt\r\n"),
            HasSubstr("Content-Disposition: attachment;\r\n\tfilename*0*=UTF-8''%20a\r\n")));
}

TEST(Compose, InlineImagesStandWithTheHtml) {
  Email email = an_email();
  email.html = "<img src=\"cid:logo\">";
  email.attachments = {{"logo.png", "PNG", "image/png", "logo"}, {"x.bin", "data", "", ""}};
  const std::string message = composed(email);
  const auto at = [&](const char* text) {
    EXPECT_THAT(message, HasSubstr(text));
    return message.find(text);
  };
  EXPECT_LT(at("multipart/mixed"), at("multipart/alternative"));
  EXPECT_LT(at("text/plain"), at("multipart/related"));
  EXPECT_LT(at("text/html"), at("Content-Id: <logo>"));
  EXPECT_LT(at("Content-Disposition: inline; filename=logo.png"),
            at("Content-Disposition: attachment; filename=x.bin"));
}

TEST(Compose, BccIsNowhere) {
  Email email = an_email();
  email.cc = {{"", "cc@example.com"}};
  email.bcc = {{"", "secret@example.com"}};
  email.reply_to = {{"", "reply@example.com"}};
  const std::string message = composed(email);
  EXPECT_THAT(message, AllOf(HasSubstr("\r\nCc: cc@example.com\r\n"), HasSubstr("\r\nReply-To: reply@example.com\r\n"),
                             Not(HasSubstr("secret")), Not(HasSubstr("Bcc"))));
  email.to.clear();
  email.cc.clear();
  EXPECT_THAT(composed(email), AllOf(HasSubstr("\r\nTo: undisclosed-recipients"), Not(HasSubstr("secret"))));
}

TEST(Compose, CustomHeadersAreFoldedAndNeverReworded) {
  Email email = an_email();
  const std::string url = "<https://example.com/unsubscribe/" + std::string(300, 'u') + ">";
  std::string words;
  for (int i = 0; i < 100; ++i) words += "word" + std::to_string(i) + " ";
  email.headers = {{"List-Unsubscribe", url}, {"X-Words", words}, {"X-Name", "Jörg"}, {"X-Empty", ""}};
  const std::string message = composed(email);
  EXPECT_THAT(message, HasSubstr("\r\nList-Unsubscribe: " + url + "\r\n"));
  EXPECT_THAT(message, HasSubstr("\r\nX-Words: word0 word1 "));
  EXPECT_THAT(message, HasSubstr(" word99\r\n"));
  EXPECT_THAT(message, HasSubstr("\r\nX-Name: =?UTF-8?"));
  EXPECT_THAT(message, HasSubstr("\r\nX-Empty:\r\n"));
  EXPECT_LE(longest_line(message), 400U);
}

TEST(Compose, LinesStayUnder998Bytes) {
  Email email = an_email();
  email.subject = std::string(990, 's');
  email.text = std::string(5000, 'x') + "\n" + std::string(2000, 'y');
  email.html = "<p>" + std::string(5000, 'z') + "</p>";
  for (int i = 0; i < 200; ++i) email.to.push_back({"", "user" + std::to_string(i) + "@example.com"});
  const std::string message = composed(email);
  EXPECT_LE(longest_line(message), 998U);
  EXPECT_TRUE(is_7bit_with_crlf(message));
}

TEST(Compose, AWordTooLongForItsHeaderIsAnError) {
  Email email = an_email();
  email.headers = {{"X-Long", std::string(1000, 'x')}};
  const auto message = compose(email, kFacts);
  ASSERT_FALSE(message.ok());
  EXPECT_EQ(message.error().code, Code::invalid_field);
}

TEST(Compose, AnyLineEndsInTextBecomeCrLf) {
  Email email = an_email();
  email.text = "a\nb\rc\r\nd\n\r.\r\n";
  EXPECT_THAT(composed(email), EndsWith("\r\n\r\na\r\nb\r\nc\r\nd\r\n\r\n.\r\n"));
}

TEST(Compose, TheSameTwice) {
  Email email = an_email();
  email.subject = "Grüße";
  email.html = "<p>ä</p>";
  email.attachments = {{"a", "b", "image/png", "c"}, {"d", "e", "", ""}};
  EXPECT_EQ(composed(email), composed(email));
}

TEST(Compose, RawKeepsWhatItIs) {
  Email email;
  email.raw =
      "Received: x\nSubject: Hi\nBcc: a@b.c,\n d@e.f\nTo: q@r.s\nMessage-ID: <own@id>\nDate: "
      "yesterday\n\nline\rbare\n.\n";
  EXPECT_EQ(composed(email),
            "Received: x\r\nSubject: Hi\r\nTo: q@r.s\r\nMessage-ID: <own@id>\r\nDate: yesterday\r\n\r\n"
            "line\r\nbare\r\n.\r\n");
}

TEST(Compose, RawGetsMessageIdAndDateWhereMissing) {
  Email email;
  email.raw = "Bcc: a@b.c\r\nSubject: Hi\r\n\r\nBcc: in the text stays";
  EXPECT_EQ(composed(email),
            "Date: Sun, 01 Mar 2026 12:00:00 +0000\r\n"
            "Message-ID: <019ca937-1c00-7001-8000-00000000002a@mail.example.com>\r\n"
            "Subject: Hi\r\n\r\nBcc: in the text stays\r\n");
}

TEST(Compose, RawWithoutHeaderGetsOne) {
  EXPECT_THAT(compose_raw("just text", kFacts), EndsWith(".com>\r\n\r\njust text\r\n"));
  EXPECT_THAT(compose_raw("\njust text", kFacts), EndsWith(".com>\r\n\r\njust text\r\n"));
}

TEST(Compose, RawLosesTheFirstLineOfAMailboxFile) {
  EXPECT_THAT(compose_raw("From root@box Sun Mar  1 12:00:00 2026\nSubject: x\n\ny\n", kFacts),
              EndsWith(".com>\r\nSubject: x\r\n\r\ny\r\n"));
}

TEST(Compose, RawLinesAreBrokenWhereNoServerNeedTakeThem) {
  const std::string message = compose_raw("Subject: x\n\n" + std::string(2500, 'y') + "\n" + std::string(500, 'x') +
                                              std::string(300, 'x') + "ü" + std::string(900, 'z') + "\n",
                                          kFacts);
  EXPECT_LE(longest_line(message), 998U);
  EXPECT_THAT(message, HasSubstr("\r\n\r\n" + std::string(998, 'y') + "\r\n " + std::string(997, 'y') + "\r\n " +
                                 std::string(505, 'y') + "\r\n"));
}

TEST(Compose, RawBccIsNowhereHoweverItIsWritten) {
  const std::string message = compose_raw(
      "bCC: a@secret.example,\r\tb@secret.example\nResent-Bcc : c@secret.example\r\n \r\n "
      "d@secret.example\r\n"
      "Subject: x\n\ny\n",
      kFacts);
  EXPECT_THAT(message, Not(HasSubstr("secret")));
  EXPECT_THAT(message, EndsWith("Subject: x\r\n\r\ny\r\n"));
}

TEST(Compose, FromAnAttempt) {
  const Attempt attempt = jobd::testing::an_attempt(1);
  const auto message = message_of(attempt, "mail.example.com");
  ASSERT_TRUE(message.ok());
  EXPECT_THAT(message->bytes, HasSubstr("\r\nMessage-ID: <" + attempt.ref.id.text() + "@mail.example.com>\r\n"));
}

TEST(Compose, AnAddressBeyondAsciiHasASecondMessageWithoutIt) {
  Email email = an_email();
  email.to.push_back({"", "é@x.de"});
  Attempt attempt = jobd::testing::an_attempt(1);
  attempt.content = std::make_shared<const std::string>(pack_email(email));
  const auto message = message_of(attempt, "mail.example.com");
  ASSERT_TRUE(message.ok());
  EXPECT_THAT(message->bytes, HasSubstr(", é@x.de\r\n"));
  EXPECT_THAT(message->in_ascii, HasSubstr(", =?UTF-8?b?w6lAeC5kZQ==?= :;\r\n"));
}

TEST(Compose, DatesAreThoseOfTheCalendar) {
  EXPECT_EQ(mail_date(Time{}), "Thu, 01 Jan 1970 00:00:00 +0000");
  EXPECT_EQ(mail_date(*parse_time("2024-02-29T23:59:59.999Z")), "Thu, 29 Feb 2024 23:59:59 +0000");
}

}  // namespace
}  // namespace jobd
