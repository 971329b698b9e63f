#include "daemon/mail/judge.h"

#include <gmock/gmock.h>

namespace jobd::smtp {
namespace {

using enum Phase;
using How = Lost::How;

Reply reply(int code, std::string text = "words") {
  return {code, "", {std::move(text)}};
}

// "go on", "TEMPORARY", "closing": as in the table at the head of judge.h.
std::string told(const Judgement& judgement) {
  if (std::holds_alternative<GoOn>(judgement.what)) return "go on";
  if (const Trouble* trouble = std::get_if<Trouble>(&judgement.what)) return std::string(name(*trouble));
  switch (std::get<Verdict>(judgement.what)) {
    case Verdict::delivered: return "DELIVERED";
    case Verdict::temporary: return "TEMPORARY";
    case Verdict::permanent: return "PERMANENT";
    case Verdict::uncertain: return "UNCERTAIN";
  }
  return "?";
}

std::string on(Stage stage, int code) {
  return told(judge(stage, reply(code)));
}
std::string on(Stage stage, How how) {
  return told(judge(stage, Lost{how, "gone"}));
}

struct Row {
  Stage stage;
  const char* positive;      // to 250
  const char* intermediate;  // to 354
  const char* transient;
  const char* negative;
  const char* service_closing;  // to 421
  const char* garbage;
  const char* closed;
  const char* timed_out;
  const char* aborted;
};

const Row kTable[] = {
    {{greeting},
     "go on",
     "greeting",
     "greeting",
     "greeting",
     "closing",
     "greeting",
     "greeting",
     "greeting",
     "shutdown"},
    {{ehlo}, "go on", "greeting", "greeting", "greeting", "closing", "greeting", "greeting", "greeting", "shutdown"},
    {{helo}, "go on", "greeting", "greeting", "greeting", "closing", "greeting", "greeting", "greeting", "shutdown"},
    {{mail}, "go on", "greeting", "TEMPORARY", "PERMANENT", "closing", "greeting", "greeting", "greeting", "shutdown"},
    {{mail, true}, "go on", "stale", "TEMPORARY", "PERMANENT", "stale", "stale", "stale", "stale", "shutdown"},
    {{rcpt}, "go on", "closing", "TEMPORARY", "PERMANENT", "closing", "closing", "closing", "closing", "shutdown"},
    {{rcpt, true},
     "go on",
     "closing",
     "TEMPORARY",
     "PERMANENT",
     "closing",
     "closing",
     "closing",
     "closing",
     "shutdown"},
    {{data}, "closing", "go on", "TEMPORARY", "PERMANENT", "closing", "closing", "closing", "closing", "shutdown"},
    {{content},
     "TEMPORARY",
     "TEMPORARY",
     "TEMPORARY",
     "PERMANENT",
     "closing",
     "TEMPORARY",
     "TEMPORARY",
     "TEMPORARY",
     "shutdown"},
    {{permission},
     "TEMPORARY",
     "TEMPORARY",
     "TEMPORARY",
     "PERMANENT",
     "closing",
     "TEMPORARY",
     "TEMPORARY",
     "TEMPORARY",
     "shutdown"},
    {{dot},
     "DELIVERED",
     "UNCERTAIN",
     "TEMPORARY",
     "PERMANENT",
     "TEMPORARY",
     "UNCERTAIN",
     "UNCERTAIN",
     "UNCERTAIN",
     "UNCERTAIN"},
};

TEST(Judge, EveryPhaseAndEveryEvent) {
  for (const Row& row : kTable) {
    SCOPED_TRACE(static_cast<int>(row.stage.phase));
    EXPECT_EQ(on(row.stage, 250), row.positive);
    EXPECT_EQ(on(row.stage, 354), row.intermediate);
    EXPECT_EQ(on(row.stage, 451), row.transient);
    EXPECT_EQ(on(row.stage, 550), row.negative);
    EXPECT_EQ(on(row.stage, 421), row.service_closing);
    EXPECT_EQ(on(row.stage, How::garbage), row.garbage);
    EXPECT_EQ(on(row.stage, How::closed), row.closed);
    EXPECT_EQ(on(row.stage, How::timed_out), row.timed_out);
    EXPECT_EQ(on(row.stage, How::aborted), row.aborted);
  }
}

TEST(Judge, FailuresOnTheWayToTheServer) {
  EXPECT_EQ(on({resolve}, How::closed), "resolve");
  EXPECT_EQ(on({connect}, How::closed), "connect");
  EXPECT_EQ(on({connect}, How::aborted), "shutdown");
}

TEST(Judge, TooFastIsNoFaultOfTheMessage) {
  const Reply pacing = reply(454, "Throttling failure: Maximum sending rate exceeded.");
  EXPECT_EQ(told(judge(Stage{mail}, pacing)), "pacing");
  EXPECT_EQ(told(judge(Stage{rcpt}, pacing)), "pacing");
  EXPECT_EQ(told(judge(Stage{dot}, pacing)), "pacing");
  EXPECT_FALSE(judge(Stage{dot}, pacing).session_over);
  EXPECT_EQ(told(judge(Stage{dot}, reply(550, "maximum sending rate"))), "PERMANENT");
  EXPECT_EQ(told(judge(Stage{rcpt}, reply(450, "The user is receiving mail at a rate that prevents"))), "TEMPORARY");
}

TEST(Judge, SaysWhenTheSessionIsOver) {
  EXPECT_FALSE(judge(Stage{mail}, reply(450)).session_over);
  EXPECT_FALSE(judge(Stage{dot}, reply(250)).session_over);
  EXPECT_TRUE(judge(Stage{dot}, reply(421)).session_over);
  EXPECT_TRUE(judge(Stage{content}, reply(552)).session_over) << "the rest of the content would be read as commands";
  EXPECT_TRUE(judge(Stage{data}, reply(250)).session_over);
  EXPECT_TRUE(judge(Stage{greeting}, reply(554)).session_over);
  EXPECT_TRUE(judge(Stage{dot}, Lost{How::closed, "gone"}).session_over);
}

TEST(Judge, TellsInWhoseWords) {
  const RecipientResult said = judge(Stage{rcpt}, Reply{550, "5.1.1", {"No such user"}}).words;
  EXPECT_EQ(said, (RecipientResult{Verdict::permanent, 550, "5.1.1", "No such user"}));
  EXPECT_EQ(judge(Stage{data}, reply(250, "OK")).words.reply,
            "unexpected reply \"250 OK\", waiting for the answer to DATA");
  EXPECT_EQ(judge(Stage{dot}, Lost{How::closed, "the server closed the connection"}).words.reply,
            "the server closed the connection after the final dot: the message may have been taken");
}

}  // namespace
}  // namespace jobd::smtp
