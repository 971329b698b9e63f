// One story of a store, told once for each of its writes and flushes: there the disk fails, is full, or the power goes.
// Whatever was acknowledged before must be there afterwards, the counts must agree with the jobs, and every job that
// has not ended must be claimable.
#include <algorithm>
#include <map>
#include <set>

#include "tests/contract/fake_disk.h"
#include "tests/contract/store_contract.h"
#include "tests/support/temporary_folder.h"

namespace jobd::testing {
namespace {

struct PowerIsOff {};

class Story {
 public:
  Story() { settings_.min_free_space_bytes = 0; }

  // To its end, or until the power is off or a flush has failed.
  void tell() try {
    open();
    std::vector<Claimed> running = apply({mail("one"), mail("two"), mail("three")}, 2);
    const JobId first = running[0].record.id;
    running = apply({finish(running[0], delivered()), finish(running[1], temporary()), mail("four")}, 1);
    const Submit large = mail("large", 2);
    const Submit unwanted = mail("unwanted", 1);
    apply({StoreChunk{large.record.id, 0, "first, "}, StoreChunk{unwanted.record.id, 0, "first, "}}, 0);
    apply({StoreChunk{large.record.id, 1, "second, "}, finish(running[0], permanent())}, 0);
    apply({large, unwanted, SetPaused{true}, Cancel{unwanted.record.id}}, 0);
    open();
    apply({SetPaused{false}, Cancel{large.record.id}, Remove{unwanted.record.id}, mail("five")}, 0);
    store_->tend();
    running = apply({mail("six")}, 3);
    tell_of_parts();
    apply({StepOverDot{running[0].record.in_flight()}, Retry{large.record.id, std::nullopt}}, 0);
    apply({finish(running[0], delivered()), finish(running[1], uncertain()), Remove{first}}, 1);
    store_.reset();
  } catch (const PowerIsOff&) {
    store_.reset();
  } catch (const FlushFailed&) {
    store_.reset();
  }

  // After a new start on what the disk still has.
  void check() {
    open();
    for (const auto& [id, told] : acknowledged_) check_kept(told);
    for (const JobId& id : removed_) EXPECT_FALSE(store_->get(id, false).ok()) << "come again";
    EXPECT_EQ(recount(*store_), store_->counts().jobs);
    check_claimable();
    store_.reset();
  }

 private:
  // Some ended, some in flight, some waiting.
  void tell_of_parts() {
    Submit divided = mail("divided", 0, {2, 3, 4});
    std::vector<Claimed> parts;
    std::vector<Claimed> claims = apply({divided}, 2);
    for (Claimed& claimed : claims) {
      if (claimed.record.id == divided.record.id) parts.push_back(std::move(claimed));
    }
    if (parts.size() < 2) return;
    apply({finish(parts[0], temporary())}, 0);
    apply({finish(parts[1], delivered())}, 1);
  }

  void check_kept(const Record& told) {
    Result<Found> found = store_->get(told.id, true);
    if (!found && removing_.contains(told.id)) return;
    ASSERT_TRUE(found.ok()) << "lost: " << told.subject;
    EXPECT_EQ(found->content, contents_[told.id]);
    EXPECT_GE(found->record.claims, told.claims);
    const bool ended = is_final(told.status()) && told.subject != "large";
    EXPECT_TRUE(!ended || found->record == told) << told.subject << " has moved after its end";
  }

  void check_claimable() {
    clock_.advance(std::chrono::hours(1));
    std::vector<Command> resume = {SetPaused{false}};
    const std::uint64_t waiting = store_->counts().jobs[static_cast<std::size_t>(JobStatus::pending)];
    std::set<JobId> claimed;
    const BatchResult batch = store_->apply(resume, {100, {}}).value();
    for (const Claimed& claim : batch.claims) claimed.insert(claim.record.id);
    EXPECT_EQ(claimed.size(), waiting);
  }

  // As a daemon that is started again until it comes up.
  void open() {
    store_.reset();
    for (int tries = 0; tries < 2; ++tries) {
      settings_.url = "sqlite:" + folder_.file("jobs.db");
      auto opened = open_repository(settings_, clock_, [](const std::string& message) { throw FlushFailed{message}; });
      if (!opened) continue;
      store_ = *std::move(opened);
      if (store_->recover()) return;
      store_.reset();
    }
    throw PowerIsOff{};
  }

