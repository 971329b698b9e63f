// What the operations say in HTTP's own words: Location, ETag, Link, Prefer, Idempotency-Key, Accept.
#include "daemon/net/http_body.h"
#include "tests/net/http_world.h"

namespace jobd::testing {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(HttpOperations, EachOfTheTableHasItsRoute) {
  for (const Operation& operation : operations()) {
    if (operation.http_method.empty()) continue;
    HttpWorld http;
    std::string path(operation.http_path);
    if (const std::size_t id = path.find("{id}"); id != std::string::npos) path.replace(id, 4, http.submit());
    const Answer answer = http.ask(request(std::string(operation.http_method) + " " + path));
    EXPECT_NE(answer.status, 0) << operation.name;
    EXPECT_NE(answer.status, 405) << operation.name;
    EXPECT_NE(answer.text("code"), "unknown_operation") << operation.name;
  }
}

TEST(HttpOperations, ASubmitTellsWhereItsJobIs) {
  HttpWorld http;
  const Answer submitted = http.ask(post("/jobs/email", kMail));
  EXPECT_EQ(submitted.status, 202);
  EXPECT_EQ(submitted.field("Content-Type"), "application/json");
  EXPECT_EQ(submitted.field("Location"), "/jobs/" + submitted.text("id"));
  const Answer job = http.ask(request("GET " + submitted.field("Location")));
  EXPECT_EQ(job.text("id"), submitted.text("id"));
}

TEST(HttpOperations, ARepeatedSubmitTellsWhereItsJobIsToo) {
  const Submitted repeated{Job{}, true};
  const std::string out = http_response(Result<Response>(repeated), HttpForm{}, "now");
  EXPECT_THAT(out, StartsWith("HTTP/1.1 200 OK\r\nDate: now\r\n"));
  EXPECT_THAT(out, HasSubstr("\r\nLocation: /jobs/" + repeated.job.id.text() + "\r\n"));
}

TEST(HttpOperations, DeletingAnswersWithoutABody) {
  HttpWorld http;
  http.pause();
  const std::string job = "/jobs/" + http.submit();
  EXPECT_EQ(http.ask(request("DELETE " + job)).outcome(), "409 conflict");
  EXPECT_EQ(http.ask(request("POST " + job + "/cancel")).text("status"), "cancelled");
  const Answer deleted = http.ask(request("DELETE " + job));
  EXPECT_EQ(deleted.status, 204);
  EXPECT_EQ(deleted.field("Content-Length"), "none");
  EXPECT_EQ(deleted.field("Content-Type"), "none");
  const Answer gone = http.ask(request("GET " + job));
  EXPECT_EQ(gone.outcome(), "404 not_found");
  EXPECT_EQ(gone.field("Cache-Control"), "no-store");
}

TEST(HttpOperations, AnErrorThatPassesTellsWhenToTryAgain) {
  HttpWorld http;
  http.desk_.full = true;
  const Answer busy = http.ask(post("/jobs/email", kMail));
  EXPECT_EQ(busy.outcome(), "503 busy");
  EXPECT_EQ(busy.field("Retry-After"), "1");
  EXPECT_EQ(busy.field("Connection"), "none");
}

TEST(HttpOperations, AnUnchangedJobIsNotSentAgain) {
  HttpWorld http;
  http.pause();
  const std::string job = "/jobs/" + http.submit();
  const Answer whole = http.ask(request("GET " + job));
  const std::string tag = whole.field("ETag");
  EXPECT_THAT(tag, ::testing::MatchesRegex("\"[0-9a-f]{16}\""));
  EXPECT_EQ(whole.field("Cache-Control"), "private, no-cache") << "a browser asks with its tag";
  for (const std::string& known : {tag, "W/" + tag, "\"a,b\" , " + tag, std::string("*")}) {
    const Answer same = http.ask(request("GET " + job, "If-None-Match: " + known + "\n"));
    EXPECT_EQ(same.status, 304) << known;
    EXPECT_EQ(same.field("ETag"), tag);
    EXPECT_EQ(same.field("Cache-Control"), "private, no-cache");
    EXPECT_EQ(same.field("Content-Length"), "none");
  }
  EXPECT_EQ(http.ask(request("GET " + job, "If-None-Match: \"x\"\nIf-None-Match: " + tag + "\n")).status, 304);
  EXPECT_EQ(http.ask(request("HEAD " + job, "If-None-Match: " + tag + "\n")).status, 304);
  EXPECT_EQ(http.ask(request("GET " + job, "If-None-Match: \"x\", y\n")).status, 200);

  http.clock_.advance(seconds(1));
  http.ask(request("POST " + job + "/cancel"));
  const Answer changed = http.ask(request("GET " + job, "If-None-Match: " + tag + "\n"));
  EXPECT_EQ(changed.status, 200);
  EXPECT_NE(changed.field("ETag"), tag);
  EXPECT_EQ(http.ask(request("GET /healthz", "If-None-Match: *\n")).status, 200);
}

TEST(HttpOperations, APageLinksToTheNext) {
  HttpWorld http;
  http.pause();
  for (int i = 0; i < 3; ++i) http.submit(R"({"to":"a@x.org","tags":["a b>"]})");
  Answer page = http.ask(request("GET /jobs?limit=2&tag=a+b%3E"));
  const std::string link = page.field("Link");
  EXPECT_EQ(link, "</jobs?limit=2&tag=a%20b%3E&cursor=" + page.text("next_cursor") + ">; rel=\"next\"");
  page = http.ask(request("GET " + link.substr(1, link.find('>') - 1)));
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.field("Link"), "none");
  EXPECT_THAT(page.body, HasSubstr(R"("next_cursor":null)"));
}

