#include "daemon/mail/staging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shared/limits.h"
#include "shared/unicode.h"
#include "tests/mail/attempts.h"
#include "tests/support/fakes.h"

namespace jobd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Takes what it is given, answers when told.
class GivenProcessor final : public Processor {
 public:
  explicit GivenProcessor(std::vector<Attempt>& given) : given_(given) {}
  void start(Attempt attempt) override { given_.push_back(std::move(attempt)); }
  void abort_all() override {}

 private:
  std::vector<Attempt>& given_;
};

class StagingTest : public ::testing::Test {
 protected:
  void stage(StagingRules rules) {
    staging_.emplace(std::move(rules), sink_, clock_);
    staging_->set_processor(std::make_unique<GivenProcessor>(given_));
  }
  const Attempt& start(std::vector<std::string> recipients) {
    staging_->start(jobd::testing::an_attempt(static_cast<int>(given_.size()) + 1, std::move(recipients)));
    return given_.back();
  }
  // The relay's words for each that it was given; gives what the core learns of each.
  std::vector<std::string> answered(const std::vector<std::string>& replies) {
    AttemptResult result;
    result.ref = given_.back().ref;
    for (const std::string& reply : replies) result.recipients.push_back({Verdict::delivered, 250, "", reply});
    staging_->finished(std::move(result));
    std::vector<std::string> told;
    const std::vector<AttemptResult> results = sink_.wait_for(given_.size());
    for (const RecipientResult& each : results.back().recipients) told.push_back(each.reply);
    return told;
  }

  jobd::testing::FakeClock clock_;
  jobd::testing::CollectingSink sink_;
  std::vector<Attempt> given_;
  std::optional<Staging> staging_;
};

TEST_F(StagingTest, EverybodyIsRedirectedOnce) {
  stage({"test@example.com", {}});
  const Attempt& given = start({"a@customer.example", "b@customer.example"});
  EXPECT_THAT(given.recipients, ElementsAre("test@example.com"));
  EXPECT_THAT(given.redirected_from, ElementsAre("a@customer.example", "b@customer.example"));
  const std::string told = "redirected to test@example.com (mail.redirect_all_to): ok";
  EXPECT_THAT(answered({"ok"}), ElementsAre(told, told));
}

TEST_F(StagingTest, ALongReplyIsCutBetweenCharacters) {
  stage({"test@example.com", {}});
  for (const char* shift : {"", "x"}) {
    start({"a@customer.example"});
    std::string reply = shift;
    while (reply.size() + 2 <= limits::kReplyBytes) reply += "\u00fc";
    const std::string told = answered({reply}).back();
    EXPECT_TRUE(is_utf8(told));
    EXPECT_LE(told.size(), limits::kReplyBytes);
    EXPECT_GE(told.size(), limits::kReplyBytes - 1);
  }
}

TEST_F(StagingTest, WhoIsAllowedIsNotRedirected) {
  stage({"test@example.com", {"@example.com", "Friend@Other.example"}});
  const Attempt& given = start({"a@customer.example", "A@EXAMPLE.COM", "friend@other.example", "x@sub.example.com"});
  EXPECT_THAT(given.recipients, ElementsAre("test@example.com", "A@EXAMPLE.COM", "friend@other.example"));
  const std::string told = "redirected to test@example.com (mail.redirect_all_to): 1";
  EXPECT_THAT(answered({"1", "2", "3"}), ElementsAre(told, "2", "3", told));
}

TEST_F(StagingTest, WhoIsAllowedReadsNobodyElsesAddress) {
  stage({"test@example.com", {"@example.com"}});
  EXPECT_THAT(start({"ann@example.com", "blind@customer.example"}).redirected_from, IsEmpty());
  EXPECT_THAT(start({"blind@customer.example"}).redirected_from, ElementsAre("blind@customer.example"));
}

TEST_F(StagingTest, TheAddressOfTestsGetsItsOwnMailOnce) {
  stage({"test@example.com", {"@example.com"}});
  const Attempt& given = start({"Test@example.com", "a@customer.example"});
  EXPECT_THAT(given.recipients, ElementsAre("Test@example.com"));
  EXPECT_THAT(given.redirected_from, ElementsAre("a@customer.example"));
  EXPECT_THAT(answered({"ok"}), ElementsAre("ok", "redirected to test@example.com (mail.redirect_all_to): ok"));
}

TEST_F(StagingTest, WithoutARedirectionTheOthersHaveFailed) {
  stage({"", {"@example.com"}});
  EXPECT_THAT(start({"a@customer.example", "b@example.com"}).recipients, ElementsAre("b@example.com"));
  EXPECT_THAT(answered({"ok"}), ElementsAre("not among mail.allow_recipients; nothing was sent", "ok"));
  EXPECT_EQ(sink_.wait_for_one().recipients[0].verdict, Verdict::permanent);
}

TEST_F(StagingTest, NobodyLeftIsNobodyAsked) {
  stage({"", {"@example.com"}});
  staging_->start(jobd::testing::an_attempt(1, {"a@customer.example", "evil@example.com.customer.example"}));
  EXPECT_THAT(given_, IsEmpty());
  const AttemptResult result = sink_.wait_for_one();
  EXPECT_FALSE(result.relay_spoke);
  ASSERT_EQ(result.recipients.size(), 2U);
  EXPECT_EQ(result.recipients[1].verdict, Verdict::permanent);
}

TEST_F(StagingTest, DomainsAreComparedInTheirOneForm) {
  stage({"", {"@bücher.example"}});
  EXPECT_THAT(start({"a@xn--bcher-kva.example", "b@BÜCHER.example"}).recipients,
              ElementsAre("a@xn--bcher-kva.example", "b@BÜCHER.example"));
}

TEST_F(StagingTest, TheAddressOfTestsGetsItsOwnMailOnceInWhicheverForm) {
  stage({"Test@MÜNCHEN.de", {"test@xn--mnchen-3ya.de"}});
  EXPECT_THAT(start({"test@münchen.de", "a@customer.example"}).recipients, ElementsAre("test@münchen.de"));
}

TEST_F(StagingTest, TroubleIsHandedOn) {
  stage({"test@example.com", {}});
  start({"a@customer.example", "b@customer.example"});
  AttemptResult result;
  result.ref = given_.back().ref;
  result.trouble = Trouble::connect;
  staging_->finished(result);
  EXPECT_EQ(sink_.wait_for_one().trouble, Trouble::connect);
  EXPECT_THAT(sink_.wait_for_one().recipients, IsEmpty());
}

}  // namespace
}  // namespace jobd
