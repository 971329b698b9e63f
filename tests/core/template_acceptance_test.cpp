// A submit that calls for a template: what is kept is what it makes, what idempotency compares is what was asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/core/acceptance.h"
#include "daemon/core/kept_email.h"
#include "shared/codec.h"
#include "tests/support/fakes.h"

namespace jobd {
namespace {

using ::testing::HasSubstr;
using testing::kNoon;

const JobId kId = JobId::from_parts(kNoon.time_since_epoch().count() << 12, 7);

// Gives what it was told to, whatever it is asked.
class ToldTemplates final : public Templates {
 public:
  Result<RenderedMail> told = RenderedMail{"Welcome", "Hello Ann", "<p>Hello Ann</p>"};
  mutable bool asked_for_subject = true;
  mutable std::size_t asked_bytes = 0;

  Result<RenderedMail> render(const TemplateCall& /*call*/, bool with_subject, std::size_t bytes_max) const override {
    asked_for_subject = with_subject;
    asked_bytes = bytes_max;
    return told;
  }
};

class TemplateAcceptance : public ::testing::Test {
 protected:
  static SubmitEmail a_call(const std::string& variables = R"({"name":"Ann"})") {
    SubmitEmail submit;
    submit.email.from = Mailbox{"", "app@example.com"};
    submit.email.to = {{"", "ann@example.com"}};
    submit.from_template = TemplateCall{"welcome", variables};
    submit.idempotency_key = "k";
    return submit;
  }
  AcceptedEmail taken(SubmitEmail submit) const {
    AcceptanceRules rules;
    rules.templates = &templates_;
    return *accept(std::move(submit), rules, "uid:1", kId, kNoon);
  }

  ToldTemplates templates_;
};

TEST_F(TemplateAcceptance, KeepsWhatTheTemplateMakes) {
  const AcceptedEmail accepted = taken(a_call());
  EXPECT_EQ(accepted.refusal, std::nullopt);
  EXPECT_EQ(accepted.record.subject, "Welcome");
  const Result<Email> kept = unpack_email(accepted.content);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->subject, "Welcome");
  EXPECT_EQ(kept->text, "Hello Ann");
  EXPECT_EQ(kept->html, "<p>Hello Ann</p>");
  EXPECT_EQ(accepted.record.content_bytes, accepted.content.size());
}

TEST_F(TemplateAcceptance, AGivenSubjectGoesBeforeTheTemplates) {
  SubmitEmail submit = a_call();
  submit.email.subject = "Mine";
  templates_.told = RenderedMail{std::nullopt, "Hello", std::nullopt};
  EXPECT_EQ(taken(std::move(submit)).record.subject, "Mine");
  EXPECT_FALSE(templates_.asked_for_subject);
}

TEST_F(TemplateAcceptance, AttachmentsLeaveItLessRoom) {
  SubmitEmail submit = a_call();
  submit.email.attachments = {{"a", std::string(1000, 'a'), "", ""}};
  taken(std::move(submit));
  EXPECT_EQ(templates_.asked_bytes, limits::kContentBytes - 1000);
}

TEST_F(TemplateAcceptance, ComparesWhatWasAsked) {
  const AcceptedEmail before = taken(a_call());
  templates_.told = RenderedMail{"Edited since", "Hi", std::nullopt};
  EXPECT_EQ(taken(a_call()).record.fingerprint, before.record.fingerprint);
  EXPECT_NE(taken(a_call(R"({"name":"Bob"})")).record.fingerprint, before.record.fingerprint);
}

TEST_F(TemplateAcceptance, ARepeatIsOneThoughTheTemplateHasGone) {
  const AcceptedEmail before = taken(a_call());
  templates_.told = Error{Code::invalid_field, "template is unknown", "template"};
  const AcceptedEmail after = taken(a_call());
  EXPECT_EQ(after.record.fingerprint, before.record.fingerprint);
  ASSERT_TRUE(after.refusal) << "the store refuses it unless it has the job already";
  EXPECT_EQ(after.refusal->field, "template");
}

TEST_F(TemplateAcceptance, WhatItMakesKeepsTheRulesOfAnEmail) {
  templates_.told = RenderedMail{"two\nlines", "x", std::nullopt};
  EXPECT_EQ(taken(a_call()).refusal->field, "subject");
  templates_.told = RenderedMail{"a\r\nBcc: x@example.com", "x", std::nullopt};
  EXPECT_EQ(taken(a_call()).refusal->field, "subject");
  templates_.told = RenderedMail{std::string(limits::kHeaderBytes + 1, 's'), "x", std::nullopt};
  EXPECT_EQ(taken(a_call()).refusal->field, "subject");
  templates_.told = RenderedMail{"s", std::string("a\0b", 3), std::nullopt};
  EXPECT_EQ(taken(a_call()).refusal->field, "text");
  templates_.told = RenderedMail{"s", std::nullopt, std::string("a\0b", 3)};
  EXPECT_EQ(taken(a_call()).refusal->field, "html");
}

TEST_F(TemplateAcceptance, WithoutAFolderThereIsNone) {
  const auto accepted = accept(a_call(), {}, "uid:1", kId, kNoon);
  ASSERT_TRUE(accepted);
  ASSERT_TRUE(accepted->refusal);
  EXPECT_THAT(accepted->refusal->message, HasSubstr("mail.templates"));
}

TEST_F(TemplateAcceptance, NotificationsAreKept) {
  SubmitEmail submit = a_call();
  submit.dsn.delay = true;
  EXPECT_TRUE(taken(std::move(submit)).record.dsn.delay);
}

}  // namespace
}  // namespace jobd
