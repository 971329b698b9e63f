// The lock that keeps a second jobd away from a store: a POSIX record lock on PATH.lock, which dies with its process,
// kill -9 included. The file stays; only the lock on it says anything.
//
// POSIX locks are a process's: one process must not open the same store twice, since closing either file gives up both.
#pragma once

#include <memory>
#include <string>

#include "shared/result.h"

namespace jobd::store {

class StoreLock {
 public:
  // Errors: busy when another process holds it, the message with its pid; unavailable when the file cannot be opened.
  static Result<std::unique_ptr<StoreLock>> take(const std::string& store_path);

  explicit StoreLock(int descriptor) : descriptor_(descriptor) {}
  ~StoreLock();
  StoreLock(const StoreLock&) = delete;
  StoreLock& operator=(const StoreLock&) = delete;

 private:
  const int descriptor_;
};

}  // namespace jobd::store
