#include "daemon/core/event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "shared/limits.h"
#include "tests/support/fakes.h"
#include "tests/support/records.h"

namespace jobd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::a_record;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Watcher = std::unique_ptr<Subscription>;

constexpr std::size_t kEvents = 8;
constexpr std::size_t kBytes = 100'000;

struct EventLogTest : ::testing::Test {
  testing::FakeClock clock;
  std::vector<bool> observed;
  EventLog log{clock, [this](bool on) { observed.push_back(on); }, {kEvents, kBytes}};
  int woken = 0;

  Watcher watch(Watch what = {}) {
    return log.subscribe(what, [this] { ++woken; });
  }
  Watcher watch_after(std::uint64_t after) { return watch({std::nullopt, after}); }
  Watcher watch_job(const Record& record) { return watch({record.id, std::nullopt}); }

  // One change each, published together.
  void publish(const std::vector<Record>& records) {
    std::vector<Viewed> changes;
    for (const Record& record : records) changes.push_back({record, std::nullopt, std::nullopt});
    log.publish(std::move(changes));
  }
  Record happens(std::string subject) {
    Record record = a_record(clock.now());
    record.subject = std::move(subject);
    publish({record});
    return record;
  }
  void happens_again(Record record, std::string subject) {
    record.subject = std::move(subject);
    publish({record});
  }
  void flood(std::size_t events) { publish(std::vector<Record>(events, a_record(clock.now()))); }

  // The subjects of what is there for it, "reset" for a reset.
  static std::vector<std::string> read(const Watcher& watcher) {
    std::vector<std::string> told;
    while (const std::optional<Event> event = watcher->next()) {
      told.push_back(event->job ? event->job->subject : "reset");
      EXPECT_EQ(event->seq, watcher->seq());
    }
    return told;
  }
};

TEST_F(EventLogTest, TellsWhatHappensFromNowOn) {
  happens("before");
  const Watcher watcher = watch();
  EXPECT_THAT(read(watcher), IsEmpty());
  happens("one");
  happens("two");
  EXPECT_THAT(read(watcher), ElementsAre("one", "two"));
  EXPECT_THAT(read(watcher), IsEmpty());
}

TEST_F(EventLogTest, NumbersAscendFromTheStartByOne) {
  const Watcher watcher = watch();
  const std::uint64_t start = watcher->seq();
  EXPECT_EQ(start, static_cast<std::uint64_t>(clock.now().time_since_epoch().count()) * 1000);
  publish({a_record(clock.now()), a_record(clock.now())});
  EXPECT_EQ(watcher->next()->seq, start + 1);
  EXPECT_EQ(watcher->next()->seq, start + 2);
  EXPECT_LT(start, 1ULL << 53) << "exact in JSON";
}

TEST_F(EventLogTest, ObservesWhileSomebodyWatchesAndNotBefore) {
  EXPECT_THAT(observed, IsEmpty());
  const Watcher one = watch();
  const Watcher two = watch();
  EXPECT_THAT(observed, ElementsAre(true));
}

TEST_F(EventLogTest, EveryWatcherGetsTheSameJobAndIsWokenOnceForAll) {
  const Watcher one = watch();
  const Watcher two = watch();
  publish({a_record(clock.now()), a_record(clock.now())});
  EXPECT_EQ(woken, 2);
  EXPECT_EQ(one->next()->job, two->next()->job) << "described once";
}

TEST_F(EventLogTest, AnEmptyTurnWakesNobody) {
  const Watcher watcher = watch();
  publish({});
  EXPECT_EQ(woken, 0);
}

TEST_F(EventLogTest, AWatchOfOneJobSleepsThroughTheOthers) {
  const Record mine = a_record(clock.now());
  const Watcher watcher = watch_job(mine);
  happens("of another");
  EXPECT_EQ(woken, 0);
  happens_again(mine, "mine");
  happens("of another");
  EXPECT_EQ(woken, 2) << "once more while it has not looked";
  EXPECT_THAT(read(watcher), ElementsAre("mine"));
  happens("of another");
  EXPECT_EQ(woken, 2);
}

TEST_F(EventLogTest, AWatchOfOneJobLosesNothingToTheOthers) {
  const Record mine = a_record(clock.now());
  const Watcher watcher = watch_job(mine);
  flood(kEvents + 1);
  EXPECT_THAT(read(watcher), IsEmpty());
  happens_again(mine, "mine");
  EXPECT_THAT(read(watcher), ElementsAre("mine"));
  happens_again(mine, "lost");
  flood(kEvents);
  EXPECT_THAT(read(watcher), ElementsAre("reset"));
}

