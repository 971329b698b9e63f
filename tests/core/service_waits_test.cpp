// What the service does later: answers to those who wait for a job's end, and the end of events nobody came back for.
#include <gtest/gtest.h>

#include "tests/core/service_fixture.h"

namespace jobd {
namespace {

using std::chrono::seconds;

TEST_F(ServiceTest, AWaitEndsWithTheJob) {
  const JobId id = submitted();
  ask(GetJob{id, seconds(30), false});
  desk.turn();
  ASSERT_EQ(replies.size(), 1U) << "still waiting";
  EXPECT_EQ(service.next_deadline(), clock.now() + seconds(30));
  desk.deliver(desk.attempts[0]);
  service.settled(desk.turn());
  desk.turn();
  EXPECT_EQ(last_job().status, JobStatus::completed);
  EXPECT_FALSE(service.next_deadline());
}

TEST_F(ServiceTest, AWaitThatRunsOutTellsTheStateAsItIs) {
  const JobId id = submitted();
  ask(GetJob{id, seconds(30), false});
  desk.turn();
  clock.advance(seconds(30));
  service.step(clock.now());
  desk.turn();
  EXPECT_EQ(last_job().status, JobStatus::processing);
}

// Its time is one of the clock: set back by an hour, it would be an hour later.
TEST_F(ServiceTest, AWaitEndsWhenTheClockIsSet) {
  const JobId id = submitted();
  ask(GetJob{id, seconds(30), false});
  desk.turn();
  clock.advance(-std::chrono::hours(1));
  service.clock_changed();
  desk.turn();
  EXPECT_EQ(last_job().status, JobStatus::processing);
  EXPECT_FALSE(service.next_deadline());
}

TEST_F(ServiceTest, AWaitForAJobAtRestIsAnsweredAtOnce) {
  ask(Pause{});
  const JobId id = submitted();
  ask(CancelJob{id});
  ask(GetJob{id, seconds(30), false});
  desk.turn();
  EXPECT_EQ(last_job().status, JobStatus::cancelled);
}

TEST_F(ServiceTest, AWaitForNoJobIsNotFound) {
  ask(GetJob{JobId::from_parts(1, 1), seconds(30), false});
  desk.turn();
  EXPECT_EQ(replies[0].error().code, Code::not_found);
}

// With a walk through all of the job's for each one, these would be a billion steps.
TEST_F(ServiceTest, AllWaitsThatThereMayBeEndWithOneJob) {
  const JobId id = submitted();
  for (std::size_t i = 0; i < limits::kWaits; ++i) ask(GetJob{id, seconds(30), false});
  ASSERT_EQ(replies.size(), 1U);
  ask(GetJob{id, seconds(30), false});
  EXPECT_EQ(replies.back().error().code, Code::busy);
  EXPECT_TRUE(replies.back().error().retry_after);
  desk.turn();
  desk.deliver(desk.attempts[0]);
  service.settled(desk.turn());
  EXPECT_LE(desk.asks(), limits::kStoreInbox) << "none of them is busy";
  replies.clear();
  desk.turn();
  EXPECT_EQ(replies.size(), limits::kWaits);
  EXPECT_EQ(last_job().status, JobStatus::completed);
}

TEST_F(ServiceTest, AWaitEndsUnansweredWithItsConnection) {
  const JobId id = submitted();
  const int here = 0;
  const int there = 0;
  const auto wait_from = [&](const int& connection) {
    service.handle(GetJob{id, seconds(30), false}, {"uid:1000", &connection},
                   [this](Result<Response> reply) { replies.push_back(std::move(reply)); });
  };
  wait_from(here);
  desk.turn();
  wait_from(here);
  wait_from(there);
  service.forget(&here);
  desk.turn();
  replies.clear();
  desk.deliver(desk.attempts[0]);
  service.settled(desk.turn());
  desk.turn();
  EXPECT_EQ(replies.size(), 1U) << "neither one that waited nor one whose job was being looked up";
  EXPECT_FALSE(service.next_deadline());
}

TEST_F(ServiceTest, AWaitWhoseJobSettlesWhileItIsLookedUpIsAnsweredOnce) {
  const JobId id = submitted();
  desk.deliver(desk.attempts[0]);
  const std::vector<JobId> settled = desk.turn();
  ask(GetJob{id, seconds(30), false});
  service.settled(settled);
  replies.clear();
  desk.turn();
  desk.turn();
  EXPECT_EQ(replies.size(), 1U);
}

TEST_F(ServiceTest, EventsEndByThemselvesWhenNobodyComesBack) {
  std::optional<Time> alarm;
  service.on_nearer_deadline([&] { alarm = service.next_deadline(); });
  auto watch = service.watch({}, [] {});
  EXPECT_FALSE(service.next_deadline());
  watch.reset();
  EXPECT_EQ(alarm, clock.now() + limits::kEventsAfterLastWatcher);
  clock.set(*alarm);
  service.step(clock.now());
  EXPECT_FALSE(service.next_deadline());
  submitted();
  EXPECT_TRUE(desk.changes.empty()) << "nothing is observed any more";
}

TEST_F(ServiceTest, TheNextDeadlineIsThatOfAWaitOrOfTheEvents) {
  const JobId id = submitted();
  service.watch({}, [] {});
  ask(GetJob{id, seconds(30), false});
  EXPECT_EQ(service.next_deadline(), clock.now() + seconds(30));
  clock.advance(seconds(30));
  service.step(clock.now());
  EXPECT_EQ(service.next_deadline(), clock.now() - seconds(30) + limits::kEventsAfterLastWatcher);
}

}  // namespace
}  // namespace jobd
