// What becomes of a message that sendmail was given.
#include "cmd/sendmail_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cmd/sendmail_addresses.h"
#include "shared/base64.h"
#include "shared/codec.h"

namespace jobd::cmd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const Account kAccount{"ann", "box.example.com"};

SubmitEmail composed(const SendMail& options, const std::string& message) {
  auto out = compose_sendmail(options, message, kAccount);
  const auto* refusal = std::get_if<Refusal>(&out);
  EXPECT_EQ(refusal, nullptr) << refusal->message;
  return refusal == nullptr ? std::get<SubmitEmail>(out) : SubmitEmail{};
}
Refusal refused(const SendMail& options, const std::string& message) {
  auto out = compose_sendmail(options, message, kAccount);
  EXPECT_TRUE(std::holds_alternative<Refusal>(out));
  return std::holds_alternative<Refusal>(out) ? std::get<Refusal>(out) : Refusal{};
}
std::vector<std::string> recipients(const SubmitEmail& submit) {
  std::vector<std::string> out;
  for (const Mailbox& each : submit.email.to) out.push_back(each.address);
  return out;
}
SendMail to(std::vector<std::string> addresses) {
  SendMail options;
  options.recipients = std::move(addresses);
  return options;
}
SendMail from_header() {
  SendMail options;
  options.recipients_from_header = true;
  return options;
}
std::string read(const std::string& text, bool a_dot_is_text) {
  std::istringstream in(text);
  return std::get<std::string>(read_message(in, a_dot_is_text));
}
std::string qualified(std::string_view list) {
  const auto out = qualify(list, "box");
  return out ? out->text : out.error().message;
}

TEST(SendmailMessage, AWholeMessageStaysAsItIs) {
  const std::string message = "From: Bob <bob@x.org>\nTo: nobody\r\n @y.org\nSubject: h\xe9\n\nCaf\xe9\n.\nFrom me\n";
  const SubmitEmail submit = composed(to({"a@x.org"}), message);
  EXPECT_EQ(submit.email.raw, message);
  EXPECT_THAT(recipients(submit), ElementsAre("a@x.org"));
  EXPECT_EQ(submit.email.from, (Mailbox{"Bob", "bob@x.org"}));
  EXPECT_FALSE(submit.envelope_from);
}

TEST(SendmailMessage, OfCronIsQualified) {
  const SubmitEmail submit =
      composed(from_header(), "From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@box> true\n\nout\n");
  EXPECT_EQ(
      submit.email.raw,
      "From: root@box.example.com (Cron Daemon)\nTo: root@box.example.com\nSubject: Cron <root@box> true\n\nout\n");
  EXPECT_EQ(submit.email.from->address, "root@box.example.com");
  EXPECT_THAT(recipients(submit), ElementsAre("root@box.example.com"));
}

TEST(SendmailMessage, WithoutAHeaderGetsOne) {
  EXPECT_EQ(composed(to({"root"}), "Disk full\n").email.raw, "From: ann@box.example.com\n\nDisk full\n");
  EXPECT_EQ(composed(to({"root"}), "").email.raw, "From: ann@box.example.com\n\n");
  EXPECT_EQ(composed(to({"root"}), "\nSubject: no header\n").email.raw,
            "From: ann@box.example.com\n\nSubject: no header\n");
  EXPECT_EQ(composed(to({"root"}), "Subject: x\nno field\n: neither\n").email.raw,
            "From: ann@box.example.com\nSubject: x\n\nno field\n: neither\n");
  EXPECT_EQ(composed(to({"root"}), "Subject: x").email.raw, "From: ann@box.example.com\nSubject: x\n\n");
  EXPECT_EQ(composed(to({"root"}), "Subject: x\r\n\r\nbody").email.raw,
            "From: ann@box.example.com\nSubject: x\r\n\r\nbody");
  EXPECT_EQ(composed(to({"root"}), " indented\n").email.raw, "From: ann@box.example.com\n\n indented\n");
}

TEST(SendmailMessage, TheEnvelopeLineOfAMailboxIsDropped) {
  EXPECT_EQ(composed(to({"root"}), "From ann Mon Mar  1 12:00:00 2026\nFrom: b@x.org\n\nx\n").email.raw,
            "From: b@x.org\n\nx\n");
}

TEST(SendmailMessage, TheAuthorIsWhoWasSaid) {
  SendMail options = to({"a@x.org"});
  options.full_name = "Ann \"the\" Lee";
  options.envelope_from = "bounces";
  SubmitEmail submit = composed(options, "Subject: x\n\n");
  EXPECT_THAT(*submit.email.raw, StartsWith("From: \"Ann \\\"the\\\" Lee\" <bounces@box.example.com>\n"));
  EXPECT_EQ(submit.envelope_from, "bounces@box.example.com");
  options.full_name = "Zo\xc3\xab";
  EXPECT_THAT(*composed(options, "\nx").email.raw, StartsWith("From: =?utf-8?B?Wm/Dqw==?= <bounces@"));
  options.full_name = "Ann\nBcc: victim@x.org";
  EXPECT_THAT(*composed(options, "\nx").email.raw, StartsWith("From: bounces@box.example.com\n\nx"));
  options.envelope_from = "<>";
  submit = composed(options, "\nx");
  EXPECT_EQ(submit.envelope_from, "");
  EXPECT_EQ(submit.email.from->address, "ann@box.example.com");
  options.envelope_from = "Ann <ann@x.org>";
  EXPECT_EQ(composed(options, "From: b@x.org\n\nx").envelope_from, "ann@x.org");
  EXPECT_EQ(composed(options, "From: b@x.org\n\nx").email.from->address, "b@x.org");
}

