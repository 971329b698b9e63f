#include "shared/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shared/json.h"
#include "shared/operations.h"

namespace jobd {
namespace {

constexpr const char* kId = "019535d9-3df7-79fb-b466-fa907fa17f9e";

Result<Request> params(const std::string& op, const std::string& json) {
  return decode_request(R"({"id":1,"op":")" + op + R"(","params":)" + json + "}").request;
}

Result<SubmitEmail> submit(const std::string& json) {
  Result<Request> request = params("submit_email", json);
  if (!request) return std::move(request).error();
  return std::get<SubmitEmail>(*std::move(request));
}

TEST(Codec, TheSeedsExampleIsEnough) {
  const auto mail = submit(R"({"to":"user@email.com","subject":"Hello","body":"Test email"})");
  ASSERT_TRUE(mail) << mail.error().message;
  EXPECT_EQ(mail->email.to, (std::vector<Mailbox>{{"", "user@email.com"}}));
  EXPECT_EQ(mail->email.subject, "Hello");
  EXPECT_EQ(mail->email.text, "Test email");
}

TEST(Codec, AddressesComeInThreeForms) {
  const auto mail = submit(R"({"to":["a@x.org","Bea <b@x.org>",{"email":"c@x.org","name":"Zoë, C."}],"cc":null})");
  ASSERT_TRUE(mail) << mail.error().message;
  EXPECT_EQ(mail->email.to, (std::vector<Mailbox>{{"", "a@x.org"}, {"Bea", "b@x.org"}, {"Zoë, C.", "c@x.org"}}));
}

TEST(Codec, EveryParameterIsUnderstood) {
  const auto mail =
      submit(R"({"to":"a@x.org","from":"A <f@x.org>","cc":"c@x.org","bcc":["d@x.org"],"reply_to":"r@x.org",
    "subject":"s","text":"t","html":"<p>h","headers":{"X-Shop":"1","List-Id":"<l>"},
    "attachments":[{"filename":"a.txt","content":"aGVs\nbG8=","content_type":"text/plain; charset=utf-8","content_id":"i1"}],
    "tags":["t1"],"metadata":{"order":"7"},"priority":9,"delay":"15m","ttl":"1h","max_attempts":5,
    "idempotency_key":"k","on_uncertain":"hold","envelope_from":"",
    "traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"})");
  ASSERT_TRUE(mail) << mail.error().message;
  EXPECT_EQ(mail->email.attachments.front().content, "hello");
  EXPECT_EQ(mail->email.headers.size(), 2U);
  EXPECT_EQ(mail->delay, std::chrono::minutes(15));
  EXPECT_EQ(mail->ttl, std::chrono::hours(1));
  EXPECT_EQ(mail->on_uncertain, OnUncertain::hold);
  EXPECT_EQ(mail->envelope_from, "");
  EXPECT_EQ(mail->priority, 9);
  EXPECT_EQ(mail->max_attempts, 5);
}

TEST(Codec, ARawMessageNamesItsRecipientsItself) {
  const auto mail = submit(
      R"({"raw":"From: App <app@x.org>\r\nTo: a@x.org,\r\n \"B, b\" <b@x.org>\r\nBcc: c@x.org\r\nSubject: Hi\r\n\r\nbody"})");
  ASSERT_TRUE(mail) << mail.error().message;
  EXPECT_EQ(mail->email.to, (std::vector<Mailbox>{{"", "a@x.org"}, {"B, b", "b@x.org"}}));
  EXPECT_EQ(mail->email.bcc, (std::vector<Mailbox>{{"", "c@x.org"}}));
  EXPECT_EQ(mail->email.from, (Mailbox{"App", "app@x.org"}));
  EXPECT_EQ(mail->email.subject, "Hi");
  const auto given = submit(R"({"to":"z@x.org","raw_base64":"U3ViamVjdDogSGkKVG86IGFAeC5vcmcKCmJvZHk="})");
  ASSERT_TRUE(given) << given.error().message;
  EXPECT_EQ(given->email.to, (std::vector<Mailbox>{{"", "z@x.org"}})) << "to wins";
}

struct Bad {
  std::string params;
  Code code;
  std::string field;
};

