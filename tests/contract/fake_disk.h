// A disk in memory under SQLite: it knows what has been flushed and what has not, fails where it is told to, and
// can lose its power. Registers itself as SQLite's default file system (VFS) while it lives; what else the store
// does with files (lock, folder) happens on the real one.
//
// Of a power loss anything may remain: each write since a file's last flush is kept or lost on its own, or kept in part
// up to a 512-byte sector. A kill -9 loses nothing of what was written.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/fakes.h"

struct sqlite3_vfs;

namespace jobd::testing {

class FakeDisk {
 public:
  FakeDisk();
  ~FakeDisk();
  FakeDisk(const FakeDisk&) = delete;
  FakeDisk& operator=(const FakeDisk&) = delete;

  enum class Fault {
    io_error,   // this write or flush fails
    full,       // this write finds no space; a flush succeeds
    power_off,  // this one and all that follow fail
  };
  // at: of the writes and flushes from now on, the first is 1.
  void fail_at(int at, Fault fault);
  bool failed() const { return failed_; }
  void power_on() { at_ = 0; }
  int flushes() const { return flushes_; }
  int operations() const { return operations_; }  // writes and flushes since it was told to fail, if ever

  // What stays on the disk. seed 0: only what was flushed; others: a share of the rest, by chance.
  void lose_unflushed(std::uint64_t seed);

  // For the files of the VFS.
  struct Write {
    std::size_t offset = 0;
    std::string bytes;
    bool truncates = false;  // to offset
  };
  struct File {
    std::string flushed;
    std::string current;
    std::vector<Write> unflushed;
  };
  std::shared_ptr<File> open(const std::string& path) {
    return files_.try_emplace(path, std::make_shared<File>()).first->second;
  }
  bool exists(const std::string& path) const { return files_.contains(path); }
  void remove(const std::string& path) { files_.erase(path); }
  // An SQLite result code.
  int before_write();
  int before_flush();

 private:
  bool fails_now();

  std::map<std::string, std::shared_ptr<File>> files_;
  std::unique_ptr<sqlite3_vfs> vfs_;
  int operations_ = 0;
  int flushes_ = 0;
  int at_ = 0;
  Fault fault_ = Fault::io_error;
  bool failed_ = false;
};

}  // namespace jobd::testing
