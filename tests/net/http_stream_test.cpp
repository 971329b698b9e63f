// Server-sent events.
#include "tests/net/http_world.h"

namespace jobd::testing {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\n"
    "Connection: close\r\n"
    "Date: Sun, 01 Mar 2026 12:00:00 GMT\r\n"
    "Cache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Content-Type: text/event-stream\r\n"
    "X-Accel-Buffering: no\r\n";

// The bytes of chunks joined; a last one counts as its own text.
std::string joined(std::string_view chunks) {
  std::string out;
  while (!chunks.empty()) {
    const std::size_t size = std::stoul(std::string(chunks.substr(0, chunks.find('\r'))), nullptr, 16);
    chunks.remove_prefix(chunks.find('\n') + 1);
    out += size == 0 ? "(end)" : chunks.substr(0, size);
    chunks.remove_prefix(size + 2);
  }
  return out;
}

// A watcher's connection, and another one that changes jobs.
class HttpStreamTest : public ::testing::Test {
 protected:
  HttpStreamTest() { http_.pause(); }

  std::string watch(std::string_view path, std::string_view fields = "") {
    http_.dial();
    watcher_ = http_.dialogue_;
    const std::string out = http_.say(request("GET " + std::string(path), fields));
    http_.dial();
    return out;
  }
  std::string hear(std::size_t unwritten = 0) { return watcher_->output(unwritten); }
  // The number of an event's text.
  static std::string seq_of(const std::string& text) { return text.substr(4, text.find('\n') - 4); }

