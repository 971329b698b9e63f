// The socket's language, bytes in and bytes out.
#include "daemon/net/line_dialogue.h"

#include "shared/codec.h"
#include "tests/net/hall_fixture.h"
#include "tests/support/records.h"

namespace jobd {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::lines_of;
using ::testing::StartsWith;

class LineDialogueTest : public testing::HallFixture {
 protected:
  LineDialogueTest() {
    hall_.request_bytes = 10000;
    dialogue_ = dial();
  }

  std::shared_ptr<Dialogue> dial() {
    return make_line_dialogue(hall_, {"uid:1"}, [this] { ++wakes_; });
  }
  std::string say(std::string_view bytes) { return HallFixture::say(*dialogue_, bytes); }
  std::string hear() { return HallFixture::hear(*dialogue_); }
  // The id of a job that the reply is about.
  static std::string id_in(const std::string& reply) {
    const std::size_t at = reply.find(R"("result":{"id":")");
    return at == std::string::npos ? "" : reply.substr(at + 16, 36);
  }
  std::string submit() {
    return id_in(say(R"({"op":"submit_email","params":{"to":"a@x.org"}})"
                     "\n"));
  }

  std::shared_ptr<Dialogue> dialogue_;
};

TEST_F(LineDialogueTest, RepliesComeInTheOrderOfTheRequests) {
  std::string text;
  for (int i = 0; i < 50; ++i) {
    text += R"({"id":)" + std::to_string(i) +
            (i % 2 == 0 ? R"(,"op":"ping"})" : R"(,"op":"submit_email","params":{"to":"a@x.org"}})") + "\n";
  }
  const auto lines = lines_of(say(text));
  ASSERT_EQ(lines.size(), 50U);
  for (std::size_t i = 0; i < lines.size(); ++i)
    EXPECT_THAT(lines[i], StartsWith("{\"id\":" + std::to_string(i) + ",\"status\":20"));
}

TEST_F(LineDialogueTest, BytesMayComeOneByOne) {
  std::string out;
  for (const char byte : std::string("{\"op\":\"ping\"}\r\n\n{\"op\":\"ping\"}\n")) out += say({&byte, 1});
  EXPECT_EQ(lines_of(out).size(), 2U);
}

TEST_F(LineDialogueTest, ALastLineNeedsNoLineEndAndItsAnswerEndsTheDialogue) {
  EXPECT_THAT(say(R"({"op":"ping"})"), IsEmpty());
  EXPECT_TRUE(dialogue_->wants_input());
  dialogue_->input_ended();
  EXPECT_FALSE(dialogue_->wants_input());
  EXPECT_FALSE(dialogue_->over()) << "its answer is still to be taken";
  EXPECT_THAT(hear(), StartsWith(R"({"status":200)"));
  EXPECT_TRUE(dialogue_->over());
  EXPECT_FALSE(dialogue_->left_input());
}

TEST_F(LineDialogueTest, NoJsonIsAnsweredAndTheDialogueGoesOn) {
  const auto lines = lines_of(say("42 is no request\n{\"op\":\"ping\"}\n"));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], HasSubstr(R"("status":400,"error":{"code":"invalid_json")"));
  EXPECT_THAT(lines[1], HasSubstr(R"("status":200)"));
}

TEST_F(LineDialogueTest, AnOverlongLineIsAnsweredAndEndsTheDialogue) {
  const auto lines = lines_of(say("{\"op\":\"ping\"}\n" + std::string(10001, 'x') + "\n{\"op\":\"ping\"}\n"));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[1], HasSubstr(R"("status":413)"));
  EXPECT_TRUE(dialogue_->over());
  EXPECT_TRUE(dialogue_->left_input());
}

