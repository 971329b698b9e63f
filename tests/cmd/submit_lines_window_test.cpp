// What happens to each line of a stream: given lines and answers, which requests go out and which results.
#include "cmd/submit_lines_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "cmd/exit_code.h"
#include "tests/cmd/line_window_fixture.h"

namespace jobd::cmd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(LineWindowTest, ALineIsSubmittedAsItIsWithAKey) {
  add(R"( {"to":"user@example.com", "subject":"Hello","text":"x","priority": 9} )");
  const auto sent = requests();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_THAT(sent[0], HasSubstr(R"({"to":"user@example.com", "subject":"Hello","text":"x","priority": 9,)"));
  const SubmitEmail submit = submit_in(sent[0]);
  EXPECT_EQ(submit.priority, 9);
  const auto key = JobId::parse(submit.idempotency_key);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->made_at(), kNoon);
}

TEST_F(LineWindowTest, EachLineHasAKeyOfItsOwn) {
  add_many(2);
  const auto sent = requests();
  EXPECT_NE(submit_in(sent[0]).idempotency_key, submit_in(sent[1]).idempotency_key);
}

TEST_F(LineWindowTest, AKeyThatIsThereStays) {
  add(R"({"to":"a@example.com","idempotency_key":"mine","body":"x"})");
  add(R"({"to":"a@example.com","idempotency\u005fkey":"escaped","body":"x"})");
  const auto sent = requests();
  EXPECT_EQ(submit_in(sent[0]).idempotency_key, "mine");
  EXPECT_EQ(submit_in(sent[1]).idempotency_key, "escaped");
}

TEST_F(LineWindowTest, AKeyThatIsNullIsNone) {
  add(R"({"to":"a@example.com","idempotency_key":null,"body":"x"})");
  EXPECT_TRUE(JobId::parse(submit_in(requests()[0]).idempotency_key));
}

TEST_F(LineWindowTest, OnlyAKeyAtTheTopIsOne) {
  add(R"({"to":"a@example.com","metadata":{"idempotency_key":"not me"},"body":"idempotency_key"})");
  EXPECT_TRUE(JobId::parse(submit_in(requests()[0]).idempotency_key));
}

TEST_F(LineWindowTest, AnEmptyObjectGoesToJobdToo) {
  add("{}");
  EXPECT_EQ(decode_request(requests()[0]).request.error().code, Code::missing_field);
}

TEST_F(LineWindowTest, WhatIsNoObjectIsNotSent) {
  for (const char* text : {"x", "[]", "1", "{", "{}{}", "{\"a\":1,}", "{}},\"x\":{"}) add(text);
  EXPECT_THAT(requests(), IsEmpty());
  EXPECT_THAT(results(), ElementsAre("1 invalid_json", "2 invalid_json", "3 invalid_json", "4 invalid_json",
                                     "5 invalid_json", "6 invalid_json", "7 invalid_json"));
  EXPECT_EQ(window().tally().exit_code, kBadData);
  EXPECT_EQ(window().tally().refused, 7U);
  EXPECT_EQ(window().tally().first_refused_line, 1U);
}

TEST_F(LineWindowTest, ALineThatIsTooLongIsAnErrorOfItsOwn) {
  window().add({7, {}, true}, now());
  EXPECT_THAT(results(), ElementsAre("7 too_large"));
  EXPECT_EQ(window().tally().exit_code, kBadData);
}

TEST_F(LineWindowTest, ResultsLeaveInTheOrderOfTheLines) {
  add();
  add("no JSON");
  add();
  const auto sent = requests();
  EXPECT_THAT(results(), IsEmpty());
  accept(sent[0]);
  EXPECT_THAT(results(), ElementsAre("1 pending", "2 invalid_json"));
  EXPECT_EQ(last_["error"]["retryable"], false);
  accept(sent[1]);
  EXPECT_THAT(results(), ElementsAre("3 pending"));
  EXPECT_EQ(last_["job"]["id"], kId);
  EXPECT_TRUE(window().is_empty());
  EXPECT_EQ(window().tally().done, 3U);
}

TEST_F(LineWindowTest, ARefusalIsToldAsJobdToldIt) {
  add();
  refuse(requests()[0], {Code::invalid_field, "is no address", "to[1]"});
  EXPECT_THAT(results(), ElementsAre("1 invalid_field"));
  EXPECT_EQ(
      last_.dump(),
      R"({"error":{"code":"invalid_field","field":"to[1]","message":"is no address","retryable":false},"line":1})");
  EXPECT_EQ(window().tally().exit_code, kBadData);
}