  // A batch whose error says that nothing was kept is given again, as it was.
  std::vector<Claimed> apply(std::vector<Command> commands, std::size_t slots) {
    const ClaimBudget budget{slots, {}};
    const auto before = store_->counts().jobs;
    std::vector<Command> first = commands;
    std::set<JobId> removing = ids_to_remove(commands);
    removing_.insert(removing.begin(), removing.end());
    Result<BatchResult> batch = store_->apply(first, budget);
    if (!batch) {
      EXPECT_EQ(store_->counts().jobs, before) << "a failed batch has changed something";
      batch = store_->apply(commands, budget);
    }
    if (!batch) throw PowerIsOff{};
    for (Outcome& outcome : batch->outcomes) note(outcome);
    removed_.merge(removing);
    return std::move(batch->claims);
  }

  static std::set<JobId> ids_to_remove(const std::vector<Command>& commands) {
    std::set<JobId> ids;
    for (const Command& command : commands) {
      if (const auto* remove = std::get_if<Remove>(&command)) ids.insert(remove->id);
    }
    return ids;
  }

  void note(Outcome& outcome) {
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    if (auto* accepted = std::get_if<Accepted>(&*outcome)) {
      EXPECT_FALSE(accepted->repeated) << "a failed batch was kept";
      acknowledged_[accepted->record.id] = accepted->record;
    } else if (auto* moved = std::get_if<Moved>(&*outcome); moved != nullptr && moved->record) {
      acknowledged_[moved->record->id] = *moved->record;
    }
  }

  Submit mail(const std::string& name, std::uint32_t chunks = 0, const std::vector<LaneId>& parts = {}) {
    Submit submit = a_mail().content(name + "'s content").key(name).hold().parts(parts).build(clock_.now());
    submit.record.subject = name;
    submit.chunks = chunks;
    contents_[submit.record.id] = (chunks == 2 ? "first, second, " : chunks == 1 ? "first, " : "") + *submit.content;
    return submit;
  }

  static Finish finish(const Claimed& claimed, RecipientResult each) {
    return {result_of(claimed.record, std::move(each), claimed.part), 0, std::nullopt};
  }

  TemporaryFolder folder_;
  FakeClock clock_;
  StoreSettings settings_;
  std::unique_ptr<Repository> store_;
  std::map<JobId, Record> acknowledged_;
  std::map<JobId, std::string> contents_;
  std::set<JobId> removing_;  // acknowledged or not
  std::set<JobId> removed_;
};

// Tells the story until it passes untouched. Returns how often it did not.
template <typename Aftermath>
int tell_with(FakeDisk::Fault fault, const Aftermath& aftermath) {
  for (int at = 1;; ++at) {
    SCOPED_TRACE("at write or flush " + std::to_string(at));
    FakeDisk disk;
    Story story;
    disk.fail_at(at, fault);
    story.tell();
    if (!disk.failed()) return at - 1;
    disk.power_on();
    aftermath(disk);
    story.check();
    if (::testing::Test::HasFailure()) return at;
  }
}

// Enough to know that the story was disturbed in all its parts and not once in the beginning.
constexpr int kManyTimes = 100;

TEST(DiskFailure, of_any_one_write_or_flush_loses_nothing) {
  EXPECT_GT(tell_with(FakeDisk::Fault::io_error, [](FakeDisk&) {}), kManyTimes);
}

TEST(DiskFailure, of_any_flush_with_the_power_going_after_it_loses_nothing) {
  EXPECT_GT(tell_with(FakeDisk::Fault::io_error, [](FakeDisk& disk) { disk.lose_unflushed(0); }), kManyTimes);
}

TEST(DiskFailure, of_a_full_disk_at_any_write_loses_nothing) {
  EXPECT_GT(tell_with(FakeDisk::Fault::full, [](FakeDisk&) {}), kManyTimes);
}

TEST(DiskFailure, a_kill_at_any_write_loses_nothing) {
  EXPECT_GT(tell_with(FakeDisk::Fault::power_off, [](FakeDisk&) {}), kManyTimes);
}

// A store on a fake disk, with one job for later.
struct QuietStore {
  QuietStore() {
    settings.url = "sqlite:" + folder.file("jobs.db");
    settings.min_free_space_bytes = 0;
    store = open_repository(settings, clock, [](const std::string& message) { throw FlushFailed{message}; }).value();
    EXPECT_TRUE(store->recover().ok());
    apply({a_mail().due_in(std::chrono::minutes(1)).build(clock.now())});
  }
  BatchResult apply(std::vector<Command> commands) { return store->apply(commands, {10, {}}).value(); }
  void fill_log() {
    for (int i = 0; i < 10; ++i) {
      apply({SetPaused{true}, a_mail().content(std::string(limits::kChunkBytes, 'x')).build(clock.now())});
    }
  }