class BadSubmit : public ::testing::TestWithParam<Bad> {};

TEST_P(BadSubmit, IsRefusedByName) {
  const auto mail = submit(GetParam().params);
  ASSERT_FALSE(mail) << GetParam().params;
  EXPECT_EQ(row(mail.error().code).name, row(GetParam().code).name) << mail.error().message;
  EXPECT_EQ(mail.error().field, GetParam().field) << mail.error().message;
}

std::string mail_with(const std::string& more) {
  return R"({"to":"a@x.org",)" + more + "}";
}

INSTANTIATE_TEST_SUITE_P(
    Fields, BadSubmit,
    ::testing::Values(
        Bad{R"({})", Code::missing_field, "to"}, Bad{R"({"to":[]})", Code::missing_field, "to"},
        Bad{R"({"to":7})", Code::invalid_field, "to"}, Bad{R"({"to":["a@x.org","b"]})", Code::invalid_field, "to[1]"},
        Bad{R"({"to":{"email":"b@@x.org"}})", Code::invalid_field, "to.email"},
        Bad{R"({"to":[{"name":"x"}]})", Code::missing_field, "to[0].email"},
        Bad{R"({"to":[{"email":"a@x.org","nam":"x"}]})", Code::unknown_field, "to[0].nam"},
        Bad{mail_with(R"("subjct":"x")"), Code::unknown_field, "subjct"},
        Bad{mail_with(R"("subject":"a\r\nBcc: v@x.org")"), Code::invalid_field, "subject"},
        Bad{mail_with(R"("subject":["a"])"), Code::invalid_field, "subject"},
        Bad{mail_with(R"("from":"A\u0000 <a@x.org>")"), Code::invalid_field, "from"},
        Bad{mail_with(R"("body":"a","text":"b")"), Code::invalid_field, "body"},
        Bad{mail_with(R"("body":"a\u0000b")"), Code::invalid_field, "body"},
        Bad{mail_with(R"("headers":{"Date":"now"})"), Code::invalid_field, "headers.Date"},
        Bad{mail_with(R"("headers":{"content-TYPE":"x"})"), Code::invalid_field, "headers.content-TYPE"},
        Bad{mail_with(R"("headers":{"X-A: b\r\nBcc":"x"})"), Code::invalid_field, "headers"},
        Bad{mail_with(R"("headers":{"X-A":"b\nc"})"), Code::invalid_field, "headers.X-A"},
        Bad{mail_with(R"("headers":{"X-A":1})"), Code::invalid_field, "headers.X-A"},
        Bad{mail_with(R"("attachments":[{"filename":"a","content":"%%%"}])"), Code::invalid_field,
            "attachments[0].content"},
        Bad{mail_with(R"("attachments":[{"filename":"a/b","content":""}])"), Code::invalid_field,
            "attachments[0].filename"},
        Bad{mail_with(R"("attachments":[{"content":""}])"), Code::missing_field, "attachments[0].filename"},
        Bad{mail_with(R"("attachments":[{"filename":"a","content":"","content_type":"text"}])"), Code::invalid_field,
            "attachments[0].content_type"},
        Bad{mail_with(R"("attachments":{})"), Code::invalid_field, "attachments"},
        Bad{mail_with(R"("raw":"To: a@x.org\n\nx","subject":"s")"), Code::invalid_field, "raw"},
        Bad{mail_with(R"("raw":"no header here")"), Code::invalid_field, "raw"},
        Bad{mail_with(R"("tags":"t")"), Code::invalid_field, "tags"},
        Bad{mail_with(R"("tags":["ok",""])"), Code::invalid_field, "tags[1]"},
        Bad{mail_with(R"("metadata":{"a":1})"), Code::invalid_field, "metadata.a"},
        Bad{mail_with(R"("priority":10)"), Code::invalid_field, "priority"},
        Bad{mail_with(R"("priority":18446744073709551615)"), Code::invalid_field, "priority"},
        Bad{mail_with(R"("priority":5.0)"), Code::invalid_field, "priority"},
        Bad{mail_with(R"("max_attempts":0)"), Code::invalid_field, "max_attempts"},
        Bad{mail_with(R"("delay":"soon")"), Code::invalid_field, "delay"},
        Bad{mail_with(R"("delay":"1m","scheduled_at":"2026-01-01T00:00:00Z")"), Code::invalid_field, "delay"},
        Bad{mail_with(R"("scheduled_at":"tomorrow")"), Code::invalid_field, "scheduled_at"},
        Bad{mail_with(R"("ttl":"0s")"), Code::invalid_field, "ttl"},
        Bad{mail_with(R"("ttl":"1h","expires_at":"2027-01-01T00:00:00Z")"), Code::invalid_field, "ttl"},
        Bad{mail_with(R"("idempotency_key":"")"), Code::invalid_field, "idempotency_key"},
        Bad{mail_with(R"("on_uncertain":"maybe")"), Code::invalid_field, "on_uncertain"},
        Bad{mail_with(R"("envelope_from":"x")"), Code::invalid_field, "envelope_from"},
        Bad{mail_with(R"("traceparent":"00-x")"), Code::invalid_field, "traceparent"},
        Bad{mail_with(R"("traceparent":"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")"),
            Code::invalid_field, "traceparent"}));