TEST_F(LineWindowTest, WhatJobdCallsNoJsonIsToldOfTheLine) {
  add(R"({"to":nothing})");
  requests();
  hear(encode_reply({}, Error{Code::invalid_json, "at byte 40"}));
  EXPECT_THAT(results(), ElementsAre("1 invalid_json"));
  EXPECT_THAT(last_["error"]["message"].get<std::string>(), HasSubstr("at byte 8: "));
}

TEST_F(LineWindowTest, ControlsGoToNoTerminal) {
  add();
  Job job = a_job(JobStatus::pending);
  job.subject = "\x1b[2J\x7f\xc2\x9b";
  hear(encode_reply(id_of(requests()[0]), Submitted{job}));
  std::string bytes;
  window().take_results(bytes);
  EXPECT_THAT(bytes, HasSubstr(R"("subject":"\u001b[2J\u007f\u009b")"));
}

TEST_F(LineWindowTest, TheWindowIsBoundedInLines) {
  add_many(LineWindow::kLines);
  EXPECT_FALSE(window().has_room());
  const auto sent = requests();
  accept(sent[0]);
  EXPECT_FALSE(window().has_room());
  results();
  EXPECT_TRUE(window().has_room());
}

TEST_F(LineWindowTest, TheWindowIsBoundedInBytes) {
  add(R"({"to":"a@example.com","body":")" + std::string(LineWindow::kBytes, 'x') + R"("})");
  EXPECT_FALSE(window().has_room());
  accept_all();
  results();
  EXPECT_TRUE(window().has_room());
}

TEST_F(LineWindowTest, RequestsAreWrittenByThePortion) {
  add_many(3);
  std::string bytes;
  window().write_requests(bytes, 1, now());
  EXPECT_EQ(std::ranges::count(bytes, '\n'), 1);
  EXPECT_THAT(requests(), SizeIs(2));
}

TEST_F(LineWindowTest, BusyWaitsAsLongAsJobdAsksAndGoesAgainWithItsKey) {
  add();
  const auto sent = requests();
  refuse(sent[0], {Code::busy, "too many jobs are queued", "", milliseconds(700)});
  EXPECT_EQ(window().resume_at(), now() + milliseconds(700));
  EXPECT_EQ(window().refusal()->message, "too many jobs are queued");
  EXPECT_THAT(requests(), IsEmpty());
  EXPECT_THAT(results(), IsEmpty());
  clock_.advance(milliseconds(700));
  const auto again = requests();
  EXPECT_EQ(again, sent);
  accept(again[0]);
  EXPECT_THAT(results(), ElementsAre("1 pending"));
  EXPECT_FALSE(window().refusal());
  EXPECT_EQ(window().tally().exit_code, kDone);
}

TEST_F(LineWindowTest, EveryRetryableErrorIsWaitedOut) {
  for (const CodeRow& row : all_codes()) {
    if (!row.retryable) continue;
    add();
    refuse(requests()[0], {row.code, "later"});
    EXPECT_THAT(results(), IsEmpty()) << row.name;
    clock_.advance(seconds(10));
    accept_all();
    EXPECT_THAT(results(), SizeIs(1)) << row.name;
  }
}

TEST_F(LineWindowTest, PausesGrowToABound) {
  add();
  std::vector<Duration> pauses;
  for (int i = 0; i < 9; ++i) {
    refuse(requests()[0], {Code::busy, "full"});
    pauses.push_back(window().resume_at() - now());
    clock_.set(window().resume_at());
  }
  EXPECT_EQ(pauses.front(), milliseconds(50));
  EXPECT_EQ(pauses[1], milliseconds(100));
  EXPECT_EQ(pauses.back(), seconds(3));
}

TEST_F(LineWindowTest, AfterARefusalOneLineTriesAndEachThatIsTakenLetsOneMoreGo) {
  add_many(10);
  for (const std::string& request : requests()) refuse(request, {Code::busy, "full"});
  clock_.set(window().resume_at());
  std::vector<std::size_t> numbers;
  std::vector<std::int64_t> order;
  while (window().has_requests()) {
    const auto sent = requests();
    numbers.push_back(sent.size());
    for (const std::string& request : sent) order.push_back(id_of(request));
    for (const std::string& request : sent) accept(request);
  }
  EXPECT_THAT(numbers, ElementsAre(1, 2, 4, 3));
  EXPECT_THAT(order, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
}

TEST_F(LineWindowTest, AnswersComeInTheOrderOfSubmitsAlsoAfterARefusal) {
  add_many(3);
  const auto sent = requests();
  refuse(sent[0], {Code::busy, "full"});
  accept(sent[1]);
  clock_.set(window().resume_at());
  EXPECT_THAT(requests(), ElementsAre(sent[0]));
  hear(encode_reply({}, Error{Code::invalid_json, "without an id"}));  // that of the third, which was sent before
  accept(sent[0]);
  EXPECT_THAT(results(), ElementsAre("1 pending", "2 pending", "3 invalid_json"));
}

TEST_F(LineWindowTest, ALostConnectionSubmitsWhatHadNoAnswerAgain) {
  add_many(4);
  const auto sent = requests();
  accept(sent[0]);
  refuse(sent[1], {Code::invalid_field, "no", "to"});
  EXPECT_TRUE(window().is_unanswered());
  window().lose_connection();
  EXPECT_FALSE(window().is_unanswered());
  const auto again = requests();
  EXPECT_THAT(again, ElementsAre(sent[2], sent[3]));
  accept(again[0]);
  accept(again[1]);
  EXPECT_THAT(results(), ElementsAre("1 pending", "2 invalid_field", "3 pending", "4 pending"));
}

TEST_F(LineWindowTest, AnAnswerToNothingIsAnError) {
  add();
  requests();
  EXPECT_EQ(window().hear(encode_reply(7, Submitted{a_job(JobStatus::pending)}), now()).error().code, Code::internal);
  EXPECT_EQ(window().hear("HTTP/1.1 400 Bad Request", now()).error().code, Code::internal);
  EXPECT_EQ(window().hear(R"({"id":1,"status":202})", now()).error().code, Code::internal);
}

TEST_F(LineWindowTest, WhatJobdSaysOfTheConnectionIsNoAnswer) {
  EXPECT_TRUE(window().hear(encode_reply({}, Error{Code::busy, "too many connections"}), now()));
}

TEST_F(LineWindowTest, DoubtOutlastsARefusal) {
  add();
  const auto sent = requests();
  window().lose_connection();
  refuse(requests()[0], {Code::busy, "full"});
  window().give_up({Code::unavailable, "cannot connect"});
  EXPECT_THAT(results(), ElementsAre("1 unavailable"));
  EXPECT_THAT(last_["error"]["message"].get<std::string>(), HasSubstr("unknown"));
  EXPECT_EQ(last_["idempotency_key"], submit_in(sent[0]).idempotency_key);
}

TEST_F(LineWindowTest, DoubtOutlastsARefusalForGood) {
  add();
  const auto sent = requests();
  window().lose_connection();
  refuse(requests()[0], {Code::conflict, "another email has this key"});
  EXPECT_THAT(results(), ElementsAre("1 conflict"));
  EXPECT_EQ(last_["idempotency_key"], submit_in(sent[0]).idempotency_key);
}

TEST_F(LineWindowTest, GivingUpNamesTheKeysOfWhatIsInDoubt) {
  add_many(4);
  const auto sent = requests();
  refuse(sent[0], {Code::busy, "full"});
  refuse(sent[1], {Code::unavailable, "the store failed"});
  accept(sent[3 - 1]);
  window().give_up({Code::unavailable, "cannot connect"});
  EXPECT_EQ(window().tally().exit_code, kUnavailable);
  std::string bytes;
  window().take_results(bytes);
  std::istringstream stream(bytes);
  std::vector<Json> told;
  for (std::string line; std::getline(stream, line);) told.push_back(*parse_json(line));
  ASSERT_THAT(told, SizeIs(4));
  EXPECT_EQ(told[0]["error"]["message"], "cannot connect");
  EXPECT_FALSE(told[0].contains("idempotency_key"));
  for (const std::size_t in_doubt : {1U, 3U}) {
    EXPECT_THAT(told[in_doubt]["error"]["message"].get<std::string>(), HasSubstr("unknown"));
    EXPECT_EQ(told[in_doubt]["error"]["retryable"], true);
    EXPECT_EQ(told[in_doubt]["idempotency_key"], submit_in(sent[in_doubt]).idempotency_key);
  }
  EXPECT_TRUE(told[2].contains("job"));
  EXPECT_TRUE(window().is_empty());
}

}  // namespace
}  // namespace jobd::cmd