TEST_F(LineDialogueTest, AWaitDoesNotHoldUpTheOthers) {
  say("{\"op\":\"pause\"}\n");
  const std::string id = submit();
  EXPECT_THAT(say(R"({"id":3,"op":"get_job","params":{"id":")" + id + R"(","wait":"60s"}})" + "\n"), IsEmpty());
  EXPECT_THAT(say("{\"id\":4,\"op\":\"ping\"}\n"), StartsWith(R"({"id":4,)"));
  clock_.advance(std::chrono::seconds(60));
  service_.step(clock_.now());
  EXPECT_THAT(hear(), StartsWith(R"({"id":3,"status":200)"));
}

TEST_F(LineDialogueTest, WhoAsksWithoutReadingIsNotReadFrom) {
  std::string text;
  for (std::size_t i = 0; i <= limits::kConnectionRequests; ++i) text += "{\"op\":\"stats\"}\n";
  held = true;
  say(text);
  EXPECT_FALSE(dialogue_->wants_input());
  held = false;
  EXPECT_EQ(lines_of(hear()).size(), limits::kConnectionRequests + 1);
  EXPECT_TRUE(dialogue_->wants_input());
}

TEST_F(LineDialogueTest, UnwrittenBytesCountAsUnread) {
  EXPECT_TRUE(dialogue_->wants_input());
  dialogue_->output(limits::kConnectionReplyBytes);
  EXPECT_FALSE(dialogue_->wants_input());
  dialogue_->output(0);
  EXPECT_TRUE(dialogue_->wants_input());
}

TEST_F(LineDialogueTest, LongLinesOfAllConnectionsShareOneBudget) {
  hall_.request_bytes = 2 * limits::kShortRequestBytes;
  const auto dialogue = dial();
  *hall_.bytes_in_hand = limits::kRequestsBytes - limits::kShortRequestBytes;
  EXPECT_THAT(HallFixture::say(*dialogue, std::string(limits::kShortRequestBytes, 'x')), IsEmpty());
  EXPECT_THAT(HallFixture::say(*dialogue, "x"), HasSubstr(R"("code":"busy")"));
  EXPECT_TRUE(dialogue->over());
  EXPECT_EQ(*hall_.bytes_in_hand, limits::kRequestsBytes - limits::kShortRequestBytes);
}

TEST_F(LineDialogueTest, ALongRequestIsDecodedAsideAndKeepsItsPlace) {
  hall_.request_bytes = 2 * limits::kLongRequestBytes;
  std::vector<std::function<void()>> aside;
  hall_.aside = [&aside](std::function<void()> work, std::function<void()> done) {
    aside.push_back(std::move(work));
    aside.push_back(std::move(done));
  };
  dialogue_ = dial();
  const std::string body(limits::kLongRequestBytes, 'x');
  EXPECT_THAT(say(R"({"id":1,"op":"submit_email","params":{"to":"a@x.org","body":")" + body + "\"}}\n" +
                  R"({"id":2,"op":"list_jobs"})" + "\n"),
              IsEmpty());
  EXPECT_FALSE(dialogue_->wants_input());
  ASSERT_EQ(aside.size(), 2U);
  aside[0]();
  aside[1]();
  const auto lines = lines_of(hear());
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], StartsWith(R"({"id":1,"status":202)"));
  EXPECT_THAT(lines[1], HasSubstr(R"("jobs":[{"id":)")) << "its reads see its earlier writes";
}

// The reader's memory may move only where nothing is being read into it.
TEST_F(LineDialogueTest, RoomStaysWhereItIsUntilBytesCame) {
  hall_.request_bytes = 2 * limits::kLongRequestBytes;
  dialogue_ = dial();
  say(R"({"op":"ping","x":")" + std::string(limits::kLongRequestBytes, 'x') + "\"}\n");
  const std::span<char> room = dialogue_->room(64);
  dialogue_->output(0);
  const std::string ping = "{\"op\":\"ping\"}\n";
  std::ranges::copy(ping, room.begin());
  dialogue_->received(ping.size());
  EXPECT_THAT(hear(), StartsWith(R"({"status":200)"));
}

