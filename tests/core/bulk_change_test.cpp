// cancel_jobs and retry_jobs against a store whose every answer is given by the test.
#include "daemon/core/bulk_change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "shared/limits.h"
#include "tests/support/fakes.h"
#include "tests/support/records.h"

namespace jobd {
namespace {

using ::testing::HasSubstr;
using testing::kNoon;

// Keeps what is asked until the test answers it, the oldest first.
class ScriptedDesk final : public Desk {
 public:
  bool post(std::vector<Ask> asks) override {
    if (full) return false;
    for (Ask& ask : asks) asks_.push_back(std::move(ask));
    return true;
  }
  void observe(bool /*on*/) override {}

  std::size_t asks() const { return asks_.size(); }
  // The page that is asked for, which is then given.
  IdsQuery give(Result<View> page) {
    auto ask = take<ReadAsk>();
    ask.reply(std::move(page));
    return std::get<IdsQuery>(ask.query);
  }
  // The commands of the write that is asked for, which has these results.
  std::vector<Command> answer(std::vector<Result<Written>> results) {
    auto ask = take<WriteAsk>();
    EXPECT_EQ(results.size(), ask.commands.size());
    ask.reply(std::move(results));
    return std::move(ask.commands);
  }

  bool full = false;

 private:
  template <typename T>
  T take() {
    Ask ask = std::move(asks_.front());
    asks_.pop_front();
    return std::get<T>(std::move(ask));
  }
  std::deque<Ask> asks_;
};

Result<Written> done() {
  return Written{};
}
Result<Written> refused(Code code) {
  return Error{code, "refused"};
}
Result<View> page(std::vector<JobId> ids, std::optional<std::string> cursor = std::nullopt) {
  return View(IdsPage{std::move(ids), std::move(cursor)});
}
std::vector<JobId> some(std::size_t count) {
  std::vector<JobId> ids;
  for (std::size_t i = 0; i < count; ++i) ids.push_back(testing::a_record(kNoon).id);
  return ids;
}

struct BulkChangeTest : ::testing::Test {
  ScriptedDesk desk;
  std::optional<Error> stopped;
  std::vector<Result<Response>> replies;

  void cancel(std::optional<std::uint64_t> limit = std::nullopt) {
    JobFilter filter;
    filter.tag = "news";
    BulkChange::start(desk, {filter, limit, [](const JobId& id) { return Cancel{id}; }, [this] { return stopped; },
                             [this](Result<Response> reply) { replies.push_back(std::move(reply)); }});
  }
  // "matched, changed"
  std::string counted() {
    const auto& changed = std::get<Changed>(*replies.at(0));
    return std::to_string(changed.matched) + ", " + std::to_string(changed.changed);
  }
};

TEST_F(BulkChangeTest, ChangesWhatTheFilterFinds) {
  cancel();
  const std::vector<JobId> ids = some(2);
  const IdsQuery query = desk.give(page(ids));
  EXPECT_EQ(query.filter.tag, "news");
  EXPECT_EQ(query.cursor, "");
  EXPECT_TRUE(replies.empty());
  const std::vector<Command> commands = desk.answer({done(), done()});
  EXPECT_EQ(std::get<Cancel>(commands[0]).id, ids[0]);
  EXPECT_EQ(std::get<Cancel>(commands[1]).id, ids[1]);
  EXPECT_EQ(counted(), "2, 2");
}

TEST_F(BulkChangeTest, GoesOnFromPageToPageToTheEnd) {
  cancel();
  desk.give(page(some(1), "a"));
  EXPECT_EQ(desk.asks(), 1U) << "one thing at a time: others come in between";
  desk.answer({done()});
  EXPECT_EQ(desk.give(page(some(2), "b")).cursor, "a");
  desk.answer({done(), done()});
  EXPECT_EQ(desk.give(page({})).cursor, "b");
  EXPECT_EQ(counted(), "3, 3");
}

TEST_F(BulkChangeTest, AnEmptyPageIsNotTheEnd) {
  cancel();
  desk.give(page({}, "a"));
  desk.give(page({}, "b"));
  EXPECT_EQ(desk.give(page(some(1))).cursor, "b");
  desk.answer({done()});
  EXPECT_EQ(counted(), "1, 1");
}

TEST_F(BulkChangeTest, OfNothingIsNothing) {
  cancel();
  desk.give(page({}));
  EXPECT_EQ(counted(), "0, 0");
}

TEST_F(BulkChangeTest, AJobThatCannotBeChangedIsMatchedAlone) {
  cancel();
  desk.give(page(some(4)));
  desk.answer({refused(Code::conflict), refused(Code::gone), refused(Code::not_found), done()});
  EXPECT_EQ(counted(), "4, 1");
}

TEST_F(BulkChangeTest, EndsAtItsLimit) {
  cancel(3);
  EXPECT_EQ(desk.give(page(some(2), "a")).limit, 3U);
  desk.answer({done(), done()});
  EXPECT_EQ(desk.give(page(some(1), "b")).limit, 1U);
  desk.answer({done()});
  EXPECT_EQ(desk.asks(), 0U);
  EXPECT_EQ(counted(), "3, 3");
}

TEST_F(BulkChangeTest, AsksForNoMoreThanItChangesAtOnce) {
  cancel();
  EXPECT_EQ(desk.give(page({}, "a")).limit, limits::kBulkChangeJobs);
  EXPECT_EQ(desk.give(page({})).limit, limits::kBulkChangeJobs);
}

TEST_F(BulkChangeTest, AFailedReadEndsItAndSaysHowFarItCame) {
  cancel();
  desk.give(page(some(1), "a"));
  desk.answer({done()});
  desk.give(Error{Code::unavailable, "the disk is slow"});
  EXPECT_EQ(replies.at(0).error().code, Code::unavailable);
  EXPECT_THAT(replies[0].error().message, HasSubstr("the disk is slow (changed before that: 1)"));
  EXPECT_EQ(desk.asks(), 0U);
}

TEST_F(BulkChangeTest, AFailedWriteEndsItAndSaysHowFarItCame) {
  cancel();
  desk.give(page(some(3), "a"));
  desk.answer({done(), refused(Code::storage_full), done()});
  EXPECT_EQ(replies.at(0).error().code, Code::storage_full);
  EXPECT_THAT(replies[0].error().message, HasSubstr("changed before that: 2"));
}

TEST_F(BulkChangeTest, AFullInboxEndsIt) {
  cancel();
  desk.full = true;
  desk.give(page(some(3), "a"));
  EXPECT_EQ(replies.at(0).error().code, Code::busy);
  EXPECT_TRUE(replies[0].error().retry_after);
}

TEST_F(BulkChangeTest, AStopEndsItAtThePage) {
  cancel();
  desk.give(page(some(1), "a"));
  stopped = Error{Code::draining, "jobd is stopping"};
  desk.answer({done()});
  EXPECT_EQ(replies.at(0).error().code, Code::draining);
  EXPECT_THAT(replies[0].error().message, HasSubstr("changed before that: 1"));
  EXPECT_EQ(desk.asks(), 0U);
}

}  // namespace
}  // namespace jobd
