// What the SQLite store does about writes that fail and about damage in its file.
#include "tests/contract/sqlite_file.h"

namespace jobd::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class SqliteDamage : public SqliteFile {};

// A result whose recording fails stays wanted: the attempt is still in flight, and the same result again counts.
TEST_F(SqliteDamage, keeps_an_attempt_in_flight_whose_result_it_cannot_record) {
  start();
  tamper(
      "CREATE TRIGGER poison BEFORE UPDATE ON job WHEN old.lane = 7 AND (SELECT v FROM meta WHERE k = 'paused') "
      "BEGIN SELECT RAISE(ABORT, 'poisoned'); END");
  auto store = start();
  const BatchResult first = apply(*store, {a_mail().lane(7).build(clock_.now()), a_mail().build(clock_.now())}, 2);
  const Record poisoned = first.claims[0].record;
  const Finish finish{result_of(poisoned, delivered()), 0, std::nullopt};
  const Finish other{result_of(first.claims[1].record, delivered()), 0, std::nullopt};
  const BatchResult failed = apply(*store, {SetPaused{true}, finish, other});
  EXPECT_EQ(failed.outcomes[1].error().code, Code::internal);
  EXPECT_TRUE(failed.outcomes[2].ok());
  EXPECT_EQ(apply(*store, {finish}).outcomes[0].error().code, Code::internal);
  EXPECT_EQ(store->get(poisoned.id, false).value().record, poisoned);
  EXPECT_EQ(count(*store, JobStatus::processing), 1U);
  EXPECT_EQ(recount(*store), store->counts().jobs);
  EXPECT_TRUE(apply(*store, {SetPaused{false}, finish}).outcomes[1].ok());
  EXPECT_EQ(count(*store, JobStatus::completed), 2U);
  EXPECT_EQ(recount(*store), store->counts().jobs);
}

TEST_F(SqliteDamage, finds_an_attempt_at_the_next_start_whose_result_it_could_not_record) {
  start();
  tamper(
      "CREATE TRIGGER poison BEFORE UPDATE ON job WHEN new.status = 2 "
      "BEGIN SELECT RAISE(ABORT, 'poisoned'); END");
  auto store = start();
  const Record running = apply(*store, {a_mail().build(clock_.now())}, 1).claims[0].record;
  const Finish finish{result_of(running, delivered()), 0, std::nullopt};
  EXPECT_EQ(apply(*store, {finish}).outcomes[0].error().code, Code::internal);
  store.reset();
  store = open().value();
  EXPECT_THAT(ids(store->recover().value().interrupted), ElementsAre(running.id));
}

TEST_F(SqliteDamage, lets_the_guilty_command_of_a_batch_fail_alone) {
  start();
  tamper(
      "CREATE TRIGGER poison BEFORE INSERT ON content WHEN new.body = x'706f69736f6e' "
      "BEGIN SELECT RAISE(ABORT, 'poisoned'); END");
  auto store = start();
  std::vector<Command> commands;
  for (const char* content : {"good", "poison", "fine"})
    commands.emplace_back(a_mail().content(content).build(clock_.now()));
  const BatchResult batch = apply(*store, std::move(commands), 5);
  EXPECT_TRUE(batch.outcomes[0].ok());
  EXPECT_EQ(batch.outcomes[1].error().code, Code::internal);
  EXPECT_TRUE(batch.outcomes[2].ok());
  EXPECT_THAT(batch.claims, SizeIs(2));
  EXPECT_EQ(recount(*store), store->counts().jobs);
  EXPECT_EQ(count(*store, JobStatus::processing), 2U);
}

TEST_F(SqliteDamage, a_damaged_record_is_an_error_and_stops_nobody) {
  auto store = start();
  const auto all = accepted(apply(*store, {a_mail().build(clock_.now()), a_mail().build(clock_.now())}));
  store.reset();
  for (const char* blob : {"x''", "x'00'", "x'01'", "x'01ffffffffffffffffffff'", "zeroblob(40)"}) {
    SCOPED_TRACE(blob);
    for (const char* column : {"envelope", "progress"}) {
      tamper("CREATE TABLE spare AS SELECT * FROM job");
      tamper("UPDATE job SET " + std::string(column) + " = " + blob +
             " WHERE seq = " + std::to_string(all[0].id.seq()));
      store = start();
      EXPECT_EQ(store->get(all[0].id, false).error().code, Code::internal);
      EXPECT_TRUE(store->get(all[1].id, false).ok());
      EXPECT_THAT(ids(store->list({}, 10, "").value().records), ElementsAre(all[1].id));
      store.reset();
      tamper("DELETE FROM job; INSERT INTO job SELECT * FROM spare; DROP TABLE spare");
    }
  }
}

