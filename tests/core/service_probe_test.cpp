// Probes: who may ask for one, and how many there are at once.
#include <gmock/gmock.h>

#include "tests/core/service_fixture.h"

namespace jobd {
namespace {

// Two relays, "ses" and "backup", that answer when the test says so.
class FakeProber final : public Prober {
 public:
  struct Asked {
    RelayId relay = 0;
    ProbeRelay probe;
    std::function<void(Result<ProbeReport>)> reply;
  };
  std::vector<Asked> asked;

  Result<RelayId> find(const std::string& relay) const override {
    if (relay.empty() || relay == "ses") return RelayId{0};
    if (relay == "backup") return RelayId{1};
    if (relay.starts_with("relay")) return static_cast<RelayId>(std::stoul(relay.substr(5)));
    return Error{Code::invalid_field, "relay is unknown", "relay"};
  }
  void probe(RelayId relay, ProbeRelay probe, std::function<void(Result<ProbeReport>)> reply) override {
    asked.push_back({relay, std::move(probe), std::move(reply)});
  }
};

struct ServiceProbeTest : ServiceTest {
  FakeProber prober;

  ServiceProbeTest() { service.probe_with(prober); }
  void probe(const std::string& relay) { ask(ProbeRelay{relay, "a@x.org"}); }
  Code last_code() { return replies.back().error().code; }
};

TEST_F(ServiceTest, WithoutARelayThereIsNothingToProbe) {
  ask(ProbeRelay{});
  EXPECT_EQ(replies.back().error(), (Error{Code::invalid_field, "there is no relay to probe", "relay"}));
}

TEST_F(ServiceProbeTest, TellsWhatTheRelayAnswered) {
  probe("backup");
  ASSERT_EQ(prober.asked.size(), 1U);
  EXPECT_EQ(prober.asked[0].relay, 1U);
  EXPECT_EQ(prober.asked[0].probe.to, "a@x.org");
  EXPECT_TRUE(replies.empty());
  ProbeReport report;
  report.relay = "backup";
  prober.asked[0].reply(report);
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(std::get<ProbeReport>(*replies[0]).relay, "backup");
  EXPECT_EQ(status_of(*replies[0]), 200);
}

TEST_F(ServiceProbeTest, AnUnknownRelayIsRefused) {
  probe("nowhere");
  EXPECT_EQ(last_code(), Code::invalid_field);
  EXPECT_TRUE(prober.asked.empty());
}

TEST_F(ServiceProbeTest, ARelayIsProbedOnceAtATime) {
  probe("ses");
  probe("");  // the same one
  EXPECT_EQ(last_code(), Code::busy);
  probe("backup");
  EXPECT_EQ(prober.asked.size(), 2U);
  prober.asked[0].reply(ProbeReport{});
  probe("ses");
  EXPECT_EQ(prober.asked.size(), 3U);
}

TEST_F(ServiceProbeTest, ProbesAreBoundedInAll) {
  for (std::size_t i = 0; i < limits::kProbes; ++i) probe("relay" + std::to_string(i));
  EXPECT_TRUE(replies.empty());
  probe("relay99");
  EXPECT_EQ(last_code(), Code::busy);
}

TEST_F(ServiceProbeTest, AFailedProbeFreesItsRelay) {
  probe("ses");
  prober.asked[0].reply(Error{Code::draining, "jobd is stopping"});
  EXPECT_EQ(last_code(), Code::draining);
  probe("ses");
  EXPECT_EQ(prober.asked.size(), 2U);
}

TEST_F(ServiceProbeTest, ThoseUnderWayWhenJobdStopsAreAnsweredOnce) {
  probe("ses");
  probe("backup");
  service.drain();
  ASSERT_EQ(replies.size(), 2U);
  for (const auto& reply : replies) EXPECT_EQ(reply.error().code, Code::draining);
  prober.asked[0].reply(ProbeReport{});
  EXPECT_EQ(replies.size(), 2U);
}

TEST_F(ServiceProbeTest, NoneBeginsWhileJobdStops) {
  service.drain();
  probe("ses");
  EXPECT_EQ(last_code(), Code::draining);
  EXPECT_TRUE(prober.asked.empty());
}

}  // namespace
}  // namespace jobd