TEST(SendmailMessage, AnAuthorThatIsNoneStays) {
  const SubmitEmail submit = composed(to({"a@x.org"}), "From: Bob the builder\n\nx");
  EXPECT_EQ(submit.email.raw, "From: Bob the builder\n\nx");
  EXPECT_EQ(submit.email.from->address, "ann@box.example.com");
}

TEST(SendmailMessage, RecipientsOfTheHeaderAreAddedToThoseOfTheCommandLine) {
  SendMail options = from_header();
  options.recipients = {"first@x.org"};
  const std::string message =
      "To: A <a@x.org>, b@x.org,\n  c\nCc: list: d@x.org, e@x.org;\nBcc: hidden@x.org\n\nTo: none@x.org\n";
  const SubmitEmail submit = composed(options, message);
  EXPECT_THAT(recipients(submit), ElementsAre("first@x.org", "a@x.org", "b@x.org", "c@box.example.com", "d@x.org",
                                              "e@x.org", "hidden@x.org"));
  EXPECT_THAT(*submit.email.raw, HasSubstr("b@x.org,\n  c@box.example.com\n"));
  EXPECT_THAT(recipients(composed(to({"x@x.org"}), message)), ElementsAre("x@x.org"));
}

TEST(SendmailMessage, ResentRecipientsTakeThePlaceOfTheOthers) {
  const SubmitEmail submit = composed(from_header(), "Resent-To: r@x.org\nResent-Bcc: s@x.org\nTo: a@x.org\n\n");
  EXPECT_THAT(recipients(submit), ElementsAre("r@x.org", "s@x.org"));
}

TEST(SendmailMessage, WithoutRecipientsItIsRefused) {
  EXPECT_EQ(refused(SendMail{}, "To: a@x.org\n\n").exit_code, kUsage);
  EXPECT_EQ(refused(from_header(), "Subject: x\n\n").exit_code, kBadData);
  EXPECT_EQ(refused(from_header(), "To: undisclosed-recipients:;\n\n").exit_code, kBadData);
  EXPECT_THAT(refused(to({"a b@x.org"}), "").message, HasSubstr("a b@x.org"));
  EXPECT_EQ(refused(to({"a@x.org\nRCPT TO:<b@x.org>"}), "").exit_code, kBadData);
  SendMail options = to({"a@x.org"});
  options.envelope_from = "a@x.org, b@x.org";
  EXPECT_EQ(refused(options, "").exit_code, kBadData);
}

TEST(SendmailMessage, ADotEndsItUnlessItIsText) {
  EXPECT_EQ(read("a\n.\nb\n", false), "a\n");
  EXPECT_EQ(read("a\r\n.\r\nb\r\n", false), "a\r\n");
  EXPECT_EQ(read("a\n.\nb\n", true), "a\n.\nb\n");
  EXPECT_EQ(read("a\n.", false), "a\n");
  EXPECT_EQ(read("a\n..\n.x\n", false), "a\n..\n.x\n");
  EXPECT_EQ(read(".\n", false), "");
  EXPECT_EQ(read("", false), "");
}

TEST(SendmailMessage, MoreThanAnybodyTakesIsRefused) {
  std::istringstream in("12345");
  EXPECT_EQ(std::get<Refusal>(read_message(in, true, 4)).exit_code, kBadData);
}

TEST(SendmailAddresses, NamesOfThisMachineGetItsDomain) {
  EXPECT_EQ(qualified("root"), "root@box");
  EXPECT_EQ(qualified(" root , b@x.org,Ann <ann>"), " root@box , b@x.org,Ann <ann@box>");
  EXPECT_EQ(qualified("root (Cron, Daemon) , \"a, b\" <c>"), "root@box (Cron, Daemon) , \"a, b\" <c@box>");
  EXPECT_EQ(qualified("(only (a) comment\\)), <>"), "(only (a) comment\\)), <>");
  EXPECT_EQ(qualified("team: ann, bob@x.org; root"), "team: ann@box, bob@x.org; root@box");
  EXPECT_EQ(qualified("\"a b\""), "\"a b\"@box");
  EXPECT_EQ(qualified("\"a@b\" <c@x.org>"), "\"a@b\" <c@x.org>");
  EXPECT_EQ(qualified("a@[IPv6:::1]"), "a@[IPv6:::1]");
  EXPECT_EQ(qualified(""), "");
  for (const char* wrong : {"a b", "a@", "@x.org", "a@b@c", "Ann <a b>", "a@x.org;;,b c"}) {
    EXPECT_FALSE(qualify(wrong, "box")) << wrong;
  }
}