TEST_F(EventLogTest, AWatchOfOneJobStandsAtTheNewest) {
  const Record mine = a_record(clock.now());
  const Watcher watcher = watch_job(mine);
  const Watcher all = watch();
  happens_again(mine, "mine");
  happens("of another");
  const std::uint64_t mine_at = watcher->next().value().seq;
  EXPECT_EQ(watcher->seq(), mine_at);
  EXPECT_THAT(read(watcher), IsEmpty());
  read(all);
  EXPECT_EQ(watcher->seq(), all->seq()) << "a resume need not look at the others' again";
}

TEST_F(EventLogTest, ResumesWhereItWas) {
  Watcher watcher = watch();
  happens("one");
  happens("two");
  watcher->next();
  const std::uint64_t seq = watcher->seq();
  watcher.reset();
  happens("three");
  clock.advance(minutes(4));
  watcher = watch_after(seq);
  EXPECT_EQ(watcher->seq(), seq);
  EXPECT_THAT(read(watcher), ElementsAre("two", "three"));
}

TEST_F(EventLogTest, ResumesOneJobWhereItWas) {
  const Record mine = a_record(clock.now());
  Watcher watcher = watch_job(mine);
  const std::uint64_t seq = watcher->seq();
  happens("of another");
  happens_again(mine, "mine");
  watcher = watch({mine.id, seq});
  EXPECT_THAT(read(watcher), ElementsAre("mine"));
}

TEST_F(EventLogTest, ResumesAtTheNewestWithoutAReset) {
  Watcher watcher = watch();
  happens("one");
  read(watcher);
  const Watcher again = watch_after(watcher->seq());
  EXPECT_THAT(read(again), IsEmpty());
  happens("two");
  EXPECT_THAT(read(again), ElementsAre("two"));
}

TEST_F(EventLogTest, OneThatIsTooSlowIsResetOnceAndGoesOn) {
  const Watcher slow = watch();
  const Watcher fast = watch();
  happens("lost");
  EXPECT_THAT(read(fast), ElementsAre("lost"));
  flood(kEvents);
  EXPECT_EQ(read(fast).size(), kEvents);
  EXPECT_THAT(read(slow), ElementsAre("reset"));
  EXPECT_EQ(slow->seq(), fast->seq());
  happens("after");
  EXPECT_THAT(read(slow), ElementsAre("after"));
}

TEST_F(EventLogTest, TheRingHoldsSoMany) {
  const Watcher slow = watch();
  flood(kEvents);
  EXPECT_EQ(read(slow).size(), kEvents) << "all of them, and no reset";
}

TEST_F(EventLogTest, TheRingHoldsSoManyBytes) {
  const Watcher slow = watch();
  Record large = a_record(clock.now());
  large.metadata["key"] = std::string(kBytes / 4, 'x');
  publish({3, large});
  EXPECT_EQ(read(slow).size(), 3U);
  publish({4, large});
  EXPECT_THAT(read(slow), ElementsAre("reset"));
}

TEST_F(EventLogTest, OneEventLargerThanTheRingIsLostAndTold) {
  const Watcher watcher = watch();
  Record large = a_record(clock.now());
  large.metadata["key"] = std::string(kBytes, 'x');
  publish({large});
  EXPECT_THAT(read(watcher), ElementsAre("reset"));
  happens("after");
  EXPECT_THAT(read(watcher), ElementsAre("after"));
}

TEST_F(EventLogTest, ANumberThatIsNoLongerKeptGivesOneReset) {
  const Watcher fast = watch();
  const std::uint64_t start = fast->seq();
  flood(kEvents + 1);
  const Watcher late = watch_after(start);
  const Watcher just = watch_after(start + 1);
  EXPECT_GT(late->seq(), start) << "it stands where its events will come from";
  EXPECT_THAT(read(late), ElementsAre("reset"));
  EXPECT_EQ(read(just).size(), kEvents);
  happens("after");
  EXPECT_THAT(read(late), ElementsAre("after"));
}

TEST_F(EventLogTest, ANumberOfTheFutureGivesOneReset) {
  const Watcher now = watch();
  for (const std::uint64_t after : {now->seq() + 1, std::uint64_t{1} << 53, UINT64_MAX}) {
    const Watcher future = watch_after(after);
    EXPECT_EQ(future->seq(), now->seq());
    EXPECT_THAT(read(future), ElementsAre("reset"));
  }
}

TEST_F(EventLogTest, ANumberOfAnEarlierLifeGivesOneReset) {
  Watcher watcher = watch();
  happens("one");
  read(watcher);
  clock.advance(seconds(1));
  EventLog reborn(clock, [](bool) {});
  const Watcher again = reborn.subscribe({std::nullopt, watcher->seq()}, [] {});
  EXPECT_GT(again->seq(), watcher->seq());
  EXPECT_THAT(read(again), ElementsAre("reset"));
}

