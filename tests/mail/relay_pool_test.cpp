// The pool of sessions: which session a mail goes over, what a stale one costs, what a silent server costs.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>

#include "daemon/mail/smtp/relay_pool.h"
#include "tests/mail/smtp_fixture.h"

namespace jobd {
namespace {

using namespace std::chrono_literals;
using jobd::testing::an_attempt;
using jobd::testing::over;
using jobd::testing::ScriptedServer;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using RelayPoolTest = jobd::testing::SmtpFixture;

std::vector<Attempt> attempts(int first, int last) {
  std::vector<Attempt> out;
  for (int n = first; n <= last; ++n) out.push_back(an_attempt(n));
  return out;
}

TEST_F(RelayPoolTest, ALoneMailAfterAnotherGoesOverTheSameConnection) {
  ScriptedServer server;
  start(over(10, server.relay()));
  for (std::size_t n = 1; n <= 5; ++n) {
    mail->start({an_attempt(static_cast<int>(n))});
    sink.wait_for(n);
  }
  EXPECT_EQ(server.count("CONNECT"), 1);
}

// So that those not needed grow idle and end.
TEST_F(RelayPoolTest, ALoneMailGoesOverTheIdleConnectionThatWasUsedLast) {
  ScriptedServer server;
  std::vector<std::string> carried_by;  // on the mail thread
  settings.trace = [&](const std::string& line) {
    if (line.find(" > MAIL ") != std::string::npos) carried_by.push_back(line.substr(line.find('#'), 2));
  };
  RelaySettings relay = over(2, server.relay());
  relay.trace = true;
  start(relay);
  mail->start(attempts(1, 2));  // #1, then #2
  sink.wait_for(2);
  mail->start(attempts(3, 3));
  sink.wait_for(3);
  mail->start(attempts(4, 5));  // #2, then #1
  sink.wait_for(5);
  mail->start(attempts(6, 6));
  sink.wait_for(6);
  mail.reset();
  ASSERT_THAT(carried_by, SizeIs(6));
  EXPECT_EQ(carried_by[2], "#2");
  EXPECT_EQ(carried_by[5], "#1");
}

TEST_F(RelayPoolTest, OpensNoMoreThanItMay) {
  ScriptedServer server;
  start(over(3, server.relay()));
  deliver_many(60);
  EXPECT_EQ(server.count("CONNECT"), 3);
  EXPECT_THAT(server.messages(), SizeIs(60));
}

// What waits behind a relay that is away is not made to try it one after another.
TEST_F(RelayPoolTest, WhatWaitsEndsWithTheSessionThatCannotBeOpened) {
  ScriptedServer server(ScriptedServer::but(ScriptedServer::accept_all, "", "554 go away"));
  start(over(1, server.relay()));
  mail->start(attempts(1, 20));
  for (const AttemptResult& result : sink.wait_for(20)) {
    const bool tried = result.ref.id == an_attempt(1).ref.id;
    EXPECT_EQ(result.trouble, tried ? Trouble::greeting : Trouble::stale) << "only what was tried may count as a try";
    EXPECT_THAT(result.trouble_reply.reply, HasSubstr("go away"));
  }
  EXPECT_EQ(server.count("CONNECT"), 1);
}

// The mail on it waits for permission, so that nothing has been carried.
TEST_F(RelayPoolTest, ARelayWithAnOpenSessionIsNotAway) {
  ScriptedServer server([connections = std::make_shared<int>(0)](const std::string& command) {
    const bool refused = command.empty() && ++*connections > 1;
    return refused ? "554 too many connections" : ScriptedServer::accept_all(command);
  });
  start(over(2, server.relay()));
  Attempt first = an_attempt(1);
  first.on_uncertain = OnUncertain::hold;
  mail->start({std::move(first)});
  const auto go = sink.wait_for_question();
  mail->start(attempts(2, 5));
  const AttemptResult refused = sink.wait_for(1).front();
  EXPECT_EQ(refused.trouble, Trouble::greeting);
  EXPECT_EQ(refused.others_left, 1U);
  go(true);
  const auto all = sink.wait_for(5);
  EXPECT_EQ(std::ranges::count_if(all, [](const AttemptResult& each) { return !each.trouble; }), 4);
  EXPECT_EQ(server.count("CONNECT"), 2) << "the others waited for the one that serves";
}

TEST_F(RelayPoolTest, OfManyThatAreRefusedTheLastTellsHowManyItTakes) {
  ScriptedServer server([connections = std::make_shared<int>(0)](const std::string& command) {
    const bool refused = command.empty() && ++*connections > 3;
    return refused ? "421 too many connections" : ScriptedServer::accept_all(command);
  });
  start(over(6, server.relay()));
  std::vector<std::function<void(bool)>> gos;
  for (int i = 1; i <= 3; ++i) {
    Attempt held = an_attempt(i);
    held.on_uncertain = OnUncertain::hold;
    mail->start({std::move(held)});
    gos.push_back(sink.wait_for_question());
  }
  mail->start(attempts(4, 20));
  std::vector<std::size_t> left;
  for (const AttemptResult& refused : sink.wait_for(3)) left.push_back(refused.others_left);
  EXPECT_THAT(left, ::testing::UnorderedElementsAre(5, 4, 3));
  for (const auto& go : gos) go(true);
  sink.wait_for(20);
  EXPECT_THAT(server.messages(), SizeIs(17));
  EXPECT_EQ(server.count("CONNECT"), 6);
}

// As those of a relay that is started anew.
TEST_F(RelayPoolTest, ASessionThatHasCarriedMailsSaysNothingOfALimitWhenItEnds) {
  ScriptedServer server([mails = std::make_shared<int>(0)](const std::string& command) {
    const bool ends = command.starts_with("RCPT") && ++*mails == 3;
    return ends ? "421 shutting down" : ScriptedServer::accept_all(command);
  });
  start(over(2, server.relay()));
  mail->start(attempts(1, 2));
  sink.wait_for(2);
  mail->start({an_attempt(3)});
  const AttemptResult last = sink.wait_for(3).back();
  EXPECT_EQ(last.trouble, Trouble::closing);
  EXPECT_EQ(last.others_left, 0U) << "though another is open";
}

// One that serves others is not away: it takes fewer connections.
TEST_F(RelayPoolTest, WhatWaitsGoesOverTheSessionsThatServe) {
  ScriptedServer server([connections = std::make_shared<int>(0)](const std::string& command) {
    const bool refused = command.empty() && ++*connections > 1;
    return refused ? "554 too many connections" : ScriptedServer::accept_all(command);
  });
  start(over(2, server.relay()));
  mail->start({an_attempt(1)});
  sink.wait_for(1);
  mail->start(attempts(2, 20));
  const auto results = sink.wait_for(20);
  const auto refused =
      std::ranges::count_if(results, [](const AttemptResult& each) { return each.trouble.has_value(); });
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(server.count("CONNECT"), 2);
}

// Its dot unanswered, a session takes one mail more where it may.
TEST_F(RelayPoolTest, TheNextMailFollowsTheDotWhereTheServerPipelines) {
  ScriptedServer server(ScriptedServer::offering({"PIPELINING"}));
  start(over(1, server.relay()));
  deliver_many(20);
  EXPECT_EQ(server.count("CONNECT"), 1);
  EXPECT_THAT(server.messages(), SizeIs(20));
}

// The server ends a connection at the next mail, as those do that have waited long enough.
ScriptedServer::Script ending_at_mail(int number, const std::string& how) {
  return [number, how, mails = std::make_shared<int>(0)](const std::string& command) {
    return command.starts_with("MAIL") && ++*mails == number ? how : ScriptedServer::accept_all(command);
  };
}

TEST_F(RelayPoolTest, AStaleConnectionCostsNothing) {
  for (const char* how : {"", "421 4.4.2 idle too long"}) {
    ScriptedServer server(ending_at_mail(2, how));
    jobd::testing::CollectingSink own;
    settings.relays = {over(1, server.relay())};
    const auto thread = std::move(*MailThread::start(settings, own, clock));
    thread->start({an_attempt(1)});
    own.wait_for(1);
    thread->start({an_attempt(2)});
    const AttemptResult result = own.wait_for(2)[1];
    EXPECT_EQ(result.trouble, std::nullopt) << how;
    EXPECT_EQ(server.count("CONNECT"), 2);
    EXPECT_THAT(server.messages(), SizeIs(2));
  }
}

// Every connection ends at its second mail: the second try, on a new one, is that connection's first.
TEST_F(RelayPoolTest, StaleConnectionsAreLeftOneByOne) {
  const auto mails = std::make_shared<int>(0);
  ScriptedServer server([mails](const std::string& command) {
    if (command.empty()) *mails = 0;
    return command.starts_with("MAIL") && ++*mails == 2 ? "" : ScriptedServer::accept_all(command);
  });
  start(over(1, server.relay()));
  for (std::size_t n = 1; n <= 4; ++n) {
    mail->start({an_attempt(static_cast<int>(n))});
    EXPECT_EQ(sink.wait_for(n).back().trouble, std::nullopt);
  }
  EXPECT_THAT(server.messages(), SizeIs(4));
}

TEST_F(RelayPoolTest, AServerThatClosesIdleConnectionsIsConnectedToAnew) {
  ScriptedServer server;
  start(over(1, server.relay()));
  deliver(an_attempt(1));
  server.close_all();
  mail->start({an_attempt(2)});
  EXPECT_EQ(sink.wait_for(2)[1].trouble, std::nullopt);
  EXPECT_EQ(server.count("CONNECT"), 2);
}

TEST_F(RelayPoolTest, AnIdleConnectionEndsAfterItsTime) {
  ScriptedServer server;
  RelaySettings relay = server.relay();
  relay.idle_timeout = 20ms;
  start(relay);
  deliver();
  server.wait_for("QUIT");
}

// How far it has come by then is the machine's affair; what each silence means is tested by Silence, without a clock.
TEST_F(RelayPoolTest, TheTimeOfAnAttemptEndsASessionThatHangs) {
  ScriptedServer server(ScriptedServer::but(ScriptedServer::accept_all, "MAIL", ScriptedServer::kSilence));
  RelaySettings relay = server.relay();
  relay.attempt_timeout = 100ms;
  start(relay);
  EXPECT_THAT(deliver().trouble_reply.reply, HasSubstr("the time for one attempt is over"));
}

TEST_F(RelayPoolTest, ASilentLookUp) {
  ScriptedServer server;
  const auto ended = std::make_shared<std::atomic<bool>>(false);
  settings.look_up = [ended](const std::string&) -> Result<std::vector<std::string>> {
    ended->wait(false);
    return std::vector<std::string>{};
  };
  RelaySettings relay = server.relay();
  relay.host = "smtp.example.com";
  relay.attempt_timeout = 50ms;
  start(relay);
  const AttemptResult result = deliver();
  *ended = true;
  ended->notify_all();
  EXPECT_EQ(result.trouble, Trouble::resolve);
  EXPECT_THAT(result.trouble_reply.reply,
              HasSubstr("cannot look up smtp.example.com: the time for one attempt is over"));
}

// The pool without a thread of its own. Those that wait have begun long ago, so that no time need be short.
TEST_F(RelayPoolTest, WhatWaitsBehindSessionsThatHangEndsInItsTime) {
  const auto io = std::make_shared<boost::asio::io_context>(1);
  const auto work = boost::asio::make_work_guard(*io);
  bool at_dot = false;
  ScriptedServer server([&](const std::string& command) {
    if (command != ".") return ScriptedServer::accept_all(command);
    boost::asio::post(*io, [&at_dot] { at_dot = true; });
    return std::string(ScriptedServer::kSilence);
  });
  const RelaySettings relay = over(1, server.relay());
  smtp::RelayPool pool(relay, {io, sink, clock, "example.com"});
  pool.start(an_attempt(1), steady_now());
  while (!at_dot && sink.wait_for(0).empty()) io->run_one();
  for (Attempt& late : attempts(2, 3)) pool.start(std::move(late), steady_now() - relay.attempt_timeout);
  while (sink.wait_for(0).size() < 2) io->run_one();
  for (const AttemptResult& result : sink.wait_for(2)) {
    EXPECT_NE(result.ref.id, an_attempt(1).ref.id);
    EXPECT_EQ(result.trouble, Trouble::stale);
    EXPECT_EQ(result.trouble_reply.reply, "no connection to " + relay.name + " was free within attempt_timeout");
  }
}

// One that hangs leaves the sessions of the others alone.
TEST_F(RelayPoolTest, ARelayThatHangsKeepsNoOtherWaiting) {
  ScriptedServer silent(ScriptedServer::but(ScriptedServer::accept_all, "", ScriptedServer::kSilence));
  ScriptedServer server;
  start({silent.relay(), server.relay()});
  std::vector<Attempt> attempts;
  for (int n = 1; n <= 20; ++n) {
    attempts.push_back(an_attempt(n));
    attempts.back().relay = n % 2 == 0 ? 1 : 0;
  }
  mail->start(std::move(attempts));
  for (const AttemptResult& result : sink.wait_for(10)) EXPECT_EQ(result.relay, server.url());
  mail->abort_all();
  sink.wait_for(20);
}

}  // namespace
}  // namespace jobd
