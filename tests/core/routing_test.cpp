#include "daemon/core/routing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/relays.h"

namespace jobd {
namespace {

using ::testing::ElementsAre;
using testing::lanes_of;

RelayRule relay(const std::string& name, std::size_t recipients = 100) {
  return {name, "smtp://" + name + ":25", 10, 1, {}, recipients, 0};
}

// What IDNA makes of one name, and of another that is none.
std::optional<std::string> in_ascii(std::string_view domain) {
  EXPECT_TRUE(domain.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") !=
              std::string_view::npos)
      << domain << " is ASCII and needs no asking";
  if (domain == "münchen.de" || domain == "MÜNCHEN.de") return "xn--mnchen-3ya.de";
  if (domain == "post.münchen.de") return "post.xn--mnchen-3ya.de";
  return std::nullopt;
}

// Asked by people's words, answered by the rule of the lane.
struct Routes {
  explicit Routes(RelayRules said) : rules(std::move(said)), lanes(lanes_of(rules)), router(rules, lanes, in_ascii) {}
  std::string of(const std::string& from, const std::string& to) const {
    return lanes[router.lane_of(from, to) - 1].rule;
  }
  RelayRules rules;
  std::vector<LaneRule> lanes;
  RuleRouter router;
};

TEST(Lanes, AreRoutesTimesDomains) {
  const RelayRules rules{{relay("a")}, {{"x.org", ".y.org", {0}}, {"", "", {0}}}, {{"gmail.com", 2, {}}}};
  EXPECT_THAT(rules_of_lanes(rules), ElementsAre("default", "default domain=gmail.com", "sender=x.org recipient=.y.org",
                                                 "sender=x.org recipient=.y.org domain=gmail.com"));
}

TEST(Routing, WithoutRulesAllIsTheDefaultLane) {
  const Routes routes({{relay("a")}, {{"", "", {0}}}, {}});
  EXPECT_EQ(routes.of("a@b.c", "d@e.f"), "default");
  EXPECT_EQ(routes.of("", "d@e.f"), "default");
}

TEST(Routing, APatternIsADomainOrWhatIsUnderItOrAnAddress) {
  const Routes routes(
      {{relay("a")}, {{"", "exact.org", {0}}, {"", ".under.org", {0}}, {"", "ann@all.org", {0}}, {"", "", {0}}}, {}});
  EXPECT_EQ(routes.of("", "x@exact.org"), "recipient=exact.org");
  EXPECT_EQ(routes.of("", "x@sub.exact.org"), "default");
  EXPECT_EQ(routes.of("", "x@a.b.under.org"), "recipient=.under.org");
  EXPECT_EQ(routes.of("", "x@under.org"), "default");
  EXPECT_EQ(routes.of("", "ann@all.org"), "recipient=ann@all.org");
  EXPECT_EQ(routes.of("", "bob@all.org"), "default");
  EXPECT_EQ(routes.of("", "Ann@ALL.org"), "recipient=ann@all.org") << "case says nothing";
}

TEST(Routing, TheFirstRuleThatFitsIsTaken) {
  const Routes routes(
      {{relay("a")}, {{"", "b.org", {0}}, {"a.org", "", {0}}, {"a.org", "c.org", {0}}, {"", "", {0}}}, {}});
  EXPECT_EQ(routes.of("x@a.org", "y@b.org"), "recipient=b.org");
  EXPECT_EQ(routes.of("x@a.org", "y@c.org"), "sender=a.org") << "though a later one says more";
  EXPECT_EQ(routes.of("x@d.org", "y@c.org"), "default");
  EXPECT_EQ(routes.of("", "y@c.org"), "default") << "the null sender is nobody's";
}

TEST(Routing, BothPatternsOfARuleHaveToFit) {
  const Routes routes({{relay("a")}, {{"a.org", ".c.org", {0}}, {"", "", {0}}}, {}});
  EXPECT_EQ(routes.of("x@a.org", "y@d.c.org"), "sender=a.org recipient=.c.org");
  EXPECT_EQ(routes.of("x@b.org", "y@d.c.org"), "default");
  EXPECT_EQ(routes.of("x@a.org", "y@c.org"), "default");
}

TEST(Routing, LimitsOfADomainMakeALaneOfTheirOwnInEachRoute) {
  const Routes routes({{relay("a")}, {{"a.org", "", {0}}, {"", "", {0}}}, {{"gmail.com", 2, {}}}});
  EXPECT_EQ(routes.of("x@a.org", "y@GMAIL.com"), "sender=a.org domain=gmail.com");
  EXPECT_EQ(routes.of("x@b.org", "y@gmail.com"), "default domain=gmail.com");
  EXPECT_EQ(routes.of("x@b.org", "y@mail.gmail.com"), "default");
}

TEST(Routing, ADomainOutsideAsciiIsKnownInBothItsForms) {
  const Routes routes({{relay("a")},
                       {{"", "ann@xn--mnchen-3ya.de", {0}},
                        {"xn--mnchen-3ya.de", "", {0}},
                        {"", ".xn--mnchen-3ya.de", {0}},
                        {"", "", {0}}},
                       {{"xn--mnchen-3ya.de", 2, {}}}});
  for (const std::string domain : {"münchen.de", "MÜNCHEN.de", "xn--mnchen-3ya.de", "XN--Mnchen-3YA.de"}) {
    EXPECT_EQ(routes.of("x@" + domain, "y@b.org"), "sender=xn--mnchen-3ya.de") << domain;
    EXPECT_EQ(routes.of("", "Ann@" + domain), "recipient=ann@xn--mnchen-3ya.de domain=xn--mnchen-3ya.de") << domain;
    EXPECT_EQ(routes.of("", "bob@" + domain), "default domain=xn--mnchen-3ya.de") << domain;
  }
  EXPECT_EQ(routes.of("", "y@post.münchen.de"), "recipient=.xn--mnchen-3ya.de");
  EXPECT_EQ(routes.of("", "y@ü\u3000.de"), "default") << "no such name is possible";
  EXPECT_EQ(routes.of("ü@b.org", "ü@b.org"), "default") << "a local part is nothing to DNS";
}

TEST(Routing, ALaneTakesAsManyRecipientsAsTheLeastOfItsRelays) {
  const Routes routes({{relay("a", 100), relay("b", 50)}, {{"", "x.org", {0}}, {"", "", {0, 1}}}, {}});
  EXPECT_EQ(routes.router.recipients_max(routes.router.lane_of("", "y@x.org")), 100U);
  EXPECT_EQ(routes.router.recipients_max(kDefaultLane), 50U);
  EXPECT_GT(routes.router.recipients_max(999), 1'000'000U) << "of a lane nobody knows";
}

TEST(Routing, ALaneOfAnEarlierConfigurationGoesByWhatIsLeftOfIt) {
  const RelayRules rules{{relay("a", 7), relay("b", 9)}, {{"", "x.org", {1}}, {"", "", {0}}}, {{"gmail.com", 2, {}}}};
  const std::vector<LaneRule> lanes{{1, "default"},
                                    {2, "recipient=gone.org domain=gmail.com"},
                                    {3, "recipient=x.org domain=gone.com"},
                                    {4, "sender=gone.org"},
                                    {5, "recipient=x.org"}};
  const auto meanings = meanings_of(lanes, rules);
  EXPECT_EQ(meanings[1].route, 1U);
  EXPECT_EQ(meanings[1].domain, 0U);
  EXPECT_EQ(meanings[2].route, 0U);
  EXPECT_FALSE(meanings[2].domain);
  EXPECT_EQ(meanings[3].route, 1U);
  EXPECT_FALSE(meanings[3].is_in_force);
  EXPECT_TRUE(meanings[4].is_in_force);
  const RuleRouter router(rules, lanes, in_ascii);
  EXPECT_EQ(router.lane_of("", "y@x.org"), 5U) << "new mail goes by rules that are there";
  EXPECT_EQ(router.recipients_max(4), 7U);
}

}  // namespace
}  // namespace jobd