TEST(SendmailMessage, WhatNotificationsCarryAloneIsAboutThoseThatComeUnasked) {
  SendMail options = to({"a@x.org"});
  options.dsn.ret = Dsn::Return::headers;
  const Dsn alone = composed(options, "x\n").dsn;
  EXPECT_TRUE(alone.failure && alone.delay && !alone.success && !alone.never);
  EXPECT_EQ(alone.ret, Dsn::Return::headers);
  EXPECT_TRUE(decode_request(encode_request(composed(options, "x\n"))).request);
  options.dsn.never = true;
  EXPECT_EQ(composed(options, "x\n").dsn, options.dsn);
  EXPECT_EQ(composed(to({"a@x.org"}), "x\n").dsn, Dsn{});
}

TEST(SendmailAddresses, AreBare) {
  EXPECT_THAT(qualify("Ann <ann@x.org> (at work), root", "box")->addresses, ElementsAre("ann@x.org", "root@box"));
  EXPECT_THAT(qualify("undisclosed-recipients:;", "box")->addresses, IsEmpty());
}

// What a pipe brings: `uptime | sendmail root`.
TEST(SendmailMessage, AFirstLineWithABlankInFrontIsText) {
  for (const std::string text :
       {" 02:18:22 up  6:50,  0 user,  load average: 0.09\n", "\tnote: hello\n", " a: b\nFrom: me@x.de\n"}) {
    EXPECT_EQ(composed(to({"root"}), text).email.raw, "From: ann@box.example.com\n\n" + text);
  }
}

TEST(SendmailMessage, LosesWhatIsNoneOfIt) {
  for (const std::string before : {">From a Sun Mar  1\n", "\xef\xbb\xbf", "From a\n>From b\n"}) {
    const SubmitEmail submit = composed(from_header(), before + "From: me@x.de\nTo: a@x.de\n\nx\n");
    EXPECT_EQ(submit.email.raw, "From: me@x.de\nTo: a@x.de\n\nx\n");
  }
}

TEST(SendmailMessage, ALongNameIsInWordsOfItsOwn) {
  SendMail options = to({"a@x.org"});
  for (int i = 0; i < 100; ++i) options.full_name += "\u00c4\u20ac";
  const std::string raw = *composed(options, "x\n").email.raw;
  for (std::size_t begin = 0; begin < raw.find("\n\n");) {
    const std::size_t end = raw.find('\n', begin);
    EXPECT_LE(end - begin, 110U) << "a name of a field, a word, an address";
    begin = end + 1;
  }
  EXPECT_THAT(raw, StartsWith("From: =?utf-8?B?" +
                              encode_base64("\u00c4\u20ac\u00c4\u20ac\u00c4\u20ac\u00c4\u20ac\u00c4\u20ac"
                                            "\u00c4\u20ac\u00c4\u20ac\u00c4\u20ac\u00c4\u20ac") +
                              "?=\n =?utf-8?B?"));
}

TEST(SendmailMessage, ASenderHasNoLineEnd) {
  SendMail options = to({"a@x.org"});
  for (const char* sender : {"a@x.de\nRCPT TO:<e@x>", "\"a\nb\" <e@x.de>"}) {
    options.envelope_from = sender;
    EXPECT_EQ(refused(options, "x").message, "-f has a control character");
  }
}

TEST(SendmailMessage, ARecipientInFrontOfEmptyBracketsIsNotLeftOutWithoutAWord) {
  for (const char* list : {"b@x.org <>", "b@x.org <", "b@x.org < >", "b@x.org <(c)>"}) {
    const Refusal refusal = refused(from_header(), "To: " + std::string(list) + ", c@x.org\n\nx\n");
    EXPECT_EQ(refusal.exit_code, kBadData) << list;
  }
  EXPECT_THAT(refused(to({"b@x.org <>"}), "x\n").message, HasSubstr("is empty"));
}

TEST(SendmailMessage, WhatStandsInBracketsIsNoNameOfAGroup) {
  EXPECT_THAT(recipients(composed(from_header(), "To: <root>: , c@x.org\n\nx\n")),
              ElementsAre("root@box.example.com", "c@x.org"));
  EXPECT_THAT(recipients(composed(from_header(), "To: us: root, \"d\" <c@x.org>;\n\nx\n")),
              ElementsAre("root@box.example.com", "c@x.org"));
}

// Rather than that somebody is left out without a word.
TEST(SendmailMessage, ARecipientThatCannotBeToldIsRefused) {
  for (const std::string list :
       {"a@x.org (oops, b@y.org", "5\" pipe <a@x.org>, c@y.org", "Bob <b@x.org> Ann <a@y.org>, c@z.org"}) {
    EXPECT_EQ(refused(from_header(), "To: " + list + "\n\nx\n").exit_code, kBadData) << list;
    EXPECT_EQ(refused(to({list}), "x\n").exit_code, kBadData) << list;
  }
}

}  // namespace
}  // namespace jobd::cmd
