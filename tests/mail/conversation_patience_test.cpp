// How long the client waits.
#include "tests/mail/story.h"

namespace jobd::smtp {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Patience : public Story {
 protected:
  using Story::Story;
  void time_out() {
    now = conversation.deadline();
    conversation.timed_out(now);
  }
  Mail a_large_mail() {
    Mail mail = a_mail();
    mail.message.append(1 << 20, 'x');
    return mail;
  }
  void come_to_content(Mail mail) {
    greet(std::move(mail));
    talk({"250 ok", "250 ok"});
    server("354 go ahead");
  }
  void write(std::size_t bytes) {
    ASSERT_GE(conversation.output().size(), bytes);
    conversation.written(bytes, now);
  }
};

TEST_F(Patience, EachStepHasItsOwn) {
  conversation.begin(a_mail(), now);
  EXPECT_EQ(patience(), 30s) << "to look the host up";
  advance(10s);
  conversation.connecting(now);
  EXPECT_EQ(patience(), 30s);
  conversation.connected(now);
  EXPECT_EQ(patience(), 5min);
  talk({"220 hi", "250 mx", "250 ok", "250 ok"});
  EXPECT_EQ(patience(), 2min) << "DATA initiation";
  server("354 go ahead");
  conversation.output();
  client();
  EXPECT_EQ(patience(), 10min) << "data termination";
  server("250 taken");
  EXPECT_EQ(patience(), 5s) << "idle";
}

// RFC 5321 4.5.3.2.1 to 4.5.3.2.6, command by command.
TEST_F(Patience, IsThatOfTheStandard) {
  const auto waits = [this](Phase phase, Duration time) {
    EXPECT_EQ(conversation.phase(), phase);
    EXPECT_EQ(patience(), time);
    advance(1s);
  };
  connect(a_mail({"a@x.org", "b@x.org"}));
  waits(Phase::greeting, 5min);
  talk({"220 hi"});
  waits(Phase::ehlo, 5min);
  talk({"502 what?"});
  waits(Phase::helo, 5min);
  talk({"250 mx"});
  waits(Phase::mail, 5min);
  talk({"250 ok"});
  waits(Phase::rcpt, 5min);
  talk({"250 ok"});
  waits(Phase::rcpt, 5min);
  talk({"250 ok"});
  waits(Phase::data, 2min);
  talk({"354 go ahead"});
  waits(Phase::dot, 10min);
  time_out();
  EXPECT_THAT(outcome(), ElementsAre("uncertain", "uncertain"));
}

class NoLeastRate : public Patience {
 protected:
  NoLeastRate() : Patience({.ehlo_name = "c", .min_bytes_per_second = 0}) {}
};

TEST_F(NoLeastRate, EachBlockOfContentHasThreeMinutes) {
  come_to_content(a_large_mail());
  EXPECT_EQ(patience(), 3min);
  advance(3min - 1ms);
  write(1);
  EXPECT_EQ(patience(), 3min);
  time_out();
  EXPECT_THAT(outcome(), ElementsAre("temporary"));
  EXPECT_THAT(last.recipients[0].reply, HasSubstr("no answer within 180 s"));
}

TEST_F(Patience, OnlyAWholeReplyBuysTime) {
  greet();
  advance(4min);
  conversation.received("250", now);
  EXPECT_EQ(patience(), 1min);
  conversation.received("-a\r\n250-b\r\n2", now);
  EXPECT_EQ(patience(), 1min);
  conversation.received("50 c\r\n", now);
  EXPECT_EQ(patience(), 5min);
}

TEST_F(Patience, EachBlockOfContentBuysTime) {
  come_to_content(a_large_mail());
  write(60000);
  advance(50s);
  EXPECT_LT(patience(), 3min);
  write(1);
  EXPECT_LE(patience(), 3min);
}

TEST_F(Patience, ASlowReaderIsGivenUp) {
  come_to_content(a_large_mail());
  EXPECT_EQ(patience(), 30s) << "before slowness counts";
  for (int i = 0; i < 29; ++i) {
    advance(1s);
    write(1);
  }
  EXPECT_LE(patience(), 1s + 29ms);
  time_out();
  EXPECT_THAT(outcome(), ElementsAre("temporary"));
  EXPECT_THAT(last.recipients[0].reply, HasSubstr("less than 1024 bytes a second"));
}

TEST_F(Patience, AFastReaderIsNot) {
  come_to_content(a_large_mail());
  for (int i = 0; i < 60; ++i) {
    advance(1s);
    write(1024);
    conversation.output();
  }
  EXPECT_EQ(patience(), 30s);
}

TEST_F(Patience, ASmallMessageMustMoveToo) {
  come_to_content(a_mail());
  write(1);
  EXPECT_LE(patience(), 31s);
}

TEST_F(Patience, TheTimeOfAPermissionIsNotTheServers) {
  come_to_content(a_hold_mail());
  client();
  EXPECT_EQ(conversation.phase(), Phase::permission);
  EXPECT_EQ(patience(), 3min);
  advance(2min);
  conversation.permit_dot(true, now);
  EXPECT_EQ(patience(), 30s);
}

class ShortAttempt : public Patience {
 protected:
  ShortAttempt() : Patience({.ehlo_name = "c", .attempt = 7min}) {}
};

TEST_F(ShortAttempt, EndsWhateverIsUnderWay) {
  connect();
  advance(4min);
  talk({"220 hi"});
  EXPECT_EQ(patience(), 3min);
  time_out();
  EXPECT_THAT(outcome(), ElementsAre("trouble:greeting"));
  EXPECT_THAT(last.trouble_reply.reply, HasSubstr("the time for one attempt is over"));
}

class Silence : public ShortAttempt {
 protected:
  // After these of the server's words nothing comes.
  std::vector<std::string> after(const std::vector<std::string>& words) {
    connect();
    talk(words);
    time_out();
    return outcome();
  }
};

TEST_F(Silence, InsteadOfTheGreeting) {
  EXPECT_THAT(after({}), ElementsAre("trouble:greeting"));
}

TEST_F(Silence, AfterEhlo) {
  EXPECT_THAT(after({"220 hi"}), ElementsAre("trouble:greeting"));
}

TEST_F(Silence, AfterMail) {
  EXPECT_THAT(after({"220 hi", "250 mx"}), ElementsAre("trouble:greeting"));
}

TEST_F(Silence, AfterRcpt) {
  EXPECT_THAT(after({"220 hi", "250 mx", "250 ok"}), ElementsAre("trouble:closing"));
}

TEST_F(Silence, AfterData) {
  EXPECT_THAT(after({"220 hi", "250 mx", "250 ok", "250 ok"}), ElementsAre("trouble:closing"));
}

TEST_F(ShortAttempt, ButNotTheWaitForTheAnswerToTheDot) {
  greet();
  advance(4min);
  talk({"250 ok", "250 ok", "354 go"});
  EXPECT_EQ(patience(), 10min);
}

TEST_F(ShortAttempt, MayHaveBegunBefore) {
  Mail mail = a_mail();
  mail.give_up_at = now + 10s;
  connect(std::move(mail));
  EXPECT_EQ(patience(), 10s);
}

TEST_F(ShortAttempt, OfTheMailBehindEndsNotTheOneInFront) {
  greet(a_mail(), "250-mx\r\n250 PIPELINING");
  Mail hurried = a_mail();
  hurried.give_up_at = now + 5s;
  conversation.begin(std::move(hurried), now);
  EXPECT_EQ(patience(), 10s);
  talk({"250 ok\r\n250 ok\r\n354 go"});
  advance(6s);
  talk({"250 taken"});
  EXPECT_THAT(outcome(), ElementsAre("delivered"));
  time_out();
  EXPECT_THAT(outcome(), ElementsAre("trouble:stale"));
}

TEST_F(Patience, AResetAndAGoodbyeTakeNotLong) {
  greet();
  talk({"250 ok", "550 no"});
  EXPECT_EQ(patience(), 5s);
  talk({"250 reset"});
  outcome();
  time_out();
  EXPECT_EQ(client(), "QUIT\r\n");
  EXPECT_EQ(patience(), 5s);
  time_out();
  EXPECT_TRUE(conversation.closed());
}

}  // namespace
}  // namespace jobd::smtp