  FakeDisk disk;
  TemporaryFolder folder;
  FakeClock clock;
  StoreSettings settings;
  std::unique_ptr<Repository> store;
};

TEST(Disk, is_not_written_by_a_batch_that_changes_nothing) {
  QuietStore quiet;
  quiet.disk.fail_at(1, FakeDisk::Fault::io_error);
  quiet.apply({});
  quiet.apply({Cancel{JobId{}}, StepOverDot{}, SetPaused{false}});
  quiet.store->tend();
  EXPECT_FALSE(quiet.disk.failed());
}

TEST(Disk, is_flushed_once_by_a_batch) {
  QuietStore quiet;
  const int before = quiet.disk.flushes();
  quiet.apply({a_mail().build(kNoon), a_mail().build(kNoon), SetPaused{true}});
  EXPECT_EQ(quiet.disk.flushes(), before + 1);
}

TEST(DiskFailure, of_a_batch_is_told_until_the_disk_takes_writes_again) {
  QuietStore quiet;
  EXPECT_TRUE(quiet.store->takes_jobs().ok());
  quiet.disk.fail_at(1, FakeDisk::Fault::power_off);
  std::vector<Command> commands = {a_mail().build(kNoon)};
  ASSERT_FALSE(quiet.store->apply(commands, {}).ok());
  EXPECT_EQ(quiet.store->takes_jobs().error().code, Code::unavailable);
  EXPECT_EQ(quiet.store->takes_jobs().error().code, Code::unavailable);
  quiet.disk.power_on();
  EXPECT_TRUE(quiet.store->takes_jobs().ok());
  quiet.apply({a_mail().build(kNoon)});
}

TEST(Disk, is_not_written_to_find_out_whether_it_works) {
  QuietStore quiet;
  quiet.disk.fail_at(1, FakeDisk::Fault::io_error);
  EXPECT_TRUE(quiet.store->takes_jobs().ok());
  EXPECT_FALSE(quiet.disk.failed());
}

TEST(DiskFailure, of_a_full_disk_is_told_as_such) {
  QuietStore quiet;
  quiet.disk.fail_at(1, FakeDisk::Fault::full);
  std::vector<Command> commands = {a_mail().build(kNoon)};
  ASSERT_FALSE(quiet.store->apply(commands, {}).ok());
  quiet.disk.fail_at(1, FakeDisk::Fault::full);
  EXPECT_EQ(quiet.store->takes_jobs().error().code, Code::storage_full);
  EXPECT_TRUE(quiet.store->takes_jobs().ok());
}

TEST(DiskFailure, of_a_checkpoint_is_made_up_for_at_the_next) {
  QuietStore quiet;
  quiet.fill_log();
  quiet.disk.fail_at(2, FakeDisk::Fault::full);
  quiet.store->tend();
  EXPECT_TRUE(quiet.disk.failed());
  quiet.apply({a_mail().build(kNoon)});
  quiet.store->tend();
  EXPECT_EQ(recount(*quiet.store), quiet.store->counts().jobs);
}

TEST(Disk, that_was_full_once_goes_on_with_dropping) {
  QuietStore quiet;
  Submit large = a_mail().due_in(std::chrono::minutes(1)).content("the end").build(quiet.clock.now());
  for (; large.chunks < 2 * limits::kDroppedChunks; ++large.chunks) {
    quiet.apply({StoreChunk{large.record.id, large.chunks, std::string(limits::kChunkBytes, 'x')}});
  }
  for (const Outcome& outcome : quiet.apply({large, Cancel{large.record.id}, Remove{large.record.id}}).outcomes) {
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  }
  quiet.disk.fail_at(1, FakeDisk::Fault::full);
  EXPECT_FALSE(quiet.store->tend()) << "others are not held up by one failure after another";
  EXPECT_TRUE(quiet.disk.failed());
  EXPECT_FALSE(quiet.store->tend());
  quiet.clock.advance(std::chrono::seconds(1));
  EXPECT_TRUE(quiet.store->tend()) << "more is left";
  while (quiet.store->tend()) {
  }
  quiet.clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(quiet.store->tend());
}

TEST(DiskFailure, of_a_checkpoints_flush_is_fatal) {
  QuietStore quiet;
  quiet.fill_log();
  quiet.disk.fail_at(1, FakeDisk::Fault::io_error);
  EXPECT_THROW(quiet.store->tend(), FlushFailed);
}

class PowerLoss : public ::testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, PowerLoss, ::testing::Range<std::uint64_t>(0, 4));

TEST_P(PowerLoss, at_any_write_loses_nothing) {
  EXPECT_GT(tell_with(FakeDisk::Fault::power_off, [](FakeDisk& disk) { disk.lose_unflushed(GetParam()); }), kManyTimes);
}

}  // namespace
}  // namespace jobd::testing
