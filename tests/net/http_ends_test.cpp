// How a connection ends: by its client, by a stop of jobd; and which answer says that it is the last.
#include "tests/net/http_world.h"

namespace jobd::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kPing = request("GET /healthz");
const std::string kStats = request("GET /stats");  // answered by the store

TEST(HttpEnds, ItEndsWhenTheClientHasNothingMoreToSay) {
  HttpWorld http;
  EXPECT_THAT(http.end(), IsEmpty());
  EXPECT_TRUE(http.dialogue_->over());
  EXPECT_FALSE(http.dialogue_->left_input());
}

TEST(HttpEnds, AHalfClosedClientGetsItsAnswers) {
  HttpWorld http;
  http.held = true;
  http.say(kStats + kPing);
  EXPECT_THAT(http.end(), IsEmpty());
  EXPECT_FALSE(http.dialogue_->over());
  http.held = false;
  EXPECT_THAT(answers_in(http.hear()), SizeIs(2));
  EXPECT_TRUE(http.dialogue_->over());
}

TEST(HttpEnds, ARequestThatEndsInItsMiddleIsMalformed) {
  const std::string whole = post("/jobs/email", kMail);
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{30}, whole.size() - 1}) {
    HttpWorld http;
    EXPECT_THAT(http.say(whole.substr(0, bytes)), IsEmpty());
    EXPECT_EQ(answers_in(http.end()).front().outcome(), "400 invalid_request");
    EXPECT_TRUE(http.dialogue_->over());
  }
}

TEST(HttpEnds, FinishLetsAnIdleConnectionGo) {
  HttpWorld http;
  http.say(kPing);
  http.dialogue_->finish();
  EXPECT_TRUE(http.dialogue_->over());
}

TEST(HttpEnds, FinishAnswersWhatIsInHandAndSaysThatItIsTheLast) {
  HttpWorld http;
  http.held = true;
  const std::string submit = post("/jobs/email", kMail);
  http.say(kStats + kStats + submit.substr(0, submit.size() - 5));
  http.dialogue_->finish();
  EXPECT_FALSE(http.dialogue_->wants_input());
  http.held = false;
  const auto answers = answers_in(http.hear());
  ASSERT_THAT(answers, SizeIs(2));
  EXPECT_EQ(answers[0].field("Connection"), "none");
  EXPECT_EQ(answers[1].field("Connection"), "close");
  EXPECT_TRUE(http.dialogue_->over());
}

// Each is ready before finish() and not taken; byte for byte what it would be had its client asked for the end.
TEST(HttpEnds, WhatIsReadyWhenItFinishesSaysThatItIsTheLast) {
  const auto ping = [](std::string_view version, std::string_view option) {
    return crlf("GET /healthz HTTP/" + std::string(version) + "\nHost: box\n" + std::string(option) + "\n");
  };
  for (const auto& [open, closed] : {std::pair(ping("1.1", ""), ping("1.1", "Connection: close\n")),
                                     std::pair(ping("1.0", "Connection: keep-alive\n"), ping("1.0", ""))}) {
    HttpWorld expected;
    HttpWorld http;
    std::ranges::copy(open, http.dialogue_->room(open.size()).begin());
    http.dialogue_->received(open.size());
    http.dialogue_->finish();
    EXPECT_FALSE(http.dialogue_->over());
    EXPECT_EQ(http.hear(), expected.say(closed));
    EXPECT_TRUE(http.dialogue_->over());
  }
}

TEST(HttpEnds, WhatIsReadyBehindAnotherSaysThatItIsTheLast) {
  HttpWorld http;
  http.held = true;
  http.say(kStats + crlf("POST /nowhere HTTP/1.1\nHost: box\nContent-Length: 2\n\n") + "{}");
  http.dialogue_->finish();
  http.held = false;
  const auto answers = answers_in(http.hear());
  ASSERT_THAT(answers, SizeIs(2));
  EXPECT_EQ(answers[0].field("Connection"), "none");
  EXPECT_EQ(answers[1].field("Connection"), "close");
}

TEST(HttpEnds, WhileJobdStopsEachAnswerEndsItsConnection) {
  HttpWorld http;
  http.hall_.stopping = true;
  EXPECT_EQ(http.ask(kPing).field("Connection"), "close");
  EXPECT_TRUE(http.dialogue_->over());
  http.dial();
  http.held = true;
  EXPECT_THAT(http.say(kStats), IsEmpty());
  EXPECT_FALSE(http.dialogue_->wants_input());
  http.held = false;
  EXPECT_EQ(answers_in(http.hear()).front().field("Connection"), "close");
}

TEST(HttpEnds, AStopLetsARequestUnderWayComeToItsEnd) {
  HttpWorld http;
  const std::string submit = post("/jobs/email", kMail);
  const std::string most = submit.substr(0, submit.size() - 5);
  http.held = true;
  http.say(kStats + most);
  http.hall_.stopping = true;
  http.held = false;
  EXPECT_EQ(answers_in(http.hear()).front().field("Connection"), "none") << "another answer follows";
  const Answer answer = http.ask(submit.substr(most.size()));
  EXPECT_EQ(answer.outcome(), "202");
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_TRUE(http.dialogue_->over());
}

TEST(HttpEnds, FinishDropsARequestWhoseBodyIsNotThere) {
  HttpWorld http;
  http.say(request("POST /jobs/email", "Content-Type: application/json\nContent-Length: 100\n"));
  http.dialogue_->finish();
  EXPECT_TRUE(http.dialogue_->over());
  EXPECT_EQ(*http.hall_.bytes_in_hand, 0U);
}

}  // namespace
}  // namespace jobd::testing
