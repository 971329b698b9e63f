// How far ahead a mail may be scheduled and how long it may live.
#include <gtest/gtest.h>

#include "daemon/core/acceptance.h"
#include "shared/limits.h"
#include "tests/support/fakes.h"

namespace jobd {
namespace {

using testing::kNoon;

SubmitEmail a_mail() {
  SubmitEmail submit;
  submit.email.from = Mailbox{"", "app@example.com"};
  submit.email.to = {{"", "user@example.com"}};
  return submit;
}

// The field that it is refused for, or nothing.
std::string refused_for(SubmitEmail submit) {
  const JobId id = JobId::from_parts(kNoon.time_since_epoch().count() << 12, 7);
  const Result<AcceptedEmail> accepted = accept(std::move(submit), {}, "uid:1000", id, kNoon);
  if (!accepted) return accepted.error().field;
  return accepted->refusal ? accepted->refusal->field : "";
}

TEST(AcceptanceTimes, AMailIsScheduledForAYearAheadAndNoLater) {
  SubmitEmail submit = a_mail();
  submit.scheduled_at = kNoon + limits::kHorizon;
  EXPECT_EQ(refused_for(submit), "");
  submit.scheduled_at = kNoon + limits::kHorizon + Duration(1);
  EXPECT_EQ(refused_for(submit), "scheduled_at");
}

TEST(AcceptanceTimes, AMailLivesForAYearFromItsFirstAttemptAndNoLonger) {
  SubmitEmail submit = a_mail();
  submit.scheduled_at = kNoon + limits::kHorizon;
  submit.expires_at = kNoon + 2 * limits::kHorizon;
  EXPECT_EQ(refused_for(submit), "");
  submit.expires_at = kNoon + 2 * limits::kHorizon + Duration(1);
  EXPECT_EQ(refused_for(submit), "expires_at");
}

TEST(AcceptanceTimes, AMailThatExpiresAtItsFirstAttemptIsRefused) {
  SubmitEmail submit = a_mail();
  submit.expires_at = kNoon;
  EXPECT_EQ(refused_for(submit), "expires_at");
  submit.expires_at = kNoon + Duration(1);
  EXPECT_EQ(refused_for(submit), "");
}

}  // namespace
}  // namespace jobd