TEST(Codec, LimitsOfContentAndRecipients) {
  const CodecLimits small{.content_bytes = 10, .recipients = 2};
  const auto decode = [&](const std::string& text) {
    return decode_request(R"({"op":"submit_email","params":)" + text + "}", small).request.error();
  };
  EXPECT_EQ(decode(R"({"to":"a@x.org","body":"12345678901"})").code, Code::too_large);
  EXPECT_EQ(decode(R"({"to":["a@x.org","b@x.org","c@x.org"]})").field, "to");
  EXPECT_EQ(decode(R"({"to":["a@x.org","b@x.org"],"bcc":"c@x.org"})").field, "to");
}

TEST(Codec, LinesThatAreNoRequest) {
  const auto refused = [](std::string_view line) { return decode_request(line).request.error(); };
  EXPECT_EQ(refused("hello").code, Code::invalid_json);
  EXPECT_EQ(refused("[1]").code, Code::invalid_json);
  EXPECT_EQ(refused(R"({"op":"ping")").code, Code::invalid_json);
  EXPECT_EQ(refused("{\"op\":\"\xff\"}").code, Code::invalid_json);
  EXPECT_EQ(refused(R"({"op":"\ud800"})").code, Code::invalid_json);
  EXPECT_EQ(refused(R"({"op":"ping","op":"ping"})").code, Code::invalid_json);
  EXPECT_EQ(refused(std::string(100000, '[')).code, Code::invalid_json);
  EXPECT_EQ(refused(R"({})").field, "op");
  EXPECT_EQ(refused(R"({"op":1})").field, "op");
  EXPECT_EQ(refused(R"({"op":"explode"})").code, Code::unknown_operation);
  EXPECT_EQ(refused(R"({"op":"ping","params":[]})").code, Code::invalid_field);
  EXPECT_EQ(refused(R"({"op":"ping","params":{"x":1}})").code, Code::unknown_field);
  EXPECT_EQ(refused(R"({"id":1.5,"op":"ping"})").field, "id");
  EXPECT_EQ(refused(R"({"op":"get_job","params":{}})").code, Code::missing_field);
  EXPECT_EQ(refused(R"({"op":"get_job","params":{"id":"7"}})").field, "id");
}

TEST(Codec, KeysBesideIdOpAndParamsAreIgnored) {
  EXPECT_TRUE(decode_request(R"({"op":"ping","trace":{"a":[1]}})").request);
}

TEST(Codec, AWaitNeedsAnIdAndIsBounded) {
  const std::string get = R"("op":"get_job","params":{"id":")" + std::string(kId) + R"(","wait":"5m"}})";
  EXPECT_EQ(decode_request("{" + get).request.error().field, "id");
  const auto request = decode_request(R"({"id":"a",)" + get);
  ASSERT_TRUE(request.request);
  EXPECT_EQ(std::get<GetJob>(*request.request).wait, std::chrono::seconds(60));
}

