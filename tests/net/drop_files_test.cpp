// The drop folder's files: what is taken, what is moved out of the way, what is left.
#include "daemon/net/drop_files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "shared/drop.h"
#include "tests/support/fakes.h"
#include "tests/support/temporary_folder.h"

namespace jobd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kMail =
    R"({"op":"submit_email","params":{"to":"a@x.org","from":"b@x.org","body":"x","idempotency_key":"k"}})";

class DropFilesTest : public ::testing::Test {
 protected:
  std::string drop() const { return folder_.file("drop"); }
  std::string rejected() const { return folder_.file("rejected"); }
  DropFiles open() {
    auto files = DropFiles::open({drop(), {}, 4096});
    EXPECT_TRUE(files) << files.error().message;
    return *std::move(files);
  }
  std::string write(const std::string& name, std::string_view text) const {
    const std::string path = drop() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  static std::vector<std::string> in(const std::string& folder) {
    std::vector<std::string> names;
    if (!std::filesystem::exists(folder)) return names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }
  // All of one pass.
  static DropBatch pass(DropFiles& files) {
    DropBatch all;
    files.restart();
    while (!all.is_last) {
      DropBatch batch = files.next_batch(testing::kNoon);
      for (auto& mail : batch.mails) all.mails.push_back(std::move(mail));
      for (auto& notice : batch.notices) all.notices.push_back(std::move(notice));
      all.is_last = batch.is_last;
      all.is_elsewhere = all.is_elsewhere || batch.is_elsewhere;
      all.has_trouble = all.has_trouble || batch.has_trouble;
    }
    return all;
  }
  // The one file there is, rejected: why.
  std::string why_rejected() {
    DropFiles files = open();
    const DropBatch batch = pass(files);
    EXPECT_THAT(batch.mails, IsEmpty());
    EXPECT_FALSE(batch.has_trouble);
    return batch.notices.size() == 1 ? batch.notices.front() : "";
  }

  testing::TemporaryFolder folder_;
};

TEST_F(DropFilesTest, MakesAFolderThatAllMayWriteToAndNobodyMayRead) {
  open();
  struct stat status{};
  ASSERT_EQ(::stat(drop().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 03733U);
  ::chmod(drop().c_str(), 03730);
  open();
  ASSERT_EQ(::stat(drop().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 03730U) << "what the administrator chose stays";
}

TEST_F(DropFilesTest, AFolderThatDoesNotKeepItsFilesIsNotUsed) {
  open();
  ::chmod(drop().c_str(), 0777);
  EXPECT_THAT(DropFiles::open({drop(), {}, 4096}).error().message, HasSubstr("3733"));
  ASSERT_EQ(::symlink(drop().c_str(), folder_.file("link").c_str()), 0);
  EXPECT_FALSE(DropFiles::open({folder_.file("link"), {}, 4096}));
}

TEST_F(DropFilesTest, AMailIsItsOwnersAndStaysUntilItIsRemoved) {
  DropFiles files = open();
  const std::string path = write("a", std::string(kMail) + "\n");
  ASSERT_EQ(::chown(path.c_str(), ::geteuid() == 0 ? 65534 : ::geteuid(), static_cast<gid_t>(-1)), 0);
  const DropBatch batch = pass(files);
  ASSERT_THAT(batch.mails, SizeIs(1));
  EXPECT_THAT(batch.notices, IsEmpty());
  EXPECT_EQ(batch.mails[0].scope, "uid:" + std::to_string(::geteuid() == 0 ? 65534 : ::geteuid()));
  EXPECT_EQ(std::get<SubmitEmail>(batch.mails[0].request).idempotency_key, "k");
  EXPECT_THAT(pass(files).mails, SizeIs(1));
  EXPECT_THAT(files.remove(batch.mails[0].file), IsEmpty());
  EXPECT_THAT(files.remove(batch.mails[0].file), IsEmpty());
  EXPECT_THAT(in(drop()), IsEmpty());
}

TEST_F(DropFilesTest, AFileThatGotTheNameMeanwhileStays) {
  DropFiles files = open();
  write("a", kMail);
  const DropBatch first = pass(files);
  ASSERT_THAT(first.mails, SizeIs(1));
  write(".b", R"({"op":"submit_email","params":{"to":"a@x.org","body":"y","idempotency_key":"other"}})");
  std::filesystem::rename(drop() + "/.b", drop() + "/a");
  EXPECT_THAT(files.remove(first.mails[0].file), IsEmpty());
  EXPECT_THAT(files.reject(first.mails[0].file, "why"), IsEmpty());
  const DropBatch second = pass(files);
  ASSERT_THAT(second.mails, SizeIs(1));
  EXPECT_EQ(std::get<SubmitEmail>(second.mails[0].request).idempotency_key, "other");
  EXPECT_THAT(files.remove(second.mails[0].file), IsEmpty());
  EXPECT_THAT(in(drop()), IsEmpty());
  EXPECT_THAT(in(rejected()), IsEmpty());
}

TEST_F(DropFilesTest, WhatARemovalLeftAsideIsFoundAgain) {
  DropFiles files = open();
  write(".taken-a", kMail);
  pass(files);
  EXPECT_THAT(in(drop()), ElementsAre("a"));
  EXPECT_THAT(pass(files).mails, SizeIs(1));
}

TEST_F(DropFilesTest, WhatOthersMayWriteIsNotItsOwners) {
  open();
  for (const mode_t mode : {0664U, 0646U}) {
    ::chmod(write("a", kMail).c_str(), mode);
    EXPECT_THAT(why_rejected(), HasSubstr("others than its owner"));
  }
}

TEST_F(DropFilesTest, AFolderMadeAnewIsUsedInsteadOfTheOld) {
  DropFiles files = open();
  std::filesystem::rename(drop(), folder_.file("old"));
  EXPECT_THAT(pass(files).notices, ElementsAre(HasSubstr("it was there before")));
  EXPECT_THAT(pass(files).notices, IsEmpty());
  ASSERT_EQ(::mkdir(drop().c_str(), 0700), 0);
  write("a", kMail);
  const DropBatch batch = pass(files);
  EXPECT_THAT(batch.notices, ElementsAre(HasSubstr("another one now")));
  EXPECT_TRUE(batch.is_elsewhere);
  ASSERT_THAT(batch.mails, SizeIs(1));
  files.remove(batch.mails[0].file);
  EXPECT_THAT(in(drop()), IsEmpty());
}

TEST_F(DropFilesTest, WithoutAKeyAFileIsItsOwn) {
  DropFiles files = open();
  const std::string line = R"({"op":"submit_email","params":{"to":"a@x.org","body":"x"}})";
  write("a", line);
  write("b", line);
  const auto key = [](const DroppedMail& mail) { return std::get<SubmitEmail>(mail.request).idempotency_key; };
  const DropBatch first = pass(files);
  const DropBatch second = pass(files);
  ASSERT_THAT(first.mails, SizeIs(2));
  EXPECT_NE(key(first.mails[0]), key(first.mails[1]));
  EXPECT_EQ(key(first.mails[0]), key(second.mails[0]));
}

TEST_F(DropFilesTest, WhatIsNoSubmitIsMovedOutOfTheWay) {
  DropFiles files = open();
  write("bad", "{");
  write("list", R"({"op":"list_jobs"})");
  write("field", R"({"op":"submit_email","params":{"to":"nobody"}})");
  write("empty", "");
  write("long", std::string(4097, ' '));
  write(std::string(201, 'n'), kMail);
  const DropBatch batch = pass(files);
  EXPECT_THAT(batch.mails, IsEmpty());
  EXPECT_THAT(batch.notices, SizeIs(6));
  EXPECT_THAT(in(drop()), IsEmpty());
  EXPECT_THAT(in(rejected()), UnorderedElementsAre("bad", "list", "field", "empty", "long", std::string(201, 'n')));
  write("bad", "[");  // of a name that is there already
  EXPECT_THAT(pass(files).notices, SizeIs(1));
  EXPECT_THAT(in(rejected()), SizeIs(7));
}

TEST_F(DropFilesTest, OnlyARegularFileWithOneLinkIsOpened) {
  open();
  const std::string other = folder_.file("other");
  std::ofstream(other) << kMail;
  ASSERT_EQ(::symlink(other.c_str(), (drop() + "/link").c_str()), 0);
  EXPECT_THAT(why_rejected(), HasSubstr("symbolic link"));
  ASSERT_EQ(::link(other.c_str(), (drop() + "/hard").c_str()), 0);
  EXPECT_THAT(why_rejected(), HasSubstr("more than one link"));
  ASSERT_EQ(::mkfifo((drop() + "/pipe").c_str(), 0666), 0);
  EXPECT_THAT(why_rejected(), HasSubstr("no regular file"));
  ASSERT_EQ(::mkdir((drop() + "/folder").c_str(), 0777), 0);
  EXPECT_THAT(why_rejected(), HasSubstr("no regular file"));
  EXPECT_THAT(in(drop()), IsEmpty());
}

TEST_F(DropFilesTest, WhatCannotBeMovedIsLeftAndToldOnce) {
  DropFiles files = open();
  std::ofstream(rejected()) << "in the way";
  write("bad", "{");
  EXPECT_THAT(pass(files).notices, ElementsAre(HasSubstr("left where it is")));
  EXPECT_THAT(pass(files).notices, IsEmpty());
  std::filesystem::remove(drop() + "/bad");
  const std::string another = write("bad", kMail);
  // It may get the old one's inode, and be made before the file system's clock has moved on.
  std::filesystem::last_write_time(another, std::filesystem::last_write_time(another) + std::chrono::seconds(1));
  EXPECT_THAT(pass(files).mails, SizeIs(1));
}

TEST_F(DropFilesTest, UnfinishedFilesAreLeftForAnHourOtherHiddenOnesForEver) {
  DropFiles files = open();
  const std::string old = write(std::string(drop::kUnfinished) + "old", "x");
  const std::string young = write(std::string(drop::kUnfinished) + "young", "x");
  write(".hidden", kMail);
  const auto touch = [](const std::string& path, Time time) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    const timespec times[] = {{seconds, 0}, {seconds, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  };
  touch(old, testing::kNoon - std::chrono::minutes(61));
  touch(young, testing::kNoon - std::chrono::minutes(59));
  touch(drop() + "/.hidden", testing::kNoon - std::chrono::hours(1000));
  const DropBatch batch = pass(files);
  EXPECT_THAT(batch.mails, IsEmpty());
  EXPECT_THAT(in(drop()), UnorderedElementsAre(std::string(drop::kUnfinished) + "young", ".hidden"));
}

TEST_F(DropFilesTest, ManyComeInBatches) {
  DropFiles files = open();
  const std::size_t count = limits::kDropBatchFiles + 10;
  for (std::size_t i = 0; i < count; ++i) write(std::to_string(i), kMail);
  files.restart();
  const DropBatch first = files.next_batch(testing::kNoon);
  EXPECT_THAT(first.mails, SizeIs(limits::kDropBatchFiles));
  EXPECT_FALSE(first.is_last);
  for (const DroppedMail& mail : first.mails) files.remove(mail.file);
  const DropBatch second = files.next_batch(testing::kNoon);
  EXPECT_THAT(second.mails, SizeIs(10));
  EXPECT_TRUE(second.is_last);
  EXPECT_TRUE(files.next_batch(testing::kNoon).is_last) << "another pass";
}

TEST_F(DropFilesTest, TheLogIsNotFlooded) {
  DropFiles files = open();
  for (int i = 0; i < 100; ++i) write(std::to_string(i), "{");
  const DropBatch batch = pass(files);
  EXPECT_THAT(batch.notices, SizeIs(limits::kDropNotices + 1));
  EXPECT_THAT(batch.notices.back(), HasSubstr("90 more"));
}

}  // namespace
}  // namespace jobd