TEST(HttpOperations, PreferWaitWaits) {
  HttpWorld http;
  http.pause();
  const std::string get = "GET /jobs/" + http.submit();
  EXPECT_THAT(http.say(request(get, "Prefer: respond-async; a=\"b,c\", WAIT = \"30\" ; x, wait=1\n")), IsEmpty());
  EXPECT_THAT(http.wait(seconds(29)), IsEmpty());
  const Answer answer = answers_in(http.wait(seconds(1))).front();
  EXPECT_EQ(answer.text("status"), "pending");
  EXPECT_EQ(answer.field("Preference-Applied"), "wait=30");
  EXPECT_NE(answer.field("ETag"), "none");
}

TEST(HttpOperations, AWaitIsBoundedAndTheQuerySaysMore) {
  HttpWorld http;
  http.pause();
  const std::string get = "GET /jobs/" + http.submit();
  EXPECT_THAT(http.say(request(get, "Prefer: wait=100000\n")), IsEmpty());
  EXPECT_EQ(answers_in(http.wait(limits::kWaitMax)).front().field("Preference-Applied"), "wait=60");
  EXPECT_THAT(http.say(request(get + "?wait=2s", "Prefer: wait=30\n")), IsEmpty());
  EXPECT_EQ(answers_in(http.wait(seconds(2))).front().field("Preference-Applied"), "none");
  for (const std::string prefer : {"wait=soon", "wait=-1", "wait", "waits=30", "wait=99999999999999999999"}) {
    EXPECT_EQ(http.ask(request(get, "Prefer: " + prefer + "\n")).field("Preference-Applied"), "none") << prefer;
  }
}

TEST(HttpOperations, ABatchIsAnsweredAsAskedFor) {
  const std::string batch = post("/jobs/email/batch", R"({"emails":[{"to":"a@x.org"},{"to":"a"}]})");
  const auto asked = [&](std::string_view accept) {
    HttpWorld http;
    const std::size_t type = batch.find("Content-Type");
    return http.ask(batch.substr(0, type) + "Accept: " + std::string(accept) + "\r\n" + batch.substr(type));
  };
  for (const std::string_view lines : {"application/x-ndjson", "Application/X-NDJSON; q=0.5, */*",
                                       "application/json;q=0.4, application/x-ndjson;q=0.5"}) {
    const Answer answer = asked(lines);
    EXPECT_EQ(answer.field("Content-Type"), "application/x-ndjson") << lines;
    EXPECT_THAT(lines_of(answer.body), ::testing::ElementsAre(StartsWith(R"({"status":202,"result":{)"),
                                                              HasSubstr(R"("field":"emails[1].to")")));
  }
  for (const std::string_view json : {"*/*", "application/json, application/x-ndjson", "application/x-ndjson;q=0",
                                      "application/x-ndjson;q=x", "text/html"}) {
    const Answer answer = asked(json);
    EXPECT_EQ(answer.field("Content-Type"), "application/json") << json;
    EXPECT_THAT(answer.body, StartsWith(R"({"items":[{"status":202,)"));
  }
}

