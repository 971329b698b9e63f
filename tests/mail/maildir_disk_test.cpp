// What a maildir does where the disk does not take all that it is given.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "daemon/mail/maildir.h"
#include "tests/support/temporary_folder.h"

namespace jobd {
namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::Optional;

// As a disk that is full: a file of this process takes so many bytes and no more.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t bytes) : signal_before_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallFiles() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_before_);
  }
  SmallFiles(const SmallFiles&) = delete;
  SmallFiles& operator=(const SmallFiles&) = delete;

 private:
  rlimit before_{};
  void (*signal_before_)(int);
};

class MaildirDisk : public ::testing::Test {
 protected:
  static std::vector<std::string> names(const fs::path& in) {
    std::vector<std::string> found;
    for (const auto& file : fs::directory_iterator(in)) found.push_back(file.path().filename().string());
    std::ranges::sort(found);
    return found;
  }

  const jobd::testing::TemporaryFolder folder_;
  const std::string box_ = folder_.file("box");
  Maildir maildir_ = *Maildir::open(box_);
};

TEST_F(MaildirDisk, AMailThatDoesNotFitIsTakenBackAndTheOthersAreDelivered) {
  const SmallFiles small(4096);
  const auto failures = maildir_.write({{"a", "To: a\n", "short\r\n"},
                                        {"b", "To: b\n", std::string(10'000, 'x')},
                                        {"c", std::string(10'000, 'x'), "short\r\n"}});
  EXPECT_EQ(failures[0], std::nullopt);
  EXPECT_THAT(failures[1], Optional(EndsWith("/new/b: File too large")));
  EXPECT_THAT(failures[2], Optional(EndsWith("/new/c: File too large")));
  EXPECT_THAT(names(box_ + "/new"), ::testing::ElementsAre("a"));
  EXPECT_THAT(names(box_ + "/tmp"), IsEmpty());
}

// More than are flushed one by one.
TEST_F(MaildirDisk, InAGreatBatchToo) {
  const SmallFiles small(4096);
  std::vector<Maildir::File> files;
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) files.push_back({name, "", "short\r\n"});
  files[3].message = std::string(10'000, 'x');
  const auto failures = maildir_.write(files);
  for (std::size_t i = 0; i < files.size(); ++i) EXPECT_EQ(failures[i].has_value(), i == 3) << files[i].name;
  EXPECT_THAT(names(box_ + "/new"), ::testing::ElementsAre("a", "b", "c", "e", "f"));
  EXPECT_THAT(names(box_ + "/tmp"), IsEmpty());
}

TEST_F(MaildirDisk, WhatCannotBeMovedToNewIsTakenBack) {
  fs::remove(box_ + "/new");
  const auto failures = maildir_.write({{"a", "", "short\r\n"}});
  EXPECT_THAT(failures[0], Optional(EndsWith("/new/a: No such file or directory")));
  EXPECT_THAT(names(box_ + "/tmp"), IsEmpty());
}

// tmp and new lie on one file system and are folders; whatever else stands there stops the start.
TEST_F(MaildirDisk, AFileWhereAFolderBelongsStopsTheStart) {
  for (const char* name : {"/tmp", "/new", "/cur"}) {
    fs::remove(box_ + name);
    std::ofstream(box_ + name) << "a file";
    const auto opened = Maildir::open(box_);
    ASSERT_FALSE(opened.ok()) << name;
    EXPECT_THAT(opened.error().message, EndsWith(std::string("/box") + name + ": File exists"));
    fs::remove(box_ + name);
    fs::create_directory(box_ + name);
  }
}

TEST_F(MaildirDisk, SlashesAtTheEndAreNoPartOfItsName) {
  EXPECT_EQ(Maildir::open(box_ + "///")->path_of("a"), box_ + "/new/a");
}

}  // namespace
}  // namespace jobd
