// What is particular to the SQLite store: its file, its lock, its space.
#include "tests/contract/sqlite_file.h"
#include "tests/contract/schema_1.h"

#include <sys/wait.h>

#include <array>
#include <map>

namespace jobd::testing {
namespace {

using ::testing::HasSubstr;

TEST_F(SqliteFile, is_made_for_its_owner_alone) {
  const mode_t before = ::umask(0);
  auto store = start();
  ::umask(before);
  EXPECT_EQ(mode(folder_.file("state")), 0700U);
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
  path_ = folder_.file("no/such/folder/jobs.db");
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
  tamper("PRAGMA user_version = 4");
  EXPECT_TRUE(open().ok());
}

TEST_F(SqliteFile, of_the_first_schema_opens_with_all_it_has) {
  std::filesystem::create_directory(folder_.file("state"));
  tamper(kStoreOfSchema1);
  clock_.set(Time(Duration(1'795'550'000'000)));
  auto store = start();
  EXPECT_EQ(store->counts().jobs, (std::array<std::uint64_t, 6>{3, 0, 2, 1, 0, 1}));
  EXPECT_TRUE(store->counts().paused);
  EXPECT_EQ(recount(*store), store->counts().jobs);
  std::map<std::string, Record> jobs;
  FoundPage page = store->list({}, 100, "").value();
  for (Record& record : page.records) jobs[record.subject] = std::move(record);
  EXPECT_EQ(jobs["completed"].recipients[0].reply, "simulated; nothing was sent");
  EXPECT_EQ(jobs["failed"].error->code, Failure::rejected);
  EXPECT_EQ(jobs["backoff"].attempts, 1);
  EXPECT_EQ(jobs["low"].crashes, 1U) << "it was in flight";
  EXPECT_EQ(jobs["low"].history.at(0).relay, "") << "nobody wrote it down";
  for (const auto& [subject, record] : jobs) EXPECT_TRUE(record.parts.empty()) << subject;
  EXPECT_THAT(store->get(jobs["scheduled"].id, true)->content.value(), HasSubstr("later@example.com"));

  std::vector<std::string> order;
  clock_.advance(std::chrono::hours(2));
  apply(*store, {SetPaused{false}});
  for (int turn = 0; turn < 3; ++turn) order.push_back(apply(*store, {}, 1).claims.at(0).record.subject);
  EXPECT_THAT(order, ::testing::ElementsAre("backoff", "scheduled", "low")) << "by priority, in the lane's own range";
  EXPECT_THAT(store->lanes({}).value(), ::testing::SizeIs(1));
}

// Each would cost a table of its own for every row that is written: SQLite keeps a list's values in one.
TEST_F(SqliteFile, has_no_index_with_a_list_in_its_condition) {
  start();
  EXPECT_EQ(query("SELECT count(*) FROM sqlite_schema WHERE sql LIKE '% IN (%'"), 0);
}

TEST_F(SqliteFile, of_another_program_is_refused) {
  std::filesystem::create_directory(folder_.file("state"));
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

TEST_F(SqliteFile, keeps_its_log_at_its_size_when_a_large_job_is_removed) {
  constexpr std::uint32_t kPieces = 40;
  auto store = start();
  const std::uintmax_t size = log_bytes();
  const Submit large = upload(*store, a_mail(), kPieces);
  apply(*store, {large, Cancel{large.record.id}, Remove{large.record.id}});
  while (store->tend()) {
  }
  EXPECT_EQ(log_bytes(), size);
  store.reset();
  EXPECT_EQ(query("SELECT count(*) FROM content"), 0);
  EXPECT_EQ(query("SELECT count(*) FROM upload"), 0);
}

TEST_F(SqliteFile, gives_the_space_of_removed_jobs_to_new_ones) {
  auto store = start();
  const auto round = [&] {
    for (const std::size_t bytes : {std::size_t{300}, 3 * limits::kChunkBytes / 4}) {
      Submit submit = a_mail().content(std::string(bytes, 'x')).build(clock_.now());
      apply(*store, {submit, Cancel{submit.record.id}});
      apply(*store, {Remove{submit.record.id}});
      store->tend();
    }
  };
  round();
  const std::uintmax_t size = std::filesystem::file_size(path_);
  for (int i = 0; i < 50; ++i) round();
  store.reset();
  EXPECT_LE(std::filesystem::file_size(path_), size + (1U << 20));
  EXPECT_EQ(query("SELECT count(*) FROM content"), 0);
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
  EXPECT_EQ(store->takes_jobs().error(), batch.outcomes[0].error());
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

}  // namespace
}  // namespace jobd::testing
