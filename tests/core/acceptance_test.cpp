#include "daemon/core/acceptance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/core/kept_email.h"
#include "shared/codec.h"
#include "tests/support/fakes.h"

namespace jobd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::kNoon;

const JobId kId = JobId::from_parts(kNoon.time_since_epoch().count() << 12, 7);

SubmitEmail a_mail() {
  SubmitEmail submit;
  submit.email.from = Mailbox{"App", "app@example.com"};
  submit.email.to = {{"", "user@example.com"}};
  submit.email.subject = "Hello";
  return submit;
}

Result<AcceptedEmail> taken(SubmitEmail submit, AcceptanceRules rules = {}) {
  return accept(std::move(submit), rules, "uid:1000", kId, kNoon);
}

TEST(Acceptance, FillsInTheDefaults) {
  const Result<AcceptedEmail> accepted = taken(a_mail());
  ASSERT_TRUE(accepted);
  const Record& record = accepted->record;
  EXPECT_EQ(record.from, "App <app@example.com>");
  EXPECT_EQ(record.envelope_from, "app@example.com");
  EXPECT_EQ(record.priority, 5);
  EXPECT_EQ(record.max_attempts, 3);
  EXPECT_EQ(record.expires_at, kNoon + hours(72));
  EXPECT_EQ(record.state, State(Pending{kNoon}));
  EXPECT_FALSE(record.idempotency);
}

TEST(Acceptance, ADomainThatCanBeNoNameIsRefusedByItsField) {
  AcceptanceRules rules;
  rules.in_ascii = [](std::string_view domain) {
    return domain == "☃.net" ? std::nullopt : std::optional<std::string>("xn--x");
  };
  const auto field_of = [&](SubmitEmail submit) {
    const Result<AcceptedEmail> accepted = taken(std::move(submit), rules);
    return accepted && accepted->refusal ? accepted->refusal->field : std::string();
  };
  SubmitEmail submit = a_mail();
  submit.email.cc = {{"", "a@bücher.de"}};
  EXPECT_EQ(field_of(submit), "");
  submit.email.reply_to = {{"", "b@☃.net"}};
  EXPECT_EQ(field_of(submit), "reply_to");
  submit.email.to.push_back({"", "b@☃.net"});
  EXPECT_EQ(field_of(submit), "to[1]");
  submit.envelope_from = "b@☃.net";
  EXPECT_EQ(field_of(submit), "envelope_from");
  submit.email.from = Mailbox{"", "b@☃.net"};
  EXPECT_EQ(field_of(submit), "from");
}

TEST(Acceptance, EachAddressOnceAcrossToCcAndBcc) {
  SubmitEmail submit = a_mail();
  submit.email.cc = {{"", "USER@example.com"}, {"", "b@example.com"}};
  submit.email.bcc = {{"", "b@example.com"}, {"", "c@example.com"}};
  const Result<AcceptedEmail> accepted = taken(std::move(submit));
  ASSERT_TRUE(accepted);
  std::vector<std::string> addresses;
  for (const Recipient& recipient : accepted->record.recipients) addresses.push_back(recipient.address);
  EXPECT_THAT(addresses, ::testing::ElementsAre("user@example.com", "b@example.com", "c@example.com"));
}

TEST(Acceptance, TheTimeToLiveCountsFromTheScheduledTime) {
  SubmitEmail submit = a_mail();
  submit.delay = hours(10);
  submit.ttl = hours(1);
  const Result<AcceptedEmail> accepted = taken(std::move(submit));
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->record.state, State(Pending{kNoon + hours(10)}));
  EXPECT_EQ(accepted->record.expires_at, kNoon + hours(11));
}

TEST(Acceptance, AScheduledTimeInThePastIsNow) {
  SubmitEmail submit = a_mail();
  submit.scheduled_at = kNoon - hours(1);
  EXPECT_EQ(taken(std::move(submit))->record.state, State(Pending{kNoon}));
}

TEST(Acceptance, ExpiryBeforeTheFirstAttemptIsRefused) {
  SubmitEmail submit = a_mail();
  submit.delay = minutes(10);
  submit.expires_at = kNoon + minutes(10);
  EXPECT_EQ(taken(std::move(submit))->refusal->field, "expires_at") << "no new job, but an equal one may be there";
}

TEST(Acceptance, WithoutASenderOnlyWhereNothingIsSent) {
  SubmitEmail submit = a_mail();
  submit.email.from.reset();
  AcceptanceRules rules;
  rules.host = "box";
  const Result<AcceptedEmail> refused = taken(submit, rules);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::missing_field);
  EXPECT_EQ(refused.error().field, "from");
  rules.sends_mail = false;
  EXPECT_EQ(taken(submit, rules)->record.from, "jobd@box");
  rules.default_from = Mailbox{"", "ops@example.com"};
  const Result<AcceptedEmail> accepted = taken(submit, rules);
  EXPECT_EQ(accepted->record.from, "ops@example.com");
  EXPECT_EQ(unpack_email(accepted->content)->from, rules.default_from) << "the stored email knows its sender";
}

TEST(Acceptance, TheFingerprintIsOfTheRequestBeforeDefaults) {
  SubmitEmail submit = a_mail();
  submit.email.from.reset();
  submit.delay = minutes(5);
  submit.idempotency_key = "k";
  AcceptanceRules rules;
  rules.default_from = Mailbox{"", "one@example.com"};
  const auto first = taken(submit, rules);
  rules.default_from = Mailbox{"", "two@example.com"};
  const auto later = accept(submit, rules, "uid:1000", kId, kNoon + minutes(1));
  EXPECT_EQ(first->record.fingerprint, later->record.fingerprint);
  submit.priority = 5;
  EXPECT_NE(taken(submit, rules)->record.fingerprint, first->record.fingerprint);
}

TEST(Acceptance, WithoutAKeyThereIsNothingToCompare) {
  EXPECT_TRUE(taken(a_mail())->record.fingerprint.is_nil());
}

TEST(Acceptance, OrderedKeysAreKeptAsTheyAreOthersAsDigests) {
  SubmitEmail submit = a_mail();
  submit.idempotency_key = kId.text();
  EXPECT_EQ(taken(submit)->record.idempotency, kId.uuid());
  submit.idempotency_key = "invoice-7";
  const auto digested = taken(submit)->record.idempotency;
  ASSERT_TRUE(digested);
  EXPECT_EQ(digested, taken(submit)->record.idempotency);
  EXPECT_NE(digested, kId.uuid());
}

}  // namespace
}  // namespace jobd