TEST(Codec, TheIdIsEchoedEvenWithAnError) {
  const RequestLine text = decode_request(R"({"id":"x\"y","op":"nope"})");
  EXPECT_EQ(encode_reply(text.id, text.request.error()).substr(0, 24), R"({"id":"x\"y","status":40)");
  const RequestLine number = decode_request(R"({"id":-9223372036854775808,"op":"nope"})");
  EXPECT_THAT(encode_reply(number.id, number.request.error()), ::testing::HasSubstr("-9223372036854775808"));
}

TEST(Codec, ABadItemStandsInItsBatch) {
  const auto request = params("submit_emails", R"({"emails":[{"to":"a@x.org"},{"to":"b@x.org","x":1},7]})");
  ASSERT_TRUE(request) << request.error().message;
  const auto& emails = std::get<SubmitEmails>(*request).emails;
  ASSERT_EQ(emails.size(), 3U);
  EXPECT_TRUE(emails[0]);
  EXPECT_EQ(emails[1].error().field, "emails[1].x");
  EXPECT_EQ(emails[2].error().field, "emails[2]");
}

TEST(Codec, EveryRequestReadsBackAsItWasWritten) {
  SubmitEmail mail =
      *submit(R"({"to":["a@x.org",{"email":"b@x.org","name":"B"}],"subject":"ü","body":"b","metadata":{"k":"v"},
    "attachments":[{"filename":"f","content":"AAE=","content_id":"c"}],"priority":0,"ttl":"90s","idempotency_key":"k","on_uncertain":"retry"})");
  const JobId id = *JobId::parse(kId);
  ListJobs list;
  list.filter.status = JobStatus::held;
  list.filter.tag = "t";
  list.cursor = "7";
  const std::vector<Request> requests{mail,
                                      SubmitEmails{{mail}},
                                      GetJob{id, std::chrono::seconds(5), true},
                                      list,
                                      CancelJob{id},
                                      RetryJob{id, std::chrono::hours(1)},
                                      CancelJobs{list.filter, std::nullopt},
                                      RetryJobs{list.filter, 7, std::chrono::hours(1)},
                                      DeleteJob{id},
                                      Watch{id, 1'772'366'400'000'000},
                                      Unwatch{RequestId("w")},
                                      GetStats{},
                                      Pause{},
                                      Resume{},
                                      Ping{},
                                      GetReady{},
                                      ProbeRelay{"ses", "a@x.org", std::chrono::seconds(5)}};
  ASSERT_EQ(requests.size(), operations().size());
  for (const Request& request : requests) {
    const std::string line = encode_request(request, RequestId(std::int64_t{5}));
    const RequestLine back = decode_request(line);
    ASSERT_TRUE(back.request) << line << back.request.error().message;
    EXPECT_EQ(encode_request(*back.request, back.id), line);
    EXPECT_EQ(find_operation(operation_of(request).name), &operation_of(*back.request));
  }
}

Result<Request> from_http(std::string_view op, std::vector<std::pair<std::string, std::string>> fields,
                          std::string_view body = "") {
  return decode_request(RequestParts{*find_operation(op), std::move(fields), body});
}

TEST(Codec, AFloodOfValuesIsRefusedBeforeItIsATree) {
  std::string line = R"({"op":"ping","x":[0)";
  for (std::size_t i = 0; i < limits::kJsonValues; ++i) line += ",1";
  EXPECT_THAT(decode_request(line + "]}").request.error().message, ::testing::HasSubstr("more than 2000000 values"));
}

TEST(HttpParts, AreTheSameRequest) {
  const auto list = from_http("list_jobs", {{"status", "held"}, {"limit", "7"}, {"cursor", "9"}});
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(std::get<ListJobs>(*list).limit, 7U);
  EXPECT_EQ(std::get<ListJobs>(*list).cursor, "9") << "a cursor is text, whatever it looks like";
  const auto retry = from_http("retry_job", {{"id", kId}}, R"({"ttl":"1h"})");
  ASSERT_TRUE(retry) << retry.error().message;
  EXPECT_EQ(std::get<RetryJob>(*retry).ttl, std::chrono::hours(1));
  const auto get = from_http("get_job", {{"id", kId}, {"wait", "30s"}});
  ASSERT_TRUE(get) << "over HTTP a wait needs no id: " << get.error().message;
}

