// What is particular to the SQLite store: its file, its lock, and what it does about damage.
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <stdexcept>

#include "tests/contract/store_contract.h"
#include "tests/contract/temporary_folder.h"

namespace jobd::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class SqliteFile : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Repository>> open() {
    settings_.url = "sqlite:" + path_;
    return open_repository(settings_, clock_, [](const std::string& message) { throw FlushFailed{message}; });
  }
  std::unique_ptr<Repository> start() {
    auto opened = open();
    if (!opened) throw std::runtime_error(opened.error().message);
    auto store = *std::move(opened);
    EXPECT_TRUE(store->recover().ok());
    return store;
  }
  // As somebody with the sqlite3 shell would, while no jobd runs.
  void tamper(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  BatchResult apply(Repository& store, std::vector<Command> commands, std::size_t slots = 0) {
    return store.apply(commands, {slots, limits::kInFlightBytes, {}}).value();
  }
  // The pieces of a large content of this mail, each in a batch of its own; what is left is its submit.
  Submit upload(Repository& store, const MailBuilder& mail, std::uint32_t pieces) {
    Submit submit = mail.build(clock_.now());
    for (; submit.chunks < pieces; ++submit.chunks) {
      const StoreChunk piece{submit.record.id, submit.chunks, std::string(limits::kChunkBytes, 'x')};
      EXPECT_TRUE(apply(store, {piece}).outcomes[0].ok());
      store.tend();
    }
    return submit;
  }
  std::uint64_t count(Repository& store, JobStatus status) {
    return store.counts().jobs[static_cast<std::size_t>(status)];
  }
  std::uintmax_t log_bytes() { return std::filesystem::file_size(path_ + "-wal"); }
  unsigned mode(const std::string& path) {
    struct stat found{};
    EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
    return found.st_mode & 0777U;
  }
  // Every file of the folder with its size and time.
  std::map<std::string, std::pair<std::uintmax_t, std::filesystem::file_time_type>> files() {
    std::map<std::string, std::pair<std::uintmax_t, std::filesystem::file_time_type>> found;
    for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(path_).parent_path())) {
      found[file.path().string()] = {file.file_size(), file.last_write_time()};
    }
    return found;
  }

  TemporaryFolder folder_;
  std::string path_ = folder_ / "state/jobs.db";
  FakeClock clock_;
  StoreSettings settings_;
};

TEST_F(SqliteFile, is_made_for_its_owner_alone) {
  const mode_t before = ::umask(0);
  auto store = start();
  ::umask(before);
  EXPECT_EQ(mode(folder_ / "state"), 0700U);
  EXPECT_EQ(mode(path_), 0600U);
  EXPECT_EQ(mode(path_ + "-wal"), 0600U);
  EXPECT_EQ(mode(path_ + ".lock"), 0600U);
}

TEST_F(SqliteFile, needs_a_url_it_knows) {
  for (const char* url : {"", "sqlite:", "postgres:host", "jobs.db"}) {
    settings_.url = url;
    const auto store = open_repository(settings_, clock_, {});
    ASSERT_FALSE(store.ok()) << url;
    EXPECT_EQ(store.error().code, Code::invalid_field);
  }
}

TEST_F(SqliteFile, is_unavailable_where_it_cannot_be_made) {
  path_ = folder_ / "no/such/folder/jobs.db";
  EXPECT_EQ(open().error().code, Code::unavailable);
}

TEST_F(SqliteFile, held_by_another_process_is_busy_and_stays_untouched) {
  auto store = start();
  apply(*store, {a_mail().build(clock_.now())});
  const auto before = files();
  const pid_t holder = ::getpid();
  const pid_t other = ::fork();
  if (other == 0) {
    const auto second = open();
    const bool refused = !second.ok() && second.error().code == Code::busy &&
                         second.error().message.find("process " + std::to_string(holder)) != std::string::npos;
    ::_exit(refused ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(other, &status, 0), other);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(files(), before);
  apply(*store, {a_mail().build(clock_.now())});
}

TEST_F(SqliteFile, of_a_holder_that_is_gone_opens) {
  start();
  EXPECT_TRUE(open().ok());
}

TEST_F(SqliteFile, of_a_later_schema_is_refused_unchanged) {
  start();
  tamper("PRAGMA user_version = 99");
  const auto refused = open();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::internal);
  EXPECT_THAT(refused.error().message, HasSubstr("newer jobd"));
  tamper("PRAGMA user_version = 1");
  EXPECT_TRUE(open().ok());
}

TEST_F(SqliteFile, of_another_program_is_refused) {
  std::filesystem::create_directory(folder_ / "state");
  tamper("CREATE TABLE notes(text)");
  EXPECT_EQ(open().error().code, Code::internal);
}

