// The fixture of what is particular to the SQLite store: its file, closed and opened, and what others may do to it.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/contract/store_contract.h"
#include "tests/support/temporary_folder.h"

namespace jobd::testing {

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
  // As tamper, for a number.
  int query(const std::string& sql) {
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    int number = -1;
    const auto keep = [](void* to, int, char** columns, char**) {
      *static_cast<int*>(to) = std::stoi(columns[0]);
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), keep, &number, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
    return number;
  }
  BatchResult apply(Repository& store, std::vector<Command> commands, std::size_t slots = 0) {
    return store.apply(commands, {slots, {}}).value();
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
  std::string path_ = folder_.file("state/jobs.db");
  FakeClock clock_;
  StoreSettings settings_;
};

}  // namespace jobd::testing