TEST(HttpParts, AreJudgedByTheSameRules) {
  EXPECT_EQ(from_http("list_jobs", {{"limit", "7x"}}).error(),
            (Error{Code::invalid_field, "limit must be an integer from 1 to 1000", "limit"}));
  EXPECT_EQ(from_http("list_jobs", {{"limit", "99999999999999999999"}}).error().field, "limit");
  EXPECT_EQ(from_http("list_jobs", {{"tag", "a"}, {"tag", "b"}}).error().message, "tag is given twice");
  EXPECT_EQ(from_http("retry_job", {{"id", kId}}, R"({"id":"x"})").error().message, "id is given twice");
  EXPECT_EQ(from_http("list_jobs", {{"colour", "red"}}).error().code, Code::unknown_field);
  EXPECT_EQ(from_http("list_jobs", {{"tag", "\xff"}}).error().code, Code::invalid_field);
  EXPECT_EQ(from_http("submit_email", {}, "[]").error().code, Code::invalid_field);
  EXPECT_EQ(from_http("submit_email", {}, "{").error().code, Code::invalid_json);
  EXPECT_EQ(from_http("submit_email", {}).error().field, "to");
}

TEST(EmailLines, FailEachAlone) {
  const auto request = decode_email_lines("{\"to\":\"a@x.org\"}\r\n\n{\n{\"to\":\"b\"}\n{\"to\":\"c@x.org\"}");
  ASSERT_TRUE(request);
  const auto& emails = std::get<SubmitEmails>(*request).emails;
  ASSERT_EQ(emails.size(), 4U);
  EXPECT_TRUE(emails[0] && emails[3]);
  EXPECT_EQ(emails[1].error().code, Code::invalid_json);
  EXPECT_EQ(emails[1].error().field, "emails[1]");
  EXPECT_EQ(emails[2].error().field, "emails[2].to");
}

TEST(ManyJobs, NeedAFilter) {
  EXPECT_EQ(decode_request(R"({"op":"cancel_jobs"})").request.error(),
            (Error{Code::missing_field, "status or tag, recipient, since or until must say which jobs", "status"}));
  EXPECT_TRUE(decode_request(R"({"op":"retry_jobs","params":{"tag":"t","limit":1}})").request);
}

TEST(Watches, NeedAnId) {
  EXPECT_EQ(decode_request(R"({"op":"watch"})").request.error().field, "id");
  EXPECT_TRUE(decode_request(R"({"op":"watch","id":1})").request);
  EXPECT_EQ(decode_request(R"({"op":"watch","id":1,"params":{"after":-1}})").request.error().field, "after");
  EXPECT_EQ(decode_request(R"({"op":"unwatch"})").request.error().field, "id");
  EXPECT_EQ(decode_request(R"({"op":"unwatch","params":{"id":{}}})").request.error().field, "id");
}

Job a_job() {
  Job job;
  job.id = *JobId::parse(kId);
  job.status = JobStatus::failed;
  job.created_at = *parse_time("2026-03-01T12:00:00.123Z");
  job.error = JobError{Failure::rejected, "a@x.org: 550 no", job.created_at, 550, "5.1.1"};
  job.recipients.push_back({"a@x.org", RecipientStatus::failed, 550, "5.1.1", "no", std::nullopt});
  job.history.push_back(
      {1, job.created_at, job.created_at + Duration(7), AttemptOutcome::permanent, "smtp://r:25", "no"});
  job.metadata["k"] = "v";
  job.waiting_for = WaitingFor::backoff;
  return job;
}

TEST(Codec, AJobReadsBackAsItWasWritten) {
  const Job job = a_job();
  const std::string json = encode_job(job);
  const Result<Job> back = decode_job(json);
  ASSERT_TRUE(back);
  EXPECT_EQ(encode_job(*back), json);
  EXPECT_EQ(back->recipients, job.recipients);
  EXPECT_EQ(back->history, job.history);
  EXPECT_EQ(back->error, job.error);
}

