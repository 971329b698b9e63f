// Whole emails: --from-json and --raw-file. What parts do is in run_test.cpp.
#include "cmd/submit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cmd/exit_code.h"
#include "tests/cmd/run_fixture.h"

namespace jobd::cmd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class SubmitTest : public RunTest {
 protected:
  Outcome submit_json(const std::string& json, std::vector<std::string> options = {}) {
    if (!server_) serve_replies({accepted()});
    options.insert(options.begin(), {"submit-email", "--from-json", folder_.write("email.json", json)});
    return jobctl(options);
  }
};

TEST_F(SubmitTest, AJsonObjectMayHaveAllThatAnEmailHas) {
  const Outcome outcome = submit_json(R"({
    "to": ["a@example.com", {"email": "b@example.com", "name": "Bea"}], "cc": "c@example.com", "subject": "S",
    "body": "B", "html": "<p>H", "headers": {"X-A": "1"}, "envelope_from": "",
    "attachments": [{"filename": "f", "content": "YWJj"}], "expires_at": "2026-03-02T12:00:00Z"})");
  EXPECT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_EQ(outcome.out, std::string(kId) + "\n");
  const SubmitEmail submit = heard(0);
  ASSERT_THAT(submit.email.to, SizeIs(2));
  EXPECT_EQ(submit.email.to[1].name, "Bea");
  EXPECT_EQ(submit.email.attachments.front().content, "abc");
  EXPECT_EQ(submit.envelope_from, "");
  EXPECT_EQ(submit.expires_at, kNoon + std::chrono::hours(24));
  EXPECT_TRUE(JobId::parse(submit.idempotency_key));
}

TEST_F(SubmitTest, AJsonObjectComesFromStandardInputToo) {
  input_ = R"({"to":"a@example.com","body":"x"})";
  serve_replies({accepted()});
  EXPECT_EQ(jobctl({"submit-email", "--from-json", "-"}).code, kDone);
  EXPECT_EQ(heard(0).email.to.front().address, "a@example.com");
}

TEST_F(SubmitTest, TheCommandLineWinsOverTheObject) {
  submit_json(R"({"to":"a@example.com","body":"x","priority":1,"delay":"1h","max_attempts":2,"on_uncertain":"retry",
                  "ttl":"2h","idempotency_key":"object's"})",
              {"--priority", "9", "--delay", "5m", "--max-attempts", "7", "--on-uncertain", "hold", "--ttl", "1h",
               "--idempotency-key", "mine"});
  const SubmitEmail submit = heard(0);
  EXPECT_EQ(submit.priority, 9);
  EXPECT_EQ(submit.delay, minutes(5));
  EXPECT_EQ(submit.max_attempts, 7);
  EXPECT_EQ(submit.on_uncertain, OnUncertain::hold);
  EXPECT_EQ(submit.ttl, minutes(60));
  EXPECT_EQ(submit.idempotency_key, "mine");
}

