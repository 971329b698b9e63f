// The drop folder on a real loop, before a service on a fake store. The test waits on the folder's own events.
#include "daemon/net/drop_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <thread>

#include "tests/net/hall_fixture.h"
#include "tests/support/temporary_folder.h"

namespace jobd {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DropFolderTest : public testing::HallFixture {
 protected:
  DropFolderTest() {
    desk_.on_post = [this] { loop_.post([this] { work(); }); };
    std::filesystem::create_directory(drop());
    std::filesystem::permissions(drop(), std::filesystem::perms::owner_all);
    watch_ = Descriptor(::inotify_init1(IN_CLOEXEC));
    EXPECT_GE(::inotify_add_watch(watch_.get(), drop().c_str(), IN_DELETE | IN_MOVED_FROM), 0);
  }
  ~DropFolderTest() override {
    if (thread_.joinable()) {
      loop_.post([this] { loop_.stop(); });
      thread_.join();
    }
    folder_.reset();
  }

  std::string drop() const { return temporary_.file("drop"); }
  void open() {
    auto files = DropFiles::open({drop(), {}, 4096});
    ASSERT_TRUE(files) << files.error().message;
    folder_.emplace(loop_, service_, clock_, *std::move(files), [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      warnings_.push_back(line);
      warned_.notify_one();
    });
    ASSERT_TRUE(folder_->open());
    thread_ = std::thread([this] { loop_.run(); });
  }
  void on_loop(const std::function<void()>& work) {
    std::promise<void> done;
    loop_.post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  // As jobctl does it: whole under its name at once.
  void leave(const std::string& name, const std::string& key, const std::string& to = "a@x.org") const {
    const std::string hidden = drop() + "/.new-" + name;
    std::ofstream(hidden) << R"({"op":"submit_email","params":{"body":"x","to":")" << to << R"(","idempotency_key":")"
                          << key << "\"}}\n";
    std::filesystem::rename(hidden, drop() + "/" + name);
  }
  // Until so many files have gone out of the folder.
  void await_gone(std::size_t count) const {
    for (std::size_t gone = 0; gone < count;) {
      alignas(inotify_event) std::array<char, 65536> buffer{};
      pollfd item{watch_.get(), POLLIN, 0};
      ASSERT_EQ(::poll(&item, 1, 30'000), 1) << gone << " are gone";
      const ssize_t got = ::read(watch_.get(), buffer.data(), buffer.size());
      for (std::size_t at = 0; at < static_cast<std::size_t>(std::max<ssize_t>(got, 0));) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
        const std::string_view name(static_cast<const char*>(event->name));
        if (!name.starts_with('.')) ++gone;
        at += sizeof(inotify_event) + event->len;
      }
    }
  }
  std::uint64_t jobs() {
    std::uint64_t sum = 0;
    on_loop([&] {
      for (const std::uint64_t count : desk_.store().counts().jobs) sum += count;
    });
    return sum;
  }
  void await_warning() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(warned_.wait_for(lock, std::chrono::seconds(30), [this] { return !warnings_.empty(); }));
  }
  std::vector<std::string> warnings() {
    const std::lock_guard lock(mutex_);
    return warnings_;
  }

  testing::TemporaryFolder temporary_;
  Descriptor watch_;
  IoLoop loop_;
  std::optional<DropFolder> folder_;
  std::mutex mutex_;
  std::condition_variable warned_;
  std::vector<std::string> warnings_;  // guarded by mutex_
  std::thread thread_;
};

TEST_F(DropFolderTest, WhatLiesThereAtTheStartIsTakenAndWhatComesLater) {
  leave("a", "1");
  leave("b", "2");
  open();
  await_gone(2);
  leave("c", "3");
  await_gone(1);
  EXPECT_EQ(jobs(), 3U);
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(DropFolderTest, AFileGoesOnlyWhenItsJobIsDurable) {
  held = true;
  leave("a", "1");
  open();
  std::promise<void> asked;
  on_loop([&] {
    desk_.on_post = [&] { asked.set_value(); };
    if (desk_.has_work()) asked.set_value();
  });
  asked.get_future().wait();
  EXPECT_TRUE(std::filesystem::exists(drop() + "/a"));
  on_loop([this] {
    desk_.on_post = [this] { loop_.post([this] { work(); }); };
    held = false;
    work();
  });
  await_gone(1);
  EXPECT_EQ(jobs(), 1U);
}

TEST_F(DropFolderTest, ManyAreTakenInBatches) {
  constexpr std::size_t kCount = 3 * limits::kDropBatchFiles + 7;
  for (std::size_t i = 0; i < kCount; ++i) leave(std::to_string(i), std::to_string(i));
  open();
  await_gone(kCount);
  EXPECT_EQ(jobs(), kCount);
}

TEST_F(DropFolderTest, WhatTheServiceRefusesIsMovedOutOfTheWay) {
  leave("a", "1", "nobody");
  leave("b", "2");
  open();
  await_gone(2);
  EXPECT_EQ(jobs(), 1U);
  EXPECT_TRUE(std::filesystem::exists(temporary_.file("rejected/a")));
  EXPECT_THAT(warnings(), SizeIs(1));
}

TEST_F(DropFolderTest, WhatIsRefusedForNowStaysAndIsTriedAgain) {
  desk_.full = true;
  leave("a", "1");
  open();
  await_warning();
  leave("b", "2");
  on_loop([this] { desk_.full = false; });
  await_gone(2);
  EXPECT_EQ(jobs(), 2U);
  EXPECT_THAT(warnings(), SizeIs(1));
}

TEST_F(DropFolderTest, AFolderMadeAnewIsWatchedToo) {
  open();
  leave("a", "1");
  await_gone(1);
  std::filesystem::rename(drop(), temporary_.file("old"));
  await_warning();
  std::filesystem::create_directory(temporary_.file("new"));
  EXPECT_GE(::inotify_add_watch(watch_.get(), temporary_.file("new").c_str(), IN_DELETE | IN_MOVED_FROM), 0);
  std::filesystem::rename(temporary_.file("new"), drop());
  leave("b", "2");
  await_gone(1);
  leave("c", "3");
  await_gone(1);
  EXPECT_EQ(jobs(), 3U);
}

TEST_F(DropFolderTest, ClosedItTakesNoMore) {
  open();
  leave("a", "1");
  await_gone(1);
  on_loop([this] { folder_->close(); });
  leave("b", "2");
  on_loop([] {});
  EXPECT_EQ(jobs(), 1U);
  EXPECT_TRUE(std::filesystem::exists(drop() + "/b"));
}

}  // namespace
}  // namespace jobd