TEST_F(SqliteFile, that_is_no_database_is_refused) {
  start();
  std::filesystem::remove(path_ + "-wal");
  std::filesystem::resize_file(path_, 0);
  FILE* file = std::fopen(path_.c_str(), "w");
  std::fputs(std::string(5000, 'x').c_str(), file);
  std::fclose(file);
  EXPECT_EQ(open().error().code, Code::internal);
}

TEST_F(SqliteFile, keeps_its_log_at_its_size_while_it_is_tended) {
  auto store = start();
  const std::uintmax_t size = log_bytes();
  EXPECT_GE(size, 4U << 20);
  for (int i = 0; i < 40; ++i) {
    apply(*store, {a_mail().content(std::string(limits::kChunkBytes, 'x')).build(clock_.now())});
    store->tend();
  }
  EXPECT_EQ(log_bytes(), size);
  store.reset();
  EXPECT_EQ(log_bytes(), size);
}

TEST_F(SqliteFile, keeps_its_log_at_its_size_when_a_large_content_is_dropped) {
  constexpr std::uint32_t kPieces = 40;  // 10 MiB, the log has 4
  auto store = start();
  const std::uintmax_t size = log_bytes();
  apply(*store, {a_mail().key("k").build(clock_.now())});
  const BatchResult repeated = apply(*store, {upload(*store, a_mail().key("k"), kPieces)});
  EXPECT_TRUE(std::get<Accepted>(*repeated.outcomes[0]).repeated);
  EXPECT_EQ(log_bytes(), size) << "after a repeated submit";
  Submit gap = upload(*store, a_mail(), kPieces);
  ++gap.chunks;
  EXPECT_EQ(apply(*store, {gap}).outcomes[0].error().code, Code::unavailable);
  EXPECT_EQ(log_bytes(), size) << "after a refused submit";
  upload(*store, a_mail(), kPieces);
  store.reset();
  store = start();
  EXPECT_EQ(log_bytes(), size) << "after the sweep of a start";
}

TEST_F(SqliteFile, with_too_little_free_space_takes_results_but_no_submits) {
  auto store = start();
  const Claimed running = apply(*store, {a_mail().key("k").build(clock_.now())}, 1).claims[0];
  store.reset();
  settings_.min_free_space_bytes = std::uint64_t{1} << 62;
  store = start();
  const Claimed again = apply(*store, {}, 1).claims[0];
  const BatchResult batch = apply(*store, {a_mail().build(clock_.now()), a_mail().key("k").build(clock_.now()),
                                           Finish{result_of(again.record, delivered()), 0, std::nullopt}});
  EXPECT_EQ(batch.outcomes[0].error().code, Code::storage_full);
  EXPECT_EQ(std::get<Accepted>(*batch.outcomes[1]).record.id, running.record.id);
  EXPECT_TRUE(batch.outcomes[2].ok());
}

TEST_F(SqliteFile, with_too_little_free_space_keeps_no_piece_of_a_large_content) {
  auto store = start();
  const Submit kept = upload(*store, a_mail(), 1);
  const Record job = std::get<Accepted>(*apply(*store, {kept}).outcomes[0]).record;
  store.reset();
  settings_.min_free_space_bytes = std::uint64_t{1} << 62;
  store = start();
  Submit large = a_mail().build(clock_.now());
  large.chunks = 1;
  const BatchResult batch = apply(*store, {StoreChunk{job.id, 0, "again"}, StoreChunk{large.record.id, 0, "piece"}});
  EXPECT_TRUE(batch.outcomes[0].ok()) << "of a job that is here already: nothing is written";
  EXPECT_EQ(batch.outcomes[1].error().code, Code::storage_full);
  EXPECT_EQ(apply(*store, {large}).outcomes[0].error().code, Code::storage_full);
  store.reset();
  EXPECT_EQ(open().value()->recover().value().orphans_swept, 0U);
}

// A result whose recording fails stays wanted: the attempt is still in flight, and the same result again counts.
TEST_F(SqliteFile, keeps_an_attempt_in_flight_whose_result_it_cannot_record) {
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

TEST_F(SqliteFile, finds_an_attempt_at_the_next_start_whose_result_it_could_not_record) {
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

TEST_F(SqliteFile, lets_the_guilty_command_of_a_batch_fail_alone) {
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

TEST_F(SqliteFile, a_damaged_record_is_an_error_and_stops_nobody) {
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

TEST_F(SqliteFile, a_damaged_job_ends_as_failed) {
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

TEST_F(SqliteFile, a_stray_row_of_the_queue_moves_no_job) {
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

TEST_F(SqliteFile, a_stray_row_of_the_queue_expires_no_running_job) {
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

}  // namespace
}  // namespace jobd::testing