TEST_F(EventLogTest, ForgetsSomeMinutesAfterTheLastWatcherHasGone) {
  Watcher watcher = watch();
  happens("one");
  read(watcher);
  const std::uint64_t seq = watcher->seq();
  watcher.reset();
  clock.advance(limits::kEventsAfterLastWatcher - seconds(1));
  happens("kept");
  clock.advance(seconds(1));
  EXPECT_THAT(observed, ElementsAre(true));
  happens("not kept");
  EXPECT_THAT(observed, ElementsAre(true, false));
  watcher = watch_after(seq);
  EXPECT_THAT(observed, ElementsAre(true, false, true));
  EXPECT_THAT(read(watcher), ElementsAre("reset"));
}

TEST_F(EventLogTest, ForgetsAtItsDeadlineThoughNothingHappens) {
  int told = 0;
  log.on_deadline([&] { ++told; });
  EXPECT_FALSE(log.next_deadline());
  Watcher watcher = watch();
  happens("one");
  EXPECT_FALSE(log.next_deadline()) << "somebody watches";
  watcher.reset();
  EXPECT_EQ(told, 1);
  ASSERT_EQ(log.next_deadline(), clock.now() + limits::kEventsAfterLastWatcher);
  clock.advance(limits::kEventsAfterLastWatcher - seconds(1));
  log.step();
  EXPECT_THAT(observed, ElementsAre(true));
  clock.advance(seconds(1));
  log.step();
  EXPECT_THAT(observed, ElementsAre(true, false));
  EXPECT_FALSE(log.next_deadline());
}

// With a walk through all of the job's for each one that leaves, these would be billions of steps.
TEST_F(EventLogTest, OneOfAHundredThousandWatchersOfOneJobLeavesAtOnce) {
  const Record mine = a_record(clock.now());
  std::vector<Watcher> watchers;
  for (int i = 0; i < 100'000; ++i) watchers.push_back(watch_job(mine));
  for (std::size_t i = 0; i < watchers.size(); i += 2) watchers[i].reset();
  happens_again(mine, "mine");
  EXPECT_EQ(woken, 50'000);
  watchers.clear();
  EXPECT_TRUE(log.next_deadline());
}

// With a walk through all of them for each change, this would be 5 billion steps.
TEST_F(EventLogTest, ManyChangesOfOneJobReachManyWatchersOfItAtOnce) {
  const Record mine = a_record(clock.now());
  std::vector<Watcher> watchers;
  for (int i = 0; i < 50'000; ++i) watchers.push_back(watch_job(mine));
  publish(std::vector<Record>(100'000, mine));
  EXPECT_EQ(woken, 50'000);
  EXPECT_THAT(read(watchers[0]), ElementsAre("reset"));
}

TEST_F(EventLogTest, AWatchOfOneJobThatIsBehindMayLeave) {
  const Record mine = a_record(clock.now());
  Watcher one = watch_job(mine);
  const Watcher two = watch_job(mine);
  happens_again(mine, "mine");
  one.reset();
  EXPECT_THAT(read(two), ElementsAre("mine"));
  happens_again(mine, "again");
  EXPECT_THAT(read(two), ElementsAre("again"));
}

TEST_F(EventLogTest, ANumberOfBeforeAGapIsNotTakenForTheNewest) {
  Watcher watcher = watch();
  happens("one");
  read(watcher);
  const std::uint64_t seq = watcher->seq();
  watcher.reset();
  clock.advance(limits::kEventsAfterLastWatcher);
  watcher = watch_after(seq);
  EXPECT_EQ(watcher->seq(), seq + 1);
  EXPECT_THAT(observed, ElementsAre(true, false, true)) << "found out at the watch, nothing has happened between";
  EXPECT_THAT(read(watcher), ElementsAre("reset"));
}

TEST_F(EventLogTest, TheMinutesCountFromTheLastWatcher) {
  Watcher first = watch();
  Watcher second = watch();
  first.reset();
  clock.advance(limits::kEventsAfterLastWatcher);
  happens("one");
  EXPECT_THAT(read(second), ElementsAre("one"));
  second.reset();
  clock.advance(limits::kEventsAfterLastWatcher - seconds(1));
  second = watch();
  clock.advance(limits::kEventsAfterLastWatcher);
  happens("two");
  EXPECT_THAT(read(second), ElementsAre("two"));
  EXPECT_THAT(observed, ElementsAre(true));
}

TEST_F(EventLogTest, AWakeMayEndAnyWatch) {
  std::vector<Watcher> watchers;
  int wakes = 0;
  for (int i = 0; i < 3; ++i) {
    watchers.push_back(log.subscribe({}, [&] {
      ++wakes;
      watchers.clear();
    }));
  }
  happens("one");
  EXPECT_EQ(wakes, 1);
}

TEST_F(EventLogTest, AWakeMayBeginAWatch) {
  Watcher second;
  const Watcher first = log.subscribe({}, [&] { second = watch(); });
  happens("one");
  EXPECT_THAT(read(first), ElementsAre("one"));
  EXPECT_THAT(read(second), IsEmpty());
}

}  // namespace
}  // namespace jobd
