#include "tests/mail/story.h"

namespace jobd::smtp {
namespace {

using ::testing::ElementsAre;

// A session brought to any of its phases, in lock-step or in a pipeline.
class AtPhase : public Story {
 protected:
  static Terms terms_for(Phase phase) {
    Terms terms = plain_terms();
    if (phase >= Phase::starttls && phase <= Phase::auth) {
      terms.tls = TlsLevel::verify;
      terms.log_in = true;
    }
    return terms;
  }
  explicit AtPhase(Phase phase) : Story(terms_for(phase)) {}

  void reach(Phase phase, bool reused = false, bool pipelining = false) {
    Mail mail = phase == Phase::permission ? a_hold_mail() : a_mail();
    if (phase < Phase::ready) {
      conversation.begin(std::move(mail), now);
      open(phase);
    } else if (reused) {
      greet_and_reuse(std::move(mail));
    } else {
      greet(std::move(mail), pipelining ? "250-mx\r\n250 PIPELINING" : "250 mx");
    }
    if (phase > Phase::mail) talk({"250 ok"});
    if (phase > Phase::rcpt) talk({"250 ok"});
    if (phase > Phase::data) server("354 go ahead");
    if (phase == Phase::content) conversation.written(conversation.output().size() / 2, now);
    if (phase > Phase::content) client();
    ASSERT_EQ(conversation.phase(), phase);
  }

  void happens(const std::string& event) {
    if (event == "close") return conversation.lost("the server closed the connection", now);
    if (event == "timeout") return conversation.timed_out(now);
    if (event == "stop") return conversation.abort(now);
    if (event == "endless lines") return keeps_sending("250-and more\r\n", 100000);
    if (event == "a line of 10 MB") return keeps_sending(std::string(1000, 'x'), 10000);
    if (event == "a byte a second") return drips();
    server(event);
  }

 private:
  void open(Phase phase) {
    if (phase == Phase::resolve) return;
    conversation.connecting(now);
    if (phase == Phase::connect) return;
    conversation.connected(now);
    if (phase == Phase::helo) talk({"220 hi", "502 what?"});
    if (phase == Phase::ehlo) talk({"220 hi"});
    if (phase < Phase::starttls) return;
    talk({"220 hi", "250-mx\r\n250 STARTTLS"});
    if (phase == Phase::starttls) return;
    talk({"220 ready"});
    if (phase == Phase::tls) return;
    conversation.secured({}, now);
    client();
    talk({"250-mx\r\n250 AUTH PLAIN"});
    if (phase == Phase::credentials) return;
    conversation.credentials(Credentials{"user", Secret("secret"), false}, now);
    client();
  }