TEST(HttpOperations, ReadinessSaysWhyNot) {
  HttpWorld http;
  EXPECT_EQ(http.ask(request("GET /readyz")).body, R"({"ready":true})");
  http.service_.drain();
  const Answer answer = http.ask(request("GET /readyz"));
  EXPECT_EQ(answer.outcome(), "503 draining");
  EXPECT_EQ(http.ask(request("GET /healthz")).status, 200);
}

TEST(HttpOperations, TheDocumentIsThere) {
  HttpWorld http;
  const Answer answer = http.ask(request("GET /openapi.json"));
  EXPECT_EQ(answer.field("Content-Type"), "application/json");
  EXPECT_THAT(answer.body, StartsWith(R"({"openapi":"3.1)"));
}

TEST(HttpOperations, NothingIsSaidToOtherOriginsNorOfTheServer) {
  HttpWorld http;
  const Answer answer =
      http.ask(request("OPTIONS /jobs/email", "Origin: http://box\nAccess-Control-Request-Method: POST\n"));
  EXPECT_EQ(answer.status, 204);
  EXPECT_THAT(answer.head, Not(HasSubstr("Access-Control")));
  EXPECT_THAT(answer.head, Not(HasSubstr("Server:")));
}

TEST(HttpOperations, OnTheUnixSocketAnyHostMayBeNamed) {
  HttpWorld http("uid:1");
  http.rule_ = {true, {}};
  EXPECT_EQ(http.ask(crlf("GET /healthz HTTP/1.1\nHost: anything\n\n")).status, 200);
  EXPECT_EQ(http.ask(crlf("GET /healthz HTTP/1.1\nHost:\n\n")).status, 200);
  EXPECT_EQ(http.ask(crlf("GET /healthz HTTP/1.1\nHost: a\nOrigin: http://b\n\n")).outcome(), "403 forbidden");
  EXPECT_EQ(http.ask(crlf("GET /healthz HTTP/1.1\nHost: a\nOrigin: https://a\n\n")).status, 200);
  EXPECT_EQ(http.ask(request("GET /healthz", "Sec-Fetch-Site: cross-site\n")).outcome(), "403 forbidden");
  EXPECT_EQ(http.ask(post("/jobs/email", kMail)).text("submitted_by"), "uid:1");
  EXPECT_EQ(http.ask(crlf("GET /healthz HTTP/1.0\n\n")).status, 200);
}

class DecodedSubmit {
 public:
  explicit DecodedSubmit(const std::string& fields, std::string_view body = R"({"to":"a@x.org"})") {
    const std::string head = request("POST /jobs/email", "Content-Type: application/json\n" + fields);
    HttpParser parser(1000);
    EXPECT_FALSE(parser.parse_head(head));
    HttpRead read = read_head(parser.head(), {true, {}}, 1000);
    EXPECT_FALSE(read.error);
    submit_ = std::get<SubmitEmail>(*decode_body(std::move(read.request), body, {}));
  }
  const std::string& traceparent() const { return submit_.traceparent; }
  const std::string& key() const { return submit_.idempotency_key; }

 private:
  SubmitEmail submit_;
};

TEST(HttpOperations, AKeyIsTheSameHoweverItIsGiven) {
  const std::string key = R"(a "key" \)";
  EXPECT_EQ(DecodedSubmit("Idempotency-Key:  " + key + " \n").key(), key);
  EXPECT_EQ(DecodedSubmit(R"(idempotency-key: "a \"key\" \\")" + std::string("\n")).key(), key);
  EXPECT_EQ(DecodedSubmit("", R"({"to":"a@x.org","idempotency_key":"a \"key\" \\"})").key(), key);
  EXPECT_EQ(DecodedSubmit("").key(), "");
}

TEST(HttpOperations, AValidTraceparentGoesWithTheEmail) {
  const std::string valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(DecodedSubmit("Traceparent: " + valid + "\n").traceparent(), valid);
  const std::string other = "00-11111111111111111111111111111111-1111111111111111-00";
  EXPECT_EQ(
      DecodedSubmit("traceparent: " + valid + "\n", R"({"to":"a@x.org","traceparent":")" + other + "\"}").traceparent(),
      other);
}

TEST(HttpOperations, ABadTraceparentIsNone) {
  for (const std::string bad : {"", "00", "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
                                "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}) {
    EXPECT_EQ(DecodedSubmit("traceparent: " + bad + "\n").traceparent(), "") << bad;
  }
  const std::string valid = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n";
  EXPECT_EQ(DecodedSubmit(valid + valid).traceparent(), "");
}

}  // namespace
}  // namespace jobd::testing
