#include "daemon/store/store_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace jobd::store {
namespace {

struct flock whole_file() {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

Error held(int descriptor, const std::string& store_path) {
  struct flock holder = whole_file();
  std::string who = "another process";
  if (::fcntl(descriptor, F_GETLK, &holder) == 0 && holder.l_type != F_UNLCK) {
    who = "process " + std::to_string(holder.l_pid);
  }
  return {Code::busy, "the store " + store_path + " is in use by " + who + ": stop that one first"};
}

}  // namespace

Result<std::unique_ptr<StoreLock>> StoreLock::take(const std::string& store_path) {
  const std::string path = store_path + ".lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return Error{Code::unavailable, "cannot open " + path + ": " + std::strerror(errno)};
  auto lock = std::make_unique<StoreLock>(descriptor);
  struct flock wanted = whole_file();
  if (::fcntl(descriptor, F_SETLK, &wanted) == 0) return lock;
  if (errno == EAGAIN || errno == EACCES) return held(descriptor, store_path);
  return Error{Code::unavailable, "cannot lock " + path + ": " + std::strerror(errno)};
}

StoreLock::~StoreLock() {
  ::close(descriptor_);
}

}  // namespace jobd::store
