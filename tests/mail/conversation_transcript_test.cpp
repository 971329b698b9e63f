// What is shown of a session: every line that passed, no secret, and what was no line.
#include "shared/base64.h"
#include "tests/mail/story.h"

namespace jobd::smtp {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Transcript : public Story {
 protected:
  Transcript() : Story(terms_to(lines)) {}
  static Terms terms_to(std::vector<std::string>& into) {
    Terms terms{.ehlo_name = "client.example.com", .tls = TlsLevel::verify, .log_in = true};
    terms.trace = [&into](bool from_server, std::string_view line) {
      into.push_back((from_server ? "S: " : "C: ") + std::string(line));
    };
    return terms;
  }

  void log_in(const std::string& mechanism) {
    greet(a_mail(), "250-mx\r\n250 STARTTLS");
    server("220 ready");
    conversation.secured({}, now);
    client();
    server("250-mx\r\n250 AUTH " + mechanism);
    conversation.credentials(Credentials{"user", Secret("hunter22"), false}, now);
    client();
  }
  std::string words() const { return last.trouble_reply.reply; }

  std::vector<std::string> lines;
};

TEST_F(Transcript, ShowsEveryLineAndNoSecret) {
  log_in("LOGIN");
  talk({"334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "535-5.7.8 no " + encode_base64("hunter22") + "\r\n535 5.7.8 bye"});
  EXPECT_THAT(lines, ElementsAre("S: 220 mx.example.com ESMTP", "C: EHLO client.example.com", "S: 250-mx",
                                 "S: 250 STARTTLS", "C: STARTTLS", "S: 220 ready", "C: EHLO client.example.com",
                                 "S: 250-mx", "S: 250 AUTH LOGIN", "C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: ***",
                                 "S: 334 UGFzc3dvcmQ6", "C: ***", "S: 535-5.7.8 no ***", "S: 535 5.7.8 bye"));
  EXPECT_THAT(outcome(), ElementsAre("trouble:auth"));
  EXPECT_THAT(words(), AllOf(HasSubstr("***"), Not(HasSubstr(encode_base64("hunter22")))));
}

TEST_F(Transcript, QuotesWhatIsNoReply) {
  connect();
  conversation.received("J\x01\n5.7.33-log " + std::string(200, 'x'), now);
  EXPECT_THAT(outcome(), ElementsAre("trouble:greeting"));
  const std::string said = "J\\u0001 5.7.33-log ";
  EXPECT_EQ(words(), "the server sent something that is no SMTP reply (\"" + said +
                         std::string(100 - said.size(), 'x') + "...\"), waiting for the greeting");
  EXPECT_THAT(lines, ElementsAre("S: \"" + said + std::string(200, 'x') + "\""));
}

TEST_F(Transcript, QuotesWhatCameOfALineThatDidNotEnd) {
  connect();
  conversation.received("Forbidden", now);
  conversation.lost("the server closed the connection", now);
  EXPECT_THAT(outcome(), ElementsAre("trouble:greeting"));
  EXPECT_EQ(words(), "the server closed the connection (after \"Forbidden\"), waiting for the greeting");
  EXPECT_THAT(lines, ElementsAre("S: \"Forbidden\""));
}

TEST_F(Transcript, QuotesNothingThatCameToALogIn) {
  log_in("PLAIN");
  server("what is hunter");
  EXPECT_THAT(outcome(), ElementsAre("trouble:greeting"));
  EXPECT_THAT(words(), Not(HasSubstr("hunter")));
  EXPECT_THAT(lines, Each(Not(HasSubstr("hunter"))));
}

TEST_F(Transcript, ShowsContentAsItsSize) {
  log_in("PLAIN");
  talk({"235 ok", "250 ok", "250 ok", "354 go ahead", "250 2.0.0 taken"});
  const std::vector<std::string> tail(lines.end() - 9, lines.end());
  EXPECT_THAT(tail,
              ElementsAre("C: MAIL FROM:<app@example.com>", "S: 250 ok", "C: RCPT TO:<user@example.com>", "S: 250 ok",
                          "C: DATA", "S: 354 go ahead", "C: (30 bytes of content)", "C: .", "S: 250 2.0.0 taken"));
}

}  // namespace
}  // namespace jobd::smtp