TEST_F(SubmitTest, WhatTheObjectSaysAloneStays) {
  submit_json(R"({"to":"a@example.com","body":"x","priority":1,"delay":"1h","idempotency_key":"object's"})");
  const SubmitEmail submit = heard(0);
  EXPECT_EQ(submit.priority, 1);
  EXPECT_EQ(submit.delay, minutes(60));
  EXPECT_EQ(submit.idempotency_key, "object's");
}

TEST_F(SubmitTest, ATimeReplacesItsOtherForm) {
  const std::string at = "2026-03-02T12:00:00Z";
  serve_replies({accepted(), accepted()});
  submit_json(R"({"to":"a@example.com","body":"x","scheduled_at":")" + at + R"(","expires_at":")" + at + R"("})",
              {"--delay", "5m", "--ttl", "1h"});
  submit_json(R"({"to":"a@example.com","body":"x","delay":"1h"})", {"--at", at});
  EXPECT_EQ(heard(0).delay, minutes(5));
  EXPECT_FALSE(heard(0).scheduled_at);
  EXPECT_FALSE(heard(0).expires_at);
  EXPECT_FALSE(heard(1).delay);
  EXPECT_EQ(heard(1).scheduled_at, parse_time(at));
}

TEST_F(SubmitTest, TagsAndMetadataAreAdded) {
  submit_json(R"({"to":"a@example.com","body":"x","tags":["a","b"],"metadata":{"k":"1","l":"2"}})",
              {"--tag", "b", "--tag", "c", "--meta", "k=9", "--meta", "m=3"});
  EXPECT_THAT(heard(0).tags, ElementsAre("a", "b", "c"));
  EXPECT_THAT(heard(0).metadata, UnorderedElementsAre(Pair("k", "9"), Pair("l", "2"), Pair("m", "3")));
}

TEST_F(SubmitTest, TagsAndMetadataNeedNoneInTheObject) {
  submit_json(R"({"to":"a@example.com","body":"x","tags":null})", {"--tag", "c", "--meta", "m=3"});
  EXPECT_THAT(heard(0).tags, ElementsAre("c"));
  EXPECT_THAT(heard(0).metadata, UnorderedElementsAre(Pair("m", "3")));
}

TEST_F(SubmitTest, AWrongTypeIsLeftForJobdToRefuse) {
  serve([](const std::string& line, std::size_t) { return encode_reply({}, decode_request(line).request.error()); });
  const Outcome outcome = submit_json(R"({"to":"a@example.com","body":"x","tags":"a"})", {"--tag", "c"});
  EXPECT_EQ(outcome.code, kBadData);
  EXPECT_THAT(outcome.err, HasSubstr("tags must be a list"));
}

TEST_F(SubmitTest, WhatIsNoJsonObjectIsNamed) {
  EXPECT_THAT(submit_json("{\"to\":}").err, AllOf(HasSubstr("email.json: "), HasSubstr("at byte 7")));
  const Outcome outcome = submit_json("[]");
  EXPECT_EQ(outcome.code, kBadData);
  EXPECT_THAT(outcome.err, HasSubstr("email.json: an email is a JSON object"));
  EXPECT_EQ(submit_json(R"({"to":"a","to":"b"})").code, kBadData);
  EXPECT_EQ(jobctl({"submit-email", "--from-json", folder_.file("gone")}).code, kNoInput);
}

TEST_F(SubmitTest, DoubtNamesTheKeyOfTheObject) {
  serve_replies({});
  const Outcome outcome = submit_json(R"({"to":"a@example.com","body":"x","idempotency_key":"object's"})");
  EXPECT_EQ(outcome.code, kUnavailable);
  EXPECT_THAT(outcome.err, HasSubstr("--idempotency-key object's"));
}

TEST_F(SubmitTest, DoubtOutlastsARefusalOfTheRepetition) {
  for (const Code code : {Code::draining, Code::busy, Code::storage_full}) {
    serve_replies({std::nullopt, refused(code, "not now")});
    const Outcome outcome = submit({"--body", "x"});
    EXPECT_EQ(outcome.code, kUnavailable);
    ASSERT_THAT(server_->lines(), SizeIs(2));
    EXPECT_EQ(heard(1).idempotency_key, heard(0).idempotency_key);
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("not now"), HasSubstr("--idempotency-key " + heard(0).idempotency_key)));
    server_.reset();
    std::filesystem::remove(socket());
  }
}

TEST_F(SubmitTest, AnAcceptedAnswerThatIsNotUnderstoodNamesTheKey) {
  serve_replies({R"({"status":202,"result":{"name":"no job"}})"});
  const Outcome outcome = submit({"--body", "x"});
  EXPECT_EQ(outcome.code, kSoftware);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("cannot be understood"), HasSubstr("--idempotency-key " + heard(0).idempotency_key)));
}

TEST_F(SubmitTest, AJobWhoseIdCannotBeWrittenIsToldOnStandardError) {
  for (const char* how : {"--tag=t", "--json", "--wait"}) {
    serve_replies({accepted(), told(JobStatus::completed)});
    std::istringstream in;
    std::ofstream out("/dev/full");
    std::ostringstream err;
    Console console{in, false, out, err};
    EXPECT_EQ(run({"--socket", socket(), "submit-email", "--to", "user@example.com", "--body", "x", how}, console,
                  outside_, SteppingClock(), 42),
              kOutput);
    EXPECT_THAT(err.str(),
                AllOf(HasSubstr(std::string("job ") + kId + " was accepted"), HasSubstr("cannot write the output")));
    server_.reset();
    std::filesystem::remove(socket());
  }
}

TEST_F(SubmitTest, AWholeMessageMayBeAnyBytes) {
  const std::string message = "From: a@example.com\r\nTo: b@example.com\r\nSubject: caf\xe9\r\n\r\ncaf\xe9\r\n";
  serve_replies({accepted(), accepted()});
  const Outcome outcome = jobctl({"submit-email", "--raw-file", folder_.write("m.eml", message)});
  EXPECT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_EQ(heard(0).email.raw, message);
  EXPECT_EQ(heard(0).email.to.front().address, "b@example.com");
  input_ = message;
  jobctl({"submit-email", "--raw-file", "-", "--to", "other@example.com", "--tag", "t"});
  EXPECT_EQ(heard(1).email.raw, message);
  EXPECT_EQ(heard(1).email.to.front().address, "other@example.com");
  EXPECT_THAT(heard(1).tags, ElementsAre("t"));
}

}  // namespace
}  // namespace jobd::cmd
