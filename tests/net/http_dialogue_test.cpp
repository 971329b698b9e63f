// The conversation: order, ends, waiting, limits. What single requests are answered is in http_cases.h.
#include "tests/net/http_world.h"

namespace jobd::testing {
namespace {

using std::chrono::seconds;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string kPing = request("GET /healthz");
const std::string kStats = request("GET /stats");  // answered by the store

TEST(HttpDialogue, AnAnswerByteForByte) {
  HttpWorld http;
  EXPECT_EQ(http.say(kPing),
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 01 Mar 2026 12:00:00 GMT\r\n"
            "Cache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "Content-Type: application/json\r\n"
            "Content-Length: 19\r\n"
            "\r\n"
            R"({"version":"0.1.0"})");
}

TEST(HttpDialogue, ARefusalByteForByte) {
  HttpWorld http;
  EXPECT_EQ(http.say(request("PUT /jobs", "Connection: close\n")),
            "HTTP/1.1 405 Method Not Allowed\r\n"
            "Connection: close\r\n"
            "Date: Sun, 01 Mar 2026 12:00:00 GMT\r\n"
            "Cache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "Allow: GET, HEAD, OPTIONS\r\n"
            "Content-Type: application/problem+json\r\n"
            "Content-Length: 161\r\n"
            "\r\n"
            R"({"type":"about:blank","title":"Method Not Allowed","status":405,)"
            R"("detail":"/jobs takes GET, HEAD, OPTIONS, not PUT","code":"method_not_allowed","retryable":false})");
  EXPECT_TRUE(http.dialogue_->over());
}

TEST(HttpDialogue, OptionsByteForByte) {
  HttpWorld http;
  EXPECT_EQ(http.say(crlf("OPTIONS * HTTP/1.0\nHost: box\nConnection: keep-alive\n\n")),
            "HTTP/1.1 204 No Content\r\n"
            "Connection: keep-alive\r\n"
            "Date: Sun, 01 Mar 2026 12:00:00 GMT\r\n"
            "Cache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "Allow: GET, HEAD, POST, DELETE, OPTIONS\r\n"
            "\r\n");
}

TEST(HttpDialogue, DateFollowsTheClock) {
  HttpWorld http;
  http.wait(seconds(59));
  EXPECT_EQ(http.ask(kPing).field("Date"), "Sun, 01 Mar 2026 12:00:59 GMT");
  http.clock_.set(Time(std::chrono::sys_days(std::chrono::year(2028) / 2 / 29)));
  EXPECT_EQ(http.ask(kPing).field("Date"), "Tue, 29 Feb 2028 00:00:00 GMT");
}

TEST(HttpDialogue, HeadIsGetWithoutTheBody) {
  HttpWorld http;
  const std::string job = "/jobs/" + http.submit();
  for (const std::string& path :
       {std::string("/healthz"), std::string("/readyz"), std::string("/stats"), job, std::string("/jobs?limit=1"),
        std::string("/openapi.json"), std::string("/nowhere"), std::string("/jobs/1")}) {
    const std::string get = http.say(request("GET " + path));
    const std::string head = http.say(request("HEAD " + path));
    EXPECT_EQ(head, get.substr(0, get.find("\r\n\r\n") + 4)) << path;
  }
}

TEST(HttpDialogue, AnswersComeInTheOrderOfTheRequests) {
  HttpWorld http;
  http.held = true;
  EXPECT_THAT(http.say(kStats + kPing + request("GET /nowhere")), IsEmpty());
  http.held = false;
  const auto answers = answers_in(http.hear());
  ASSERT_THAT(answers, SizeIs(3));
  EXPECT_EQ(answers[0].text("transport"), "");
  EXPECT_EQ(answers[1].text("version"), "0.1.0");
  EXPECT_EQ(answers[2].status, 404);
}

TEST(HttpDialogue, ALateAnswerWakes) {
  HttpWorld http;
  http.held = true;
  http.say(kStats);
  const int before = http.wakes_;
  http.held = false;
  http.desk_.turn(http.service_);
  EXPECT_GT(http.wakes_, before);
}

TEST(HttpDialogue, ContinueWaitsForTheAnswersBeforeIt) {
  HttpWorld http;
  http.held = true;
  EXPECT_THAT(http.say(kStats + post("/queue/pause", "{}", "Expect: 100-continue\n")), IsEmpty());
  http.held = false;
  const auto answers = answers_in(http.hear());
  ASSERT_THAT(answers, SizeIs(3));
  EXPECT_EQ(answers[1].status, 100);
  EXPECT_EQ(answers[2].outcome(), "200");
}

TEST(HttpDialogue, AClientThatDoesNotReadIsNotReadFrom) {
  HttpWorld http;
  http.held = true;
  std::string many;
  for (std::size_t i = 0; i < limits::kConnectionRequests + 100; ++i) many += kStats;
  http.say(many);
  EXPECT_FALSE(http.dialogue_->wants_input());
  EXPECT_EQ(http.dialogue_->deadline(), std::nullopt) << "it is not the client who is waited for";
  http.held = false;
  EXPECT_THAT(answers_in(http.hear()), SizeIs(limits::kConnectionRequests + 100));
  EXPECT_TRUE(http.dialogue_->wants_input());
}

TEST(HttpDialogue, HeavyAnswersComeAFewAtATime) {
  HttpWorld http;
  http.held = true;
  std::string many;
  for (int i = 0; i < 10; ++i) many += request("GET /jobs?limit=1000");
  http.say(many);
  EXPECT_FALSE(http.dialogue_->wants_input());
  http.held = false;
  EXPECT_THAT(answers_in(http.hear()), SizeIs(10));
}

TEST(HttpDialogue, OneConnectionTooManyIsToldSo) {
  HttpWorld http;
  http.dialogue_->refuse({Code::busy, "too many connections", "", std::chrono::milliseconds(1001)});
  const Answer answer = answers_in(http.hear()).front();
  EXPECT_EQ(answer.outcome(), "503 busy");
  EXPECT_EQ(answer.field("Retry-After"), "2");
  EXPECT_THAT(answer.body, HasSubstr(R"("retryable":true,"retry_after_ms":1001)"));
  EXPECT_TRUE(http.dialogue_->over());
}

TEST(HttpDialogue, AnswersAfterTheConnectionAreNobodys) {
  HttpWorld http;
  http.held = true;
  http.say(kStats + kStats);
  http.dialogue_->abandon();
  http.dialogue_.reset();
  http.held = false;
  http.work();
  EXPECT_EQ(*http.hall_.bytes_in_hand, 0U);
}

TEST(HttpDialogue, LongBodiesOfAllConnectionsShareABudget) {
  HttpWorld http;
  http.hall_.request_bytes = 10 * limits::kShortRequestBytes;
  http.dial();
  *http.hall_.bytes_in_hand = limits::kRequestsBytes;
  const std::string head = request("POST /jobs/email", "Content-Type: application/json\nContent-Length: 5000000\n");
  EXPECT_THAT(http.say(head + std::string(limits::kShortRequestBytes, ' ')), IsEmpty());
  const Answer answer = http.ask(" ");
  EXPECT_EQ(answer.outcome(), "503 busy");
  EXPECT_EQ(answer.field("Retry-After"), "1");
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_EQ(*http.hall_.bytes_in_hand, limits::kRequestsBytes);
}

TEST(HttpDialogue, ALongBodyIsDecodedAside) {
  HttpWorld http;
  http.hall_.request_bytes = 10 * limits::kLongRequestBytes;
  std::function<void()> work;
  std::function<void()> done;
  http.hall_.aside = [&](std::function<void()> work_in, std::function<void()> done_in) {
    work = std::move(work_in);
    done = std::move(done_in);
  };
  http.dial();
  const std::string text(limits::kLongRequestBytes, 'x');
  EXPECT_THAT(http.say(post("/jobs/email", R"({"to":"a@x.org","body":")" + text + R"("})") + kPing), IsEmpty());
  EXPECT_FALSE(http.dialogue_->wants_input());
  ASSERT_TRUE(work);
  work();
  done();
  const auto answers = answers_in(http.hear());
  ASSERT_THAT(answers, SizeIs(2));
  EXPECT_EQ(answers[0].outcome(), "202");
  EXPECT_EQ(answers[1].outcome(), "200");
}

TEST(HttpPatienceOfTheDialogue, AHeadThatDripsIsNotWaitedFor) {
  HttpWorld http;
  for (const char byte : kPing.substr(0, 6)) {
    EXPECT_THAT(http.say({&byte, 1}), IsEmpty());
    EXPECT_THAT(http.wait(seconds(4)), IsEmpty());
  }
  const Answer answer = answers_in(http.wait(seconds(7))).front();
  EXPECT_EQ(answer.outcome(), "408 invalid_request");
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_TRUE(http.dialogue_->over());
}

TEST(HttpPatienceOfTheDialogue, ABodyHasTheTimeThatItsBytesTake) {
  HttpWorld http;
  http.hall_.request_bytes = 10 * limits::kSlowestBytesPerSecond;
  http.dial();
  const std::string head = request("POST /jobs/email", "Content-Type: application/json\nContent-Length: 655360\n");
  http.say(head + std::string(4 * limits::kSlowestBytesPerSecond, ' '));
  EXPECT_THAT(http.wait(seconds(33)), IsEmpty());
  EXPECT_EQ(answers_in(http.wait(seconds(2))).front().outcome(), "408 invalid_request");
}

TEST(HttpPatienceOfTheDialogue, EachRequestHasItsOwnTime) {
  HttpWorld http;
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(http.say(kPing.substr(0, 10)), IsEmpty());
    EXPECT_THAT(http.wait(seconds(20)), IsEmpty());
    EXPECT_EQ(http.ask(kPing.substr(10)).status, 200);
  }
}

TEST(HttpPatienceOfTheDialogue, TheTimeOfOneBehindAnotherBeginsWhenThatIsThere) {
  HttpWorld http;
  http.say(kPing.substr(0, 10));
  http.wait(seconds(20));
  EXPECT_EQ(http.ask(kPing.substr(10) + kPing.substr(0, 10)).status, 200);
  EXPECT_THAT(http.wait(seconds(29)), IsEmpty());
  EXPECT_EQ(answers_in(http.wait(seconds(1))).front().outcome(), "408 invalid_request");
}

TEST(HttpPatienceOfTheDialogue, AnIdleConnectionGoesWithoutAWord) {
  HttpWorld http;
  http.wait(seconds(74));
  http.say(kPing);
  EXPECT_EQ(http.dialogue_->deadline(), http.clock_.now() + limits::kIdleTime);
  http.wait(seconds(74));
  http.say("\r\n");
  EXPECT_FALSE(http.dialogue_->over());
  EXPECT_THAT(http.wait(seconds(1)), IsEmpty());
  EXPECT_TRUE(http.dialogue_->over());
}

TEST(HttpPatienceOfTheDialogue, WhoWaitsForAnAnswerIsNotLate) {
  HttpWorld http;
  http.held = true;
  http.say(kStats);
  EXPECT_EQ(http.dialogue_->deadline(), std::nullopt);
  http.say(post("/queue/pause", "{}", "Expect: 100-continue\n").substr(0, 100));
  EXPECT_NE(http.dialogue_->deadline(), std::nullopt);
}

TEST(HttpPatienceOfTheDialogue, WhoWaitsToContinueIsNotLate) {
  HttpWorld http;
  http.held = true;
  const std::string whole = post("/queue/pause", "{}", "Expect: 100-continue\n");
  http.say(kStats + whole.substr(0, whole.size() - 2));
  EXPECT_EQ(http.dialogue_->deadline(), std::nullopt);
  http.clock_.advance(seconds(100));
  http.held = false;
  EXPECT_THAT(http.hear(), HasSubstr("100 Continue"));
  EXPECT_EQ(http.dialogue_->deadline(), http.clock_.now() + limits::kRequestTime);
}

TEST(HttpPatienceOfTheDialogue, AClientThatDoesNotReadItsAnswersIsLetGo) {
  HttpWorld http;
  const std::string out = http.say(kPing);
  http.dialogue_->output(out.size());
  EXPECT_THAT(http.wait(seconds(59)), IsEmpty()) << "hear() tells that all was written";
  const std::size_t unread = http.say(kPing).size();
  for (int i = 0; i < 59; ++i) {
    http.clock_.advance(seconds(1));
    http.dialogue_->output(unread);
    http.dialogue_->step(http.clock_.now());
    EXPECT_FALSE(http.dialogue_->gave_up());
  }
  http.clock_.advance(seconds(3));
  EXPECT_LE(*http.dialogue_->deadline(), http.clock_.now());
  http.dialogue_->step(http.clock_.now());
  EXPECT_TRUE(http.dialogue_->gave_up());
}

}  // namespace
}  // namespace jobd::testing
