// The store's thread with a real thread, a fake store and no clock that moves: each test waits on what the
// couriers bring.
#include "daemon/store_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>

#include "tests/support/fake_repository.h"
#include "tests/support/fakes.h"
#include "tests/support/records.h"
#include "tests/support/relays.h"

namespace jobd {
namespace {

using testing::a_record;

struct StoreThreadTest : ::testing::Test {
  testing::FakeClock clock;
  testing::FakeRandom random;
  testing::FakeRepository store{clock};
  StoreThread thread{Engine(store, testing::one_relay(4), random), clock};
  std::promise<void> drained;
  std::mutex mutex;
  std::vector<Attempt> attempts;
  std::promise<void> attempted;
  std::size_t changes = 0;

  // Its waits are the machine's; what the stopped clock calls soon must lie beyond them.
  void SetUp() override { clock.set(testing::kNoon + std::chrono::hours(24 * 36500)); }

  void start() {
    thread.start({[this](const StoreNews& news) {
                    {
                      const std::lock_guard lock(mutex);
                      changes += news.changes.size();
                    }
                    for (const auto& reply : news.replies) reply();
                  },
                  [this](std::vector<Attempt> started) {
                    const std::lock_guard lock(mutex);
                    for (Attempt& attempt : started) attempts.push_back(std::move(attempt));
                    if (attempts.size() == 1) attempted.set_value();
                  },
                  [](const std::vector<Notice>&) {}, [this] { drained.set_value(); }});
  }

  // Posts one submit; the future is ready when it is answered.
  std::future<bool> submit(Duration due_in = Duration(0)) {
    auto answer = std::make_shared<std::promise<bool>>();
    WriteAsk ask;
    Record record = a_record(clock.now());
    record.state = Pending{clock.now() + due_in};
    ask.commands.emplace_back(Submit{std::move(record), std::make_shared<const std::string>("{}"), 0});
    ask.reply = [answer](const std::vector<Result<Written>>& written) { answer->set_value(written.front().ok()); };
    std::vector<Ask> asks;
    asks.emplace_back(std::move(ask));
    EXPECT_TRUE(thread.post(std::move(asks)));
    return answer->get_future();
  }

  AttemptResult delivered(const Attempt& attempt) {
    AttemptResult result;
    result.ref = attempt.ref;
    result.started_at = result.finished_at = clock.now();
    result.recipients = {{Verdict::delivered, 250, "", "ok"}};
    return result;
  }
};

TEST_F(StoreThreadTest, AnswersAndStartsWhatCameIn) {
  start();
  EXPECT_TRUE(submit().get());
  attempted.get_future().wait();
  EXPECT_EQ(attempts.size(), 1U);
}

TEST_F(StoreThreadTest, AClockThatWasSetIsLookedAtAtOnce) {
  start();
  EXPECT_TRUE(submit(std::chrono::hours(1)).get());
  clock.advance(std::chrono::hours(1));
  thread.clock_changed();
  attempted.get_future().wait();
  EXPECT_EQ(attempts.size(), 1U);
}

TEST_F(StoreThreadTest, WhatCameTogetherSharesATurn) {
  std::vector<std::future<bool>> answers;
  answers.reserve(100);
  for (int i = 0; i < 100; ++i) answers.push_back(submit());
  start();
  for (auto& answer : answers) EXPECT_TRUE(answer.get());
  EXPECT_EQ(store.batches(), 1U) << "they were there before the thread was";
}

TEST_F(StoreThreadTest, FewListsThatMustLookThroughManyRowsShareATurn) {
  constexpr std::size_t kPerTurn = limits::kTurnBytes / limits::kPageBytes;
  std::vector<Ask> asks;
  for (std::size_t i = 0; i < 10 * kPerTurn; ++i) {
    ListJobs list;
    list.filter.tag = "none";
    list.limit = 1;
    asks.emplace_back(ReadAsk{list, [](const Result<View>&) {}});
  }
  ASSERT_TRUE(thread.post(std::move(asks)));
  auto answer = submit();
  start();
  EXPECT_TRUE(answer.get());
  EXPECT_GE(store.batches(), 10U);
}

TEST_F(StoreThreadTest, ManyThreadsHandInAtOnce) {
  start();
  std::vector<std::thread> askers;
  std::atomic<int> accepted{0};
  for (int i = 0; i < 4; ++i) {
    askers.emplace_back([this, &accepted] {
      for (int n = 0; n < 50; ++n) {
        auto answer = std::make_shared<std::promise<bool>>();
        ReadAsk ask{StatsQuery{}, [answer](const Result<View>& view) { answer->set_value(view.ok()); }};
        std::vector<Ask> asks;
        asks.emplace_back(std::move(ask));
        if (thread.post(std::move(asks)) && answer->get_future().get()) ++accepted;
      }
    });
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(accepted, 200);
}

TEST_F(StoreThreadTest, DrainedComesOnlyWhenTheLastAttemptHasEnded) {
  start();
  submit().get();
  attempted.get_future().wait();
  auto done = drained.get_future();
  thread.drain();
  EXPECT_TRUE(submit().get()) << "a turn after the drain";
  EXPECT_EQ(done.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  thread.finished(delivered(attempts.front()));
  done.wait();
  EXPECT_EQ(attempts.size(), 1U) << "draining starts nothing";
}

TEST_F(StoreThreadTest, AStepOverTheDotIsAnswered) {
  start();
  submit().get();
  attempted.get_future().wait();
  std::promise<bool> go;
  thread.before_dot(attempts.front().ref, [&go](bool yes) { go.set_value(yes); });
  EXPECT_TRUE(go.get_future().get());
}

TEST_F(StoreThreadTest, ObservesFromTheNextAskOn) {
  const auto told = [this] {
    const std::lock_guard lock(mutex);
    return changes;
  };
  start();
  submit().get();
  EXPECT_EQ(told(), 0U);
  thread.observe(true);
  submit().get();
  EXPECT_EQ(told(), 2U) << "pending, processing: with the answer";
  thread.observe(false);
  submit().get();
  EXPECT_EQ(told(), 2U);
}

TEST_F(StoreThreadTest, AFullInboxTakesAllOrNothing) {
  std::vector<Ask> asks;
  for (std::size_t i = 0; i <= limits::kStoreInbox; ++i)
    asks.emplace_back(ReadAsk{StatsQuery{}, [](const Result<View>&) {}});
  EXPECT_FALSE(thread.post(std::move(asks)));
  start();
  EXPECT_TRUE(submit().get());
}

}  // namespace
}  // namespace jobd