TEST_F(LineDialogueTest, WhatWasJustGivenOutIsUnreadToo) {
  hall_.aside = nullptr;
  held = true;
  say("{\"op\":\"stats\"}\n");
  held = false;
  work();
  const std::string reply = dialogue_->output(limits::kConnectionReplyBytes - 1);
  EXPECT_FALSE(reply.empty());
  EXPECT_FALSE(dialogue_->wants_input());
}

TEST_F(LineDialogueTest, ALongLineIsNotHeldForEver) {
  hall_.request_bytes = 2 * limits::kShortRequestBytes;
  dialogue_ = dial();
  say(std::string(limits::kShortRequestBytes, 'x'));
  EXPECT_FALSE(dialogue_->deadline()) << "a short one may take its time";
  say("x");
  const auto until = dialogue_->deadline();
  ASSERT_TRUE(until);
  say("x");
  EXPECT_LT(*dialogue_->deadline() - *until, std::chrono::seconds(1)) << "a byte now and then does not help";
  clock_.set(*dialogue_->deadline());
  dialogue_->step(clock_.now());
  EXPECT_THAT(hear(), HasSubstr(R"("code":"busy")"));
  EXPECT_TRUE(dialogue_->over());
  EXPECT_EQ(*hall_.bytes_in_hand, 0U);
}

TEST_F(LineDialogueTest, ALongRequestCountsUntilItIsDecodedAndIsLeftOutWhenNobodyWaits) {
  hall_.request_bytes = 2 * limits::kLongRequestBytes;
  std::vector<std::function<void()>> aside;
  hall_.aside = [&aside](std::function<void()> work, std::function<void()> done) {
    aside.push_back(std::move(work));
    aside.push_back(std::move(done));
  };
  dialogue_ = dial();
  say(R"({"op":"submit_email","params":{"to":"a@x.org","body":")" + std::string(limits::kLongRequestBytes, 'x') +
      "\"}}\n");
  EXPECT_GT(*hall_.bytes_in_hand, limits::kLongRequestBytes);
  dialogue_->abandon();
  for (const auto& step : aside) step();
  EXPECT_EQ(*hall_.bytes_in_hand, 0U);
  EXPECT_FALSE(desk_.has_work());
}

TEST_F(LineDialogueTest, ARefusedClientHearsWhyWhateverItAsks) {
  dialogue_->refuse({Code::busy, "too many connections"});
  EXPECT_THAT(say("{\"op\":\"ping\"}\n"), HasSubstr(R"("code":"busy")"));
  EXPECT_TRUE(dialogue_->over());
}

TEST_F(LineDialogueTest, AFinishedDialogueAnswersWhatItHasInHand) {
  held = true;
  say("{\"op\":\"stats\"}\n");
  dialogue_->finish();
  EXPECT_FALSE(dialogue_->over());
  held = false;
  EXPECT_THAT(hear(), StartsWith(R"({"status":200)"));
  EXPECT_TRUE(dialogue_->over());
}

TEST_F(LineDialogueTest, AnAbandonedDialogueMayStillBeAnswered) {
  held = true;
  say("{\"op\":\"stats\"}\n");
  dialogue_->abandon();
  dialogue_.reset();
  held = false;
  work();
}

TEST_F(LineDialogueTest, ReadsSeeWhatManyChangesDidBefore) {
  say("{\"op\":\"pause\"}\n");
  submit();
  const auto lines = lines_of(say(R"({"op":"cancel_jobs","params":{"status":"pending"}})"
                                  "\n"
                                  R"({"op":"list_jobs"})"
                                  "\n"));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], HasSubstr(R"("matched":1,"changed":1)"));
  EXPECT_THAT(lines[1], HasSubstr(R"("status":"cancelled")"));
}