  void keeps_sending(const std::string& bytes, int times) {
    for (int i = 0; i < times && !conversation.closed(); ++i) conversation.received(bytes, now);
  }
  // Of a reply that never ends; the shell's timer goes when it is due.
  void drips() {
    const Moment due = conversation.deadline();
    for (std::size_t i = 0; !conversation.closed() && i < 3600; ++i) {
      if (now >= conversation.deadline()) {
        EXPECT_LT(now - due, std::chrono::seconds(1)) << "bytes that are no reply buy no time";
        return conversation.timed_out(now);
      }
      conversation.received(i % 6 == 5 ? "\n" : std::string(1, "250-a"[i % 6]), now);
      advance(std::chrono::seconds(1));
    }
  }
};

// Every phase x every event, from the outside: the outcome, and what the client says or whether it hangs up.
struct Case {
  Phase phase;
  bool reused;
  const char* event;  // a reply, or one of those that happens() knows
  const char* expected;
  const char* then;  // "" nothing, "closed"
};

class Events : public AtPhase, public ::testing::WithParamInterface<Case> {
 protected:
  Events() : AtPhase(GetParam().phase) {}
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
    {Phase::resolve, false, "close", "trouble:resolve", "closed"},
    {Phase::resolve, false, "timeout", "trouble:resolve", "closed"},
    {Phase::connect, false, "close", "trouble:connect", "closed"},
    {Phase::connect, false, "stop", "trouble:shutdown", "closed"},
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
    {Phase::starttls, false, "450 later", "trouble:tls", "closed"},
    {Phase::starttls, false, "550 no", "trouble:tls", "closed"},
    {Phase::starttls, false, "421 busy", "trouble:closing", "closed"},
    {Phase::starttls, false, "hello", "trouble:tls", "closed"},
    {Phase::starttls, false, "close", "trouble:tls", "closed"},
    {Phase::starttls, false, "timeout", "trouble:tls", "closed"},
    {Phase::starttls, false, "220 go\r\n250 mx", "trouble:tls", "closed"},
    {Phase::tls, false, "250 mx", "trouble:tls", "closed"},
    {Phase::tls, false, "421 busy", "trouble:tls", "closed"},
    {Phase::tls, false, "close", "trouble:tls", "closed"},
    {Phase::tls, false, "timeout", "trouble:tls", "closed"},
    {Phase::tls, false, "stop", "trouble:shutdown", "closed"},
    {Phase::credentials, false, "250 mx", "trouble:greeting", "closed"},
    {Phase::credentials, false, "421 busy", "trouble:closing", "closed"},
    {Phase::credentials, false, "close", "trouble:greeting", "closed"},
    {Phase::credentials, false, "timeout", "trouble:auth", "closed"},
    {Phase::auth, false, "454 later", "trouble:greeting", "closed"},
    {Phase::auth, false, "535 no", "trouble:auth", "closed"},
    {Phase::auth, false, "421 busy", "trouble:closing", "closed"},
    {Phase::auth, false, "hello", "trouble:greeting", "closed"},
    {Phase::auth, false, "close", "trouble:greeting", "closed"},
    {Phase::auth, false, "timeout", "trouble:greeting", "closed"},
    {Phase::mail, false, "stop", "trouble:shutdown", "closed"},
    {Phase::mail, false, "450 later", "temporary", ""},
    {Phase::mail, false, "550 no", "permanent", ""},
    {Phase::mail, false, "421 busy", "trouble:closing", "closed"},
    {Phase::mail, false, "hello", "trouble:greeting", "closed"},
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
    {Phase::rcpt, false, "hello", "trouble:closing", "closed"},
    {Phase::rcpt, false, "close", "trouble:closing", "closed"},
    {Phase::rcpt, false, "timeout", "trouble:closing", "closed"},
    {Phase::rcpt, true, "421 busy", "trouble:closing", "closed"},
    {Phase::data, false, "450 later", "temporary", "RSET\r\n"},
    {Phase::data, false, "550 no", "permanent", "RSET\r\n"},
    {Phase::data, false, "250 ok", "trouble:closing", "closed"},
    {Phase::data, false, "421 busy", "trouble:closing", "closed"},
    {Phase::data, false, "hello", "trouble:closing", "closed"},
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

// What the worst of servers do instead of answering.
struct Hostile {
  Phase phase;
  const char* garbage;  // what is no reply
  const char* silence;
};

const Hostile kHostile[] = {
    {Phase::greeting, "trouble:greeting", "trouble:greeting"},
    {Phase::ehlo, "trouble:greeting", "trouble:greeting"},
    {Phase::helo, "trouble:greeting", "trouble:greeting"},
    {Phase::starttls, "trouble:tls", "trouble:tls"},
    {Phase::tls, "trouble:tls", "trouble:tls"},
    {Phase::credentials, "trouble:greeting", "trouble:auth"},
    {Phase::auth, "trouble:greeting", "trouble:greeting"},
    {Phase::mail, "trouble:greeting", "trouble:greeting"},
    {Phase::rcpt, "trouble:closing", "trouble:closing"},
    {Phase::data, "trouble:closing", "trouble:closing"},
    {Phase::content, "temporary", "temporary"},
    {Phase::permission, "temporary", "temporary"},
    {Phase::dot, "uncertain", "uncertain"},
};

class Servers : public AtPhase, public ::testing::WithParamInterface<std::tuple<Hostile, bool>> {
 protected:
  Servers() : AtPhase(std::get<0>(GetParam()).phase) {}
  void expect(const char* event, const char* expected) {
    const Hostile& h = std::get<0>(GetParam());
    reach(h.phase, false, std::get<1>(GetParam()));
    happens(event);
    EXPECT_THAT(outcome(), ElementsAre(expected));
    EXPECT_TRUE(conversation.closed());
    EXPECT_EQ(client(), "");
  }
};

TEST_P(Servers, ThatSendLinesWithoutEnd) {
  expect("endless lines", std::get<0>(GetParam()).garbage);
}
TEST_P(Servers, ThatSendALineWithoutEnd) {
  expect("a line of 10 MB", std::get<0>(GetParam()).garbage);
}
TEST_P(Servers, ThatDripWordByWord) {
  const Hostile& h = std::get<0>(GetParam());
  expect("a byte a second", h.phase == Phase::tls ? h.garbage : h.silence);
}
TEST_P(Servers, ThatAnswerTwice) {
  const Phase phase = std::get<0>(GetParam()).phase;
  if (phase == Phase::dot) return expect("250 ok\r\n250 ok", "delivered");
  if (phase == Phase::tls || phase == Phase::content || phase == Phase::permission) return;
  reach(phase, false, std::get<1>(GetParam()));
  happens("220 ok\r\n220 ok\r\n220 ok\r\n220 ok\r\n220 ok");
  EXPECT_TRUE(conversation.closed());
  EXPECT_NE(outcome(), std::vector<std::string>{"delivered"});
}

INSTANTIATE_TEST_SUITE_P(Phases, Servers, ::testing::Combine(::testing::ValuesIn(kHostile), ::testing::Bool()));

}  // namespace
}  // namespace jobd::smtp
