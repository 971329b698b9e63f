#include "daemon/mail/simulate_processor.h"

#include <gmock/gmock.h>

#include <map>

#include "daemon/mail/mail_thread.h"
#include "tests/mail/attempts.h"
#include "tests/support/fakes.h"

namespace jobd {
namespace {

using jobd::testing::an_attempt;
using jobd::testing::CollectingSink;
using jobd::testing::FakeClock;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;

SimulateTransport settings(double fail, double permanent, std::uint64_t seed = 1, int fail_first = 0) {
  return {fail, permanent, std::chrono::milliseconds(0), seed, fail_first};
}

JobId job(int n) {
  return an_attempt(n).ref.id;
}

std::vector<Verdict> fates(const SimulateTransport& transport, std::size_t attempts) {
  Simulation simulation(transport);
  std::vector<Verdict> verdicts;
  for (std::size_t i = 0; i < attempts; ++i) {
    verdicts.push_back(simulation.attempt(job(static_cast<int>(i)), 1, 1).front().verdict);
  }
  return verdicts;
}

auto are(Verdict verdict) {
  return Each(Field(&RecipientResult::verdict, verdict));
}

TEST(Simulation, NothingFailsUnlessAskedFor) {
  EXPECT_THAT(Simulation(SimulateTransport{}).attempt(job(1), 1, 100), are(Verdict::delivered));
}

TEST(Simulation, SameSeedSameFates) {
  EXPECT_EQ(fates(settings(0.3, 0.1, 42), 200), fates(settings(0.3, 0.1, 42), 200));
  EXPECT_NE(fates(settings(0.3, 0.1, 42), 200), fates(settings(0.3, 0.1, 43), 200));
}

TEST(Simulation, FailsAsOftenAsAskedFor) {
  const auto verdicts = fates(settings(0.3, 0.1, 42), 10000);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(verdicts, Verdict::temporary)), 3000, 150);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(verdicts, Verdict::permanent)), 1000, 100);
}

TEST(Simulation, AtTheEndsOfTheScale) {
  EXPECT_THAT(Simulation(settings(1, 0)).attempt(job(1), 1, 50), are(Verdict::temporary));
  EXPECT_THAT(Simulation(settings(0, 1)).attempt(job(1), 1, 50), are(Verdict::permanent));
}

TEST(Simulation, TheFirstAttemptsFailAndThenNoMore) {
  Simulation simulation(settings(0, 0, 1, 2));
  EXPECT_THAT(simulation.attempt(job(1), 1, 3), are(Verdict::temporary));
  EXPECT_THAT(simulation.attempt(job(1), 2, 3), are(Verdict::temporary));
  EXPECT_THAT(simulation.attempt(job(1), 3, 3), are(Verdict::delivered));
}

// Retries come back after a random backoff, so in another order in every run. {job, attempt}; seed 42 fails half.
TEST(Simulation, TheOrderOfRetriesChangesNoFate) {
  using Order = std::vector<std::pair<int, int>>;
  const auto fates_in = [](const Order& order) {
    Simulation simulation(settings(0.5, 0, 42));
    std::map<std::pair<int, int>, std::vector<RecipientResult>> fates;
    for (const auto& each : order) fates[each] = simulation.attempt(job(each.first), each.second, 32);
    return fates;
  };
  const auto fates = fates_in({{1, 1}, {2, 1}, {3, 1}, {1, 2}, {2, 2}, {3, 2}, {1, 3}});
  EXPECT_EQ(fates, fates_in({{1, 1}, {1, 2}, {2, 1}, {1, 3}, {2, 2}, {3, 1}, {3, 2}}));
  EXPECT_EQ(fates, fates_in({{1, 1}, {2, 1}, {2, 2}, {3, 1}, {3, 2}, {1, 2}, {1, 3}}));
  EXPECT_NE(fates.at({1, 1}), fates.at({1, 2}));
  EXPECT_NE(fates.at({1, 2}), fates.at({2, 2}));
}

TEST(Simulation, WhichIdsTheJobsHaveChangesNoFate) {
  Simulation one(settings(0.5, 0, 42));
  Simulation other(settings(0.5, 0, 42));
  for (int n = 0; n < 10; ++n) EXPECT_EQ(one.attempt(job(n), 1, 8), other.attempt(job(100 - n), 1, 8));
}

TEST(Simulation, AJobRetriedByHandDrawsAnew) {
  Simulation simulation(settings(0.5, 0, 42));
  const auto first = simulation.attempt(job(1), 1, 32);
  EXPECT_NE(simulation.attempt(job(1), 1, 32), first);
}

TEST(Simulation, RemembersSoManyJobsAndForgetsTheOldest) {
  Simulation simulation(settings(0.5, 0, 42, 1));
  Simulation remembering(settings(0.5, 0, 42, 1));
  remembering.attempt(job(0), 1, 32);
  remembering.attempt(job(1), 1, 32);
  for (int n = 0; n <= static_cast<int>(Simulation::kJobsRemembered); ++n) simulation.attempt(job(n), 1, 32);
  EXPECT_EQ(simulation.attempt(job(1), 2, 32), remembering.attempt(job(1), 2, 32));
  EXPECT_NE(simulation.attempt(job(0), 2, 32), remembering.attempt(job(0), 2, 32));
}

TEST(Simulation, SaysThatNothingWasSent) {
  for (const auto& transport : {settings(0, 0), settings(1, 0), settings(0, 1)}) {
    EXPECT_THAT(Simulation(transport).attempt(job(1), 1, 1).front().reply, HasSubstr("nothing was sent"));
  }
}

class SimulateProcessorTest : public ::testing::Test {
 protected:
  std::unique_ptr<MailThread> start(const std::string& url) {
    return std::move(*MailThread::start({url, {}, "example.com"}, sink, clock));
  }
  CollectingSink sink;
  FakeClock clock;
};

TEST_F(SimulateProcessorTest, ReportsEachAttemptOnce) {
  const auto mail = start("simulate:?latency=1ms");
  std::vector<Attempt> attempts;
  for (int n = 0; n < 50; ++n) attempts.push_back(an_attempt(n, {"a@x.org", "b@x.org"}));
  mail->start(std::move(attempts));
  const auto results = sink.wait_for(50);
  EXPECT_THAT(results, SizeIs(50));
  EXPECT_EQ(results[7].ref, an_attempt(7).ref);
  EXPECT_EQ(results[7].relay, "simulate:");
  EXPECT_EQ(results[7].finished_at, clock.now());
  EXPECT_THAT(results[7].recipients, SizeIs(2));
}

TEST_F(SimulateProcessorTest, AbortEndsWhatIsUnderWay) {
  const auto mail = start("simulate:?latency=10m");
  mail->start({an_attempt(1), an_attempt(2)});
  mail->abort_all();
  for (const AttemptResult& result : sink.wait_for(2)) {
    EXPECT_EQ(result.trouble, Trouble::shutdown);
    EXPECT_THAT(result.recipients, SizeIs(0));
  }
}

TEST_F(SimulateProcessorTest, EndsQuietlyWithAttemptsUnderWay) {
  const auto mail = start("simulate:?latency=10m");
  mail->start({an_attempt(1)});
}

}  // namespace
}  // namespace jobd