TEST_F(SqliteDamage, a_damaged_job_ends_as_failed) {
  auto store = start();
  const auto all = accepted(apply(*store, {a_mail().build(clock_.now()), a_mail().build(clock_.now()),
                                           a_mail().living(std::chrono::minutes(1)).build(clock_.now()),
                                           a_mail().due_in(std::chrono::hours(1)).build(clock_.now())}));
  ASSERT_THAT(apply(*store, {}, 1).claims, SizeIs(1));
  store.reset();
  tamper("UPDATE job SET progress = x'01'");
  clock_.advance(std::chrono::minutes(1));
  store = start();
  EXPECT_THAT(apply(*store, {}, 5).claims, SizeIs(0));
  EXPECT_EQ(count(*store, JobStatus::failed), 3U) << "in flight, due and expired";
  EXPECT_EQ(count(*store, JobStatus::pending), 1U) << "not met yet";
  EXPECT_FALSE(apply(*store, {Cancel{all[3].id}}).outcomes[0].ok());
}

TEST_F(SqliteDamage, a_damaged_job_can_be_removed_once_it_is_at_rest) {
  auto store = start();
  const std::vector<Claimed> running =
      apply(*store, {a_mail().build(clock_.now()), a_mail().hold().build(clock_.now())}, 2).claims;
  const Record waiting = accepted(apply(*store, {a_mail().build(clock_.now())}))[0];
  apply(*store, {Finish{result_of(running[0].record, delivered()), 0, std::nullopt},
                 Finish{result_of(running[1].record, uncertain()), 0, std::nullopt}});
  store.reset();
  tamper("UPDATE job SET envelope = x'01'");
  store = start();
  EXPECT_EQ(count(*store, JobStatus::held), 1U);
  const BatchResult batch =
      apply(*store, {Remove{running[0].record.id}, Remove{running[1].record.id}, Remove{waiting.id}});
  EXPECT_TRUE(batch.outcomes[0].ok());
  EXPECT_TRUE(batch.outcomes[1].ok()) << "held, and nobody can decide about it any more";
  EXPECT_EQ(batch.outcomes[2].error().code, Code::conflict) << "not met yet";
  apply(*store, {}, 1);
  EXPECT_TRUE(apply(*store, {Remove{waiting.id}}).outcomes[0].ok());
  EXPECT_EQ(store->counts().jobs, (std::array<std::uint64_t, 6>{}));
  store.reset();
  EXPECT_EQ(query("SELECT (SELECT count(*) FROM job) + (SELECT count(*) FROM content)"), 0);
}

TEST_F(SqliteDamage, a_stray_row_of_the_queue_moves_no_job) {
  auto store = start();
  const Record done = apply(*store, {a_mail().build(clock_.now())}, 1).claims[0].record;
  apply(*store, {Finish{result_of(done, delivered()), 0, std::nullopt}});
  const Record twice = accepted(apply(*store, {a_mail().build(clock_.now())}))[0];
  store.reset();
  for (const std::int64_t seq : {done.id.seq(), twice.id.seq(), std::int64_t{1}}) {
    tamper("INSERT INTO queue SELECT q, due + 1, " + std::to_string(seq) + ", part, lane, expires FROM queue LIMIT 1");
  }
  clock_.advance(Duration(1));
  store = start();
  EXPECT_THAT(ids(apply(*store, {}, 5).claims), ElementsAre(twice.id));
  EXPECT_EQ(store->get(done.id, false).value().record.status(), JobStatus::completed);
  EXPECT_EQ(recount(*store), store->counts().jobs);
}

TEST_F(SqliteDamage, a_stray_row_of_the_queue_expires_no_running_job) {
  auto store = start();
  const Record running = accepted(apply(*store, {a_mail().living(std::chrono::minutes(1)).build(clock_.now())}))[0];
  store.reset();
  tamper("INSERT INTO queue SELECT q, due + 1, seq, part, lane, expires FROM queue");
  store = start();
  EXPECT_THAT(ids(apply(*store, {}, 5).claims), ElementsAre(running.id));
  clock_.advance(std::chrono::minutes(1));
  EXPECT_THAT(apply(*store, {}, 5).expired, SizeIs(0));
  EXPECT_EQ(store->get(running.id, false).value().record.status(), JobStatus::processing);
  EXPECT_EQ(recount(*store), store->counts().jobs);
}

// What is damaged in a content that nobody wants must not stop the store.
TEST_F(SqliteDamage, leaves_to_the_next_start_what_it_cannot_drop) {
  start();
  tamper(
      "CREATE TRIGGER poison BEFORE DELETE ON content WHEN (SELECT v FROM meta WHERE k = 'paused') "
      "BEGIN SELECT RAISE(ABORT, 'poisoned'); END");
  auto store = start();
  const Submit large = upload(*store, a_mail(), 3);
  apply(*store, {large, Cancel{large.record.id}, Remove{large.record.id}, SetPaused{true}});
  EXPECT_FALSE(store->tend());
  apply(*store, {SetPaused{false}, a_mail().build(clock_.now())});
  EXPECT_FALSE(store->tend());
  EXPECT_TRUE(store->takes_jobs().ok());
  store.reset();
  EXPECT_EQ(query("SELECT count(*) FROM content"), 5);
  start()->tend();
  EXPECT_EQ(query("SELECT count(*) FROM content"), 1);
}

}  // namespace
}  // namespace jobd::testing