TEST_F(LineDialogueTest, AnAbandonedWaitIsForgotten) {
  say("{\"op\":\"pause\"}\n");
  say(R"({"id":3,"op":"get_job","params":{"id":")" + submit() + R"(","wait":"60s"}})" + "\n");
  EXPECT_TRUE(service_.next_deadline());
  dialogue_->abandon();
  EXPECT_FALSE(service_.next_deadline());
}

class WatchTest : public LineDialogueTest {
 protected:
  WatchTest() {
    EXPECT_THAT(say("{\"id\":9,\"op\":\"watch\"}\n"), StartsWith(R"({"id":9,"status":200,"result":{"seq":)"));
  }
};

TEST_F(WatchTest, TellsEachChangeAmongTheReplies) {
  const std::string reply = say("{\"op\":\"pause\"}\n{\"op\":\"submit_email\",\"params\":{\"to\":\"a@x.org\"}}\n");
  const auto lines = lines_of(reply);
  ASSERT_EQ(lines.size(), 3U) << reply;
  EXPECT_THAT(lines[2], StartsWith(R"({"id":9,"event":"job","seq":)"));
  EXPECT_THAT(lines[2], HasSubstr(R"("status":"pending")"));
}

TEST_F(WatchTest, EndsWithUnwatch) {
  EXPECT_EQ(say("{\"op\":\"unwatch\",\"params\":{\"id\":9}}\n"), "{\"status\":200,\"result\":{}}\n");
  EXPECT_EQ(lines_of(say("{\"op\":\"submit_email\",\"params\":{\"to\":\"a@x.org\"}}\n")).size(), 1U);
  EXPECT_THAT(say("{\"op\":\"unwatch\",\"params\":{\"id\":9}}\n"), HasSubstr(R"("code":"not_found")"));
}

TEST_F(WatchTest, AnIdNamesOneWatchAtATime) {
  EXPECT_THAT(say("{\"id\":9,\"op\":\"watch\"}\n"), HasSubstr(R"("code":"invalid_field")"));
  EXPECT_THAT(say("{\"id\":\"9\",\"op\":\"watch\"}\n"), HasSubstr(R"("status":200)")) << "a string is another id";
}

TEST_F(WatchTest, OneThatDoesNotReadIsPassedByAndTold) {
  const auto change = [this](std::size_t times) {
    service_.changed(std::vector<Viewed>(times, Viewed{testing::a_record(clock_.now()), std::nullopt, std::nullopt}));
  };
  dialogue_->output(limits::kWatchUnwrittenBytes);
  change(limits::kEvents + 1);
  EXPECT_THAT(hear(), StartsWith(R"({"id":9,"event":"reset","seq":)"));
  change(1);
  EXPECT_THAT(hear(), StartsWith(R"({"id":9,"event":"job","seq":)"));
}

TEST_F(WatchTest, SeveralTakeTurns) {
  say("{\"id\":10,\"op\":\"watch\"}\n");
  service_.changed(std::vector<Viewed>(2, Viewed{testing::a_record(clock_.now()), std::nullopt, std::nullopt}));
  std::vector<std::string> told;
  for (int i = 0; i < 4; ++i) {
    const std::string line = dialogue_->output(limits::kWatchUnwrittenBytes - 1);
    told.push_back(line.substr(0, line.find(',')));
  }
  EXPECT_THAT(told, ::testing::ElementsAre(R"({"id":10)", R"({"id":9)", R"({"id":10)", R"({"id":9)"));
}

TEST_F(WatchTest, KeepsAHalfClosedDialogueOpenUntilItIsFinished) {
  dialogue_->input_ended();
  hear();
  EXPECT_FALSE(dialogue_->over());
  dialogue_->finish();
  EXPECT_TRUE(dialogue_->over());
}

TEST_F(WatchTest, WithoutAnIdThereIsNone) {
  EXPECT_THAT(say("{\"op\":\"watch\"}\n"), HasSubstr(R"("code":"missing_field")"));
}

}  // namespace
}  // namespace jobd
