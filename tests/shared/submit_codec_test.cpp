// What a submit says beside its email: template, variables, notifications.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shared/codec.h"

namespace jobd {
namespace {

using ::testing::HasSubstr;

Result<SubmitEmail> read(const std::string& more) {
  const RequestLine line = decode_request(R"({"op":"submit_email","params":{"to":"a@example.com")" + more + "}}");
  if (!line.request) return line.request.error();
  return std::get<SubmitEmail>(*line.request);
}

std::string field_refused(const std::string& more) {
  const Result<SubmitEmail> submit = read(more);
  return submit ? "taken" : submit.error().field;
}

TEST(SubmitCodec, ATemplateAndItsVariables) {
  const auto submit = read(R"(,"template":"welcome_2","variables":{"b":[1,{"x":null}],"a":"ä"})");
  ASSERT_TRUE(submit) << submit.error().message;
  EXPECT_EQ(submit->from_template, (TemplateCall{"welcome_2", R"({"a":"ä","b":[1,{"x":null}]})"}));
  EXPECT_EQ(read(R"(,"template":"t")")->from_template, (TemplateCall{"t", "{}"}));
  EXPECT_EQ(read("")->from_template, std::nullopt);
  EXPECT_TRUE(read(R"(,"template":"t","subject":"mine","attachments":[],"headers":{"X-A":"b"})"));
}

TEST(SubmitCodec, ATemplateStandsInsteadOfTheWords) {
  EXPECT_EQ(field_refused(R"(,"template":"t","body":"x")"), "template");
  EXPECT_EQ(field_refused(R"(,"template":"t","html":"x")"), "template");
  EXPECT_EQ(field_refused(R"(,"template":"t","raw":"To: a@b.c\n\nx")"), "template");
  EXPECT_EQ(field_refused(R"(,"variables":{})"), "variables");
}

TEST(SubmitCodec, ATemplateHasAName) {
  for (const char* name : {"", "../t", "T", "a b", "a.b", "a/b", "ä"}) {
    EXPECT_EQ(field_refused(std::string(R"(,"template":")") + name + "\""), "template") << name;
  }
  EXPECT_EQ(field_refused(R"(,"template":")" + std::string(limits::kTemplateNameBytes + 1, 'a') + "\""), "template");
  EXPECT_EQ(field_refused(R"(,"template":["t"])"), "template");
  EXPECT_EQ(field_refused(R"(,"template":"t","variables":[])"), "variables");
  EXPECT_EQ(field_refused(R"(,"template":"t","variables":{"x":")" + std::string(limits::kVariablesBytes, 'x') + "\"}"),
            "variables");
}

TEST(SubmitCodec, Notifications) {
  const auto submit = read(R"(,"dsn":{"notify":["failure","delay"],"return":"headers"})");
  ASSERT_TRUE(submit) << submit.error().message;
  Dsn wanted;
  wanted.failure = wanted.delay = true;
  wanted.ret = Dsn::Return::headers;
  EXPECT_EQ(submit->dsn, wanted);
  EXPECT_TRUE(read(R"(,"dsn":{"notify":["never"]})")->dsn.never);
  EXPECT_EQ(read("")->dsn, Dsn{});
  EXPECT_FALSE(read("")->dsn.notify());
}

TEST(SubmitCodec, NotificationsThatMakeNoSense) {
  EXPECT_EQ(field_refused(R"(,"dsn":{})"), "dsn.notify");
  EXPECT_EQ(field_refused(R"(,"dsn":{"notify":[]})"), "dsn.notify");
  EXPECT_EQ(field_refused(R"(,"dsn":{"notify":["never","failure"]})"), "dsn.notify");
  EXPECT_EQ(field_refused(R"(,"dsn":{"notify":["failure","allways"]})"), "dsn.notify[1]");
  EXPECT_EQ(field_refused(R"(,"dsn":{"notify":[1]})"), "dsn.notify[0]");
  EXPECT_EQ(field_refused(R"(,"dsn":{"notify":"failure"})"), "dsn.notify");
  EXPECT_EQ(field_refused(R"(,"dsn":{"notify":["failure"],"return":"all"})"), "dsn.return");
  EXPECT_EQ(field_refused(R"(,"dsn":{"notify":["failure"],"envid":"x"})"), "dsn.envid");
  EXPECT_EQ(field_refused(R"(,"dsn":"failure")"), "dsn");
}

TEST(SubmitCodec, WhatWasReadIsWrittenAgain) {
  const auto submit = read(R"(,"template":"t","variables":{"n":1.5},"dsn":{"notify":["success"],"return":"full"})");
  ASSERT_TRUE(submit);
  EXPECT_EQ(encode_submit_options(*submit),
            R"({"template":"t","variables":{"n":1.5},"dsn":{"notify":["success"],"return":"full"}})");
  const RequestLine again = decode_request(encode_request(*submit));
  ASSERT_TRUE(again.request) << again.request.error().message;
  EXPECT_EQ(std::get<SubmitEmail>(*again.request).from_template, submit->from_template);
  EXPECT_EQ(std::get<SubmitEmail>(*again.request).dsn, submit->dsn);
}

TEST(SubmitCodec, AContentIdIsPlainAscii) {
  const auto attached = [](const std::string& content_id) {
    return field_refused(R"(,"attachments":[{"filename":"a","content":"","content_id":")" + content_id + "\"}]");
  };
  EXPECT_EQ(attached("logo@example.com"), "taken");
  for (const char* bad : {"<a>", "a b", "ä", "a\\u2028b"}) EXPECT_EQ(attached(bad), "attachments[0].content_id") << bad;
}

}  // namespace
}  // namespace jobd
