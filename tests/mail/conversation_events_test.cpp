#include "tests/mail/story.h"

namespace jobd::smtp {
namespace {

using ::testing::ElementsAre;

// Every phase x every event, from the outside: the outcome, and what the client says or whether it hangs up.
struct Case {
  Phase phase;
  bool reused;
  const char* event;  // a reply, "close", "timeout"; "garbage"
  const char* expected;
  const char* then;  // "" nothing, "closed"
};

class Events : public Story, public ::testing::WithParamInterface<Case> {
 protected:
  void reach(Phase phase, bool reused) {
    Mail mail = phase == Phase::permission ? a_hold_mail() : a_mail();
    if (reused) {
      greet_and_reuse(std::move(mail));
    } else {
      connect(std::move(mail));
      std::vector<std::string> lines;
      if (phase == Phase::helo) lines = {"220 hi", "502 what?"};
      if (phase == Phase::ehlo) lines = {"220 hi"};
      if (phase >= Phase::mail) lines = {"220 hi", "250 mx"};
      talk(lines);
    }
    std::vector<std::string> lines;
    if (phase >= Phase::rcpt) lines.emplace_back("250 ok");
    if (phase >= Phase::data) lines.emplace_back("250 ok");
    talk(lines);
    if (phase >= Phase::content) server("354 go ahead");
    if (phase == Phase::content) conversation.written(conversation.output().size() / 2);
    if (phase > Phase::content) client();
    ASSERT_EQ(conversation.phase(), phase);
  }

  void happens(const std::string& event) {
    if (event == "close") return conversation.lost("the server closed the connection");
    if (event == "timeout") return conversation.timed_out();
    server(event);
  }
};

TEST_P(Events, HaveTheirOutcome) {
  const Case& c = GetParam();
  reach(c.phase, c.reused);
  happens(c.event);
  EXPECT_THAT(outcome(), ElementsAre(c.expected));
  if (std::string(c.then) == "closed") {
    EXPECT_TRUE(conversation.closed());
  } else {
    EXPECT_EQ(client(), c.then);
    EXPECT_FALSE(conversation.closed());
  }
}

const Case kCases[] = {
    {Phase::greeting, false, "450 later", "trouble:greeting", "closed"},
    {Phase::greeting, false, "554 go away", "trouble:greeting", "closed"},
    {Phase::greeting, false, "421 busy", "trouble:closing", "closed"},
    {Phase::greeting, false, "SSH-2.0-OpenSSH", "trouble:greeting", "closed"},
    {Phase::greeting, false, "close", "trouble:greeting", "closed"},
    {Phase::greeting, false, "timeout", "trouble:greeting", "closed"},
    {Phase::ehlo, false, "450 later", "trouble:greeting", "closed"},
    {Phase::ehlo, false, "421 busy", "trouble:closing", "closed"},
    {Phase::ehlo, false, "hello", "trouble:greeting", "closed"},
    {Phase::ehlo, false, "close", "trouble:greeting", "closed"},
    {Phase::ehlo, false, "timeout", "trouble:greeting", "closed"},
    {Phase::helo, false, "450 later", "trouble:greeting", "closed"},
    {Phase::helo, false, "550 no", "trouble:greeting", "closed"},
    {Phase::helo, false, "421 busy", "trouble:closing", "closed"},
    {Phase::helo, false, "hello", "trouble:greeting", "closed"},
    {Phase::helo, false, "close", "trouble:greeting", "closed"},
    {Phase::helo, false, "timeout", "trouble:greeting", "closed"},
    {Phase::mail, false, "450 later", "temporary", ""},
    {Phase::mail, false, "550 no", "permanent", ""},
    {Phase::mail, false, "421 busy", "trouble:closing", "closed"},
    {Phase::mail, false, "hello", "temporary", "closed"},
    {Phase::mail, false, "close", "trouble:greeting", "closed"},
    {Phase::mail, false, "timeout", "trouble:greeting", "closed"},
    {Phase::mail, true, "450 later", "temporary", ""},
    {Phase::mail, true, "421 busy", "trouble:stale", "closed"},
    {Phase::mail, true, "close", "trouble:stale", "closed"},
    {Phase::mail, true, "timeout", "trouble:stale", "closed"},
    {Phase::rcpt, false, "450 later", "temporary", "RSET\r\n"},
    {Phase::rcpt, false, "550 no", "permanent", "RSET\r\n"},
    {Phase::rcpt, false, "454 maximum sending rate exceeded", "trouble:pacing", "RSET\r\n"},
    {Phase::rcpt, false, "421 busy", "trouble:closing", "closed"},
    {Phase::rcpt, false, "hello", "temporary", "closed"},
    {Phase::rcpt, false, "close", "trouble:closing", "closed"},
    {Phase::rcpt, false, "timeout", "trouble:closing", "closed"},
    {Phase::rcpt, true, "421 busy", "trouble:closing", "closed"},
    {Phase::data, false, "450 later", "temporary", "RSET\r\n"},
    {Phase::data, false, "550 no", "permanent", "RSET\r\n"},
    {Phase::data, false, "250 ok", "temporary", "closed"},
    {Phase::data, false, "421 busy", "trouble:closing", "closed"},
    {Phase::data, false, "hello", "temporary", "closed"},
    {Phase::data, false, "close", "trouble:closing", "closed"},
    {Phase::data, false, "timeout", "trouble:closing", "closed"},
    {Phase::content, false, "250 ok", "temporary", "closed"},
    {Phase::content, false, "451 later", "temporary", "closed"},
    {Phase::content, false, "552 too big", "permanent", "closed"},
    {Phase::content, false, "421 busy", "trouble:closing", "closed"},
    {Phase::content, false, "hello", "temporary", "closed"},
    {Phase::content, false, "close", "temporary", "closed"},
    {Phase::content, false, "timeout", "temporary", "closed"},
    {Phase::permission, false, "552 too big", "permanent", "closed"},
    {Phase::permission, false, "421 busy", "trouble:closing", "closed"},
    {Phase::permission, false, "close", "temporary", "closed"},
    {Phase::permission, false, "timeout", "temporary", "closed"},
    {Phase::dot, false, "250 ok", "delivered", ""},
    {Phase::dot, false, "354 what?", "uncertain", "closed"},
    {Phase::dot, false, "451 later", "temporary", ""},
    {Phase::dot, false, "554 no", "permanent", ""},
    {Phase::dot, false, "421 busy", "temporary", "closed"},
    {Phase::dot, false, "hello", "uncertain", "closed"},
    {Phase::dot, false, "close", "uncertain", "closed"},
    {Phase::dot, false, "timeout", "uncertain", "closed"},
};

INSTANTIATE_TEST_SUITE_P(Phases, Events, ::testing::ValuesIn(kCases));

}  // namespace
}  // namespace jobd::smtp