TEST(Codec, RepliesReadBack) {
  const Result<ReplyLine> ok = decode_reply(encode_reply(RequestId(std::string("a")), Submitted{a_job(), false}));
  ASSERT_TRUE(ok);
  EXPECT_EQ(ok->status, 202);
  EXPECT_EQ(decode_job(*ok->result)->id.text(), kId);
  Error error{Code::busy, "later", "", std::chrono::seconds(1)};
  const Result<ReplyLine> refused = decode_reply(encode_reply({}, error));
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->result.error(), error);
  EXPECT_FALSE(decode_reply("HTTP/1.1 200 OK"));
}

TEST(Codec, RepliesStayUtf8WhateverARelaySaid) {
  Job job = a_job();
  job.recipients[0].reply = "caf\xe9";
  EXPECT_TRUE(parse_json(encode_job(job)));
}

TEST(Codec, TheJsonOfAnEmailIsCanonical) {
  const Email email = submit(R"({"subject":"s","body":"b","to":"a@x.org","headers":{"X-A":"1"}})")->email;
  const Email same = submit(R"({"headers":{"X-A":"1"},"to":["a@x.org"],"text":"b","subject":"s"})")->email;
  EXPECT_EQ(encode_email(email), encode_email(same));
  EXPECT_EQ(*decode_email(encode_email(email)), email);
  EXPECT_EQ(decode_email("{").error().code, Code::internal);
}

TEST(Codec, ARawEmailOfAnyBytesIsKept) {
  Email email;
  email.to = {{"", "a@x.org"}};
  email.raw = "Subject: x\r\n\r\ncaf\xe9";
  EXPECT_EQ(decode_email(encode_email(email))->raw, email.raw);
}

TEST(Codec, ARawEmailWithANameLongerThanAParameterTakesIsKept) {
  const std::string name(limits::kHeaderBytes + 1, 'n');
  const auto mail = submit(R"({"raw":"From: )" + name + R"( <f@x.org>\r\nTo: )" + name + R"( <a@x.org>\r\n\r\nbody"})");
  ASSERT_TRUE(mail) << mail.error().message;
  const auto kept = decode_email(encode_email(mail->email));
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(*kept, mail->email);
}

TEST(Replies, TellNothingThatATerminalObeys) {
  const std::string line = encode_reply({}, Error{Code::unknown_field, "a\x1b[2J\u202e is unknown here", "a"});
  EXPECT_EQ(decode_reply(line)->result.error().message, "a\\u001b[2J\\u202e is unknown here");
}

TEST(Events, ReadBackAsTheyWereTold) {
  const std::string line = encode_event(RequestId(std::int64_t{9}), {123, std::make_shared<const Job>(a_job())});
  EXPECT_THAT(line, ::testing::StartsWith(R"({"id":9,"event":"job","seq":123,"job":{"id":)"));
  const auto job = decode_server_line(line);
  ASSERT_TRUE(job);
  EXPECT_EQ(std::get<EventLine>(*job).seq, 123U);
  EXPECT_EQ(std::get<EventLine>(*job).job, encode_job(a_job()));
  EXPECT_FALSE(decode_reply(line)) << "it is no reply";
  const std::string reset = encode_event({}, {7, nullptr});
  EXPECT_EQ(reset, R"({"event":"reset","seq":7})");
  EXPECT_EQ(std::get<EventLine>(*decode_server_line(reset)).job, "");
}

TEST(Problems, AreOfRfc9457) {
  EXPECT_EQ(encode_problem({Code::busy, "later", "", std::chrono::seconds(1)}, 503, "Service Unavailable"),
            R"({"type":"about:blank","title":"Service Unavailable","status":503,"detail":"later","code":"busy",)"
            R"("retryable":true,"retry_after_ms":1000})");
}

TEST(Replies, TellAContentAsItWasSubmitted) {
  Job job = a_job();
  job.content = std::make_shared<const Email>(submit(R"({"to":"a@x.org","body":"b"})")->email);
  const std::string text = encode_job(job);
  EXPECT_THAT(text, ::testing::EndsWith(R"(],"content":{"to":["a@x.org"],"body":"b"}})"));
  EXPECT_EQ(decode_job(text)->content, nullptr) << "nobody needs it";
}

}  // namespace
}  // namespace jobd
