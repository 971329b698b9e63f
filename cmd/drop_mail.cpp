#include "cmd/drop_mail.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

#include "shared/descriptor.h"
#include "shared/drop.h"
#include "shared/limits.h"

namespace jobd::cmd {
namespace {

Error failed(const std::string& what, int error_number) {
  const bool full = error_number == ENOSPC || error_number == EDQUOT;
  return {full ? Code::storage_full : Code::unavailable, "cannot " + what + ": " + std::strerror(error_number)};
}

bool is_own(uid_t owner) {
  return owner == ::geteuid();
}

bool is_roots_or_own(uid_t owner) {
  return owner == 0 || is_own(owner);
}

struct Folder {
  Descriptor descriptor;  // O_PATH: the mode lets nobody read it
  struct stat status{};
};

// Another's is trusted where root, or the user, must have put it there: nobody else may write to what holds it.
bool is_trusted(const Folder& folder) {
  if (is_roots_or_own(folder.status.st_uid)) return true;
  const Descriptor parent(::openat(folder.descriptor.get(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct stat status{};
  if (parent.get() < 0 || ::fstat(parent.get(), &status) != 0) return false;
  return is_roots_or_own(status.st_uid) && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

Result<Folder> open_folder(const std::string& path) {
  Folder folder{Descriptor(::open(path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))};
  if (folder.descriptor.get() < 0 || ::fstat(folder.descriptor.get(), &folder.status) != 0) {
    return failed("use the drop folder " + path, errno);
  }
  const bool is_shared = (folder.status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  const bool is_sticky = (folder.status.st_mode & S_ISVTX) != 0;
  const auto refused = [&](const std::string& why) {
    return Error{Code::unavailable, "the drop folder " + path + " is not used: " + why};
  };
  if (!is_trusted(folder)) {
    return refused("it belongs to user " + std::to_string(folder.status.st_uid) +
                   ", and not only root could put it there");
  }
  if (is_shared && !is_sticky) return refused("others could remove what is in it; its mode must be 3733");
  if (!is_own(folder.status.st_uid) && (folder.status.st_mode & S_ISGID) == 0) {
    return refused("jobd could not read what is in it; its mode must be 3733");
  }
  return folder;
}

// A file under its unfinished name, removed unless it is kept.
class Unfinished {
 public:
  Unfinished(const Folder& folder, const std::string& name)
      : folder_(folder), name_(std::string(drop::kUnfinished) + name) {}
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() {
    if (exists_) ::unlinkat(folder_.descriptor.get(), name_.c_str(), 0);
  }

  Result<Done> create() {
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    file_ = Descriptor(::openat(folder_.descriptor.get(), name_.c_str(), kFlags, 0600));
    if (file_.get() < 0) return failed("write to the drop folder", errno);
    exists_ = true;
    return is_own(folder_.status.st_uid) ? Result<Done>(Done{}) : let_jobd_read();
  }

  Result<Done> write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(file_.get(), text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return failed("write to the drop folder", errno);
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file_.get()) != 0) return failed("flush a file in the drop folder", errno);
    return Done{};
  }

  Result<Done> finish(const std::string& name) {
    const int folder = folder_.descriptor.get();
    if (::renameat2(folder, name_.c_str(), folder, name.c_str(), RENAME_NOREPLACE) != 0) {
      return failed("name a file in the drop folder", errno);
    }
    name_ = name;
    if (Result<Done> flushed = flush_names(); !flushed) return flushed;
    exists_ = false;
    return Done{};
  }

 private:
  Result<Done> let_jobd_read() {
    struct stat status{};
    if (::fchmod(file_.get(), 0640) != 0 || ::fstat(file_.get(), &status) != 0) {
      return failed("give a file in the drop folder to jobd", errno);
    }
    if (status.st_gid == folder_.status.st_gid) return Done{};
    return Error{Code::unavailable, "files in the drop folder do not get its group, so jobd could not read them"};
  }

  // Who may not read a folder cannot flush it alone: then its whole file system is.
  Result<Done> flush_names() {
    const Descriptor readable(::openat(folder_.descriptor.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const int flushed = readable.get() >= 0 ? ::fsync(readable.get()) : ::syncfs(file_.get());
    if (flushed != 0) return failed("flush the drop folder", errno);
    return Done{};
  }

  const Folder& folder_;
  std::string name_;
  Descriptor file_;
  bool exists_ = false;
};

}  // namespace

Result<Done> drop_mail(const std::string& folder_path, const DropFile& file) {
  if (file.line.size() >= limits::kLineBytes) {
    return Error{Code::too_large, "the email is too large for the drop folder; send it when jobd is back"};
  }
  Result<Folder> folder = open_folder(folder_path);
  if (!folder) return std::move(folder).error();
  Unfinished unfinished(*folder, file.name);
  if (Result<Done> created = unfinished.create(); !created) return created;
  if (Result<Done> written = unfinished.write(std::string(file.line) + '\n'); !written) return written;
  return unfinished.finish(file.name);
}

}  // namespace jobd::cmd