  HttpWorld http_;
  std::shared_ptr<Dialogue> watcher_;
};

TEST_F(HttpStreamTest, TheHeadComesAtOnce) {
  const std::string out = watch("/events");
  const std::string head = std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\n";
  ASSERT_THAT(out, StartsWith(head));
  EXPECT_THAT(joined(out.substr(head.size())), ::testing::MatchesRegex("id: [0-9]+\nretry: 2000\n\n"));
  EXPECT_FALSE(watcher_->over());
  EXPECT_EQ(watcher_->deadline(), std::nullopt) << "silence is no fault of the client's";
}

TEST_F(HttpStreamTest, EachChangeIsAnEvent) {
  watch("/events");
  const std::string id = http_.submit();
  const std::string event = joined(hear());
  EXPECT_EQ(event,
            "id: " + seq_of(event) + "\nevent: job\ndata: " + http_.ask(request("GET /jobs/" + id)).body + "\n\n");
  http_.ask(request("POST /jobs/" + id + "/cancel"));
  EXPECT_THAT(joined(hear()), HasSubstr(R"("status":"cancelled")"));
}

TEST_F(HttpStreamTest, OfOneJobOnly) {
  const std::string id = http_.submit();
  watch("/events?job=" + id);
  http_.submit();
  EXPECT_THAT(hear(), IsEmpty());
  http_.ask(request("POST /jobs/" + id + "/cancel"));
  EXPECT_THAT(joined(hear()), HasSubstr(id));
}

TEST_F(HttpStreamTest, ALostConnectionGoesOnWhereItWas) {
  watch("/events");
  http_.submit();
  const std::string seen = seq_of(joined(hear()));
  watcher_->abandon();
  const std::string missed = http_.submit();
  const std::string head = watch("/events?after=1", "Last-Event-ID: " + seen + "\n");
  EXPECT_THAT(head, HasSubstr(missed)) << "the header says more than the query";
  EXPECT_THAT(head, Not(HasSubstr("event: reset")));
}

TEST_F(HttpStreamTest, OneLostBeforeItsFirstEventGoesOnWhereItBegan) {
  const std::string out = watch("/events");
  const std::string begun_at = seq_of(out.substr(out.find("id: ")));
  watcher_->abandon();
  const std::string missed = http_.submit();
  const std::string resumed = watch("/events", "Last-Event-ID: " + begun_at + "\n");
  EXPECT_THAT(resumed, HasSubstr(missed));
  EXPECT_THAT(resumed, Not(HasSubstr("event: reset")));
}

TEST_F(HttpStreamTest, WhatIsGoneIsAReset) {
  watch("/events");
  http_.submit();
  const std::string out = watch("/events?after=1");
  EXPECT_THAT(out, HasSubstr("\nevent: reset\ndata: {}\n\n"));
  EXPECT_LT(out.find("retry: 2000"), out.find("id: ")) << "no newer number comes before the reset";
}

TEST_F(HttpStreamTest, AWatcherThatDoesNotReadHasNoQueue) {
  watch("/events");
  http_.submit();
  EXPECT_THAT(hear(limits::kWatchUnwrittenBytes), IsEmpty());
  EXPECT_THAT(joined(hear(1000)), HasSubstr("event: job"));
}

TEST_F(HttpStreamTest, FinishEndsIt) {
  watch("/events");
  http_.submit();
  hear();
  watcher_->finish();
  EXPECT_EQ(hear(), "0\r\n\r\n");
  EXPECT_TRUE(watcher_->over());
}

TEST_F(HttpStreamTest, FinishEndsOneThatHasNotBegun) {
  http_.held = true;
  http_.say(request("GET /stats") + request("GET /events"));
  http_.dialogue_->finish();
  http_.held = false;
  EXPECT_THAT(http_.hear(), ::testing::EndsWith("\nretry: 2000\n\n\r\n0\r\n\r\n"));
  EXPECT_TRUE(http_.dialogue_->over());
}

TEST_F(HttpStreamTest, ItWaitsForTheAnswersBeforeIt) {
  http_.held = true;
  EXPECT_THAT(http_.say(request("GET /stats") + request("GET /events")), IsEmpty());
  http_.held = false;
  const std::string out = http_.hear();
  EXPECT_LT(out.find("\"store\""), out.find("text/event-stream"));
}

TEST_F(HttpStreamTest, NoRequestIsTakenAfterIt) {
  watch("/events");
  EXPECT_TRUE(watcher_->wants_input()) << "so that its end is seen";
  const std::string more = request("GET /healthz");
  std::ranges::copy(more, watcher_->room(more.size()).begin());
  watcher_->received(more.size());
  EXPECT_THAT(hear(), IsEmpty());
  EXPECT_FALSE(watcher_->over());
}

TEST_F(HttpStreamTest, ASilentClientIsKnockedAtWhenItSendsNothingMore) {
  watch("/events");
  watcher_->input_ended();
  EXPECT_EQ(joined(hear()), ":\n\n");
  EXPECT_FALSE(watcher_->wants_input());
  EXPECT_FALSE(watcher_->over());
  http_.submit();
  EXPECT_THAT(joined(hear()), HasSubstr("event: job"));
}

TEST_F(HttpStreamTest, Http10HasItWithoutChunks) {
  http_.dial();
  const std::string out = http_.say(crlf("GET /events HTTP/1.0\nHost: box\nConnection: keep-alive\n\n"));
  EXPECT_THAT(out, StartsWith(std::string(kHead) + "\r\nid: "));
  EXPECT_THAT(out, ::testing::EndsWith("\nretry: 2000\n\n"));
  const auto watcher = http_.dialogue_;
  http_.dial();
  http_.submit();
  EXPECT_THAT(watcher->output(0), StartsWith("id: "));
  watcher->finish();
  EXPECT_THAT(watcher->output(0), IsEmpty());
  EXPECT_TRUE(watcher->over());
}

TEST_F(HttpStreamTest, HeadGivesItsHeadAndGoesOn) {
  EXPECT_EQ(http_.say(request("HEAD /events")),
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 01 Mar 2026 12:00:00 GMT\r\n"
            "Cache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "Content-Type: text/event-stream\r\n"
            "X-Accel-Buffering: no\r\n"
            "Transfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(http_.ask(request("GET /healthz")).status, 200);
}

}  // namespace
}  // namespace jobd::testing
