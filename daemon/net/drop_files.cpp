#include "daemon/net/drop_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "shared/drop.h"

namespace jobd {
namespace {

constexpr mode_t kMode = 03733;
constexpr Duration kUnfinishedFor = std::chrono::hours(1);
constexpr std::size_t kNameBytes = 200;  // with more in front it still fits an idempotency key
constexpr std::string_view kAside = ".taken-";

Error unavailable(const std::string& what) {
  return {Code::unavailable, what};
}
Error failed(const std::string& what, int error_number) {
  return unavailable("cannot " + what + ": " + std::strerror(error_number));
}
Error spoiled(std::string why) {
  return {Code::invalid_field, std::move(why)};
}

// The mode is set apart, since the process's umask takes from mkdir's. A system that lets nobody set the group's bit
// (RestrictSUIDSGID of systemd) still makes a folder that jobd's own user can use.
Result<Done> make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (::mkdir(path.c_str(), 0700) != 0) {
    return errno == EEXIST ? Result<Done>(Done{}) : failed("make the drop folder " + path, errno);
  }
  if (::chmod(path.c_str(), kMode) != 0 && ::chmod(path.c_str(), kMode & 01777U) != 0) {
    return failed("set the mode of the drop folder " + path, errno);
  }
  return Done{};
}

Result<std::string> read_all(int file, std::size_t bytes_max) {
  std::string text;
  while (true) {
    const std::size_t had = text.size();
    text.resize(std::min(bytes_max + 1, had + (64UL << 10)));
    const ssize_t got = ::read(file, text.data() + had, text.size() - had);
    text.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read it", errno);
    if (got == 0) return text;
    if (text.size() > bytes_max) return spoiled("it is longer than a request may be");
  }
}

// Another file of that name is another file, though it may get the inode of the one that has gone.
std::string identity(const DropFile& file) {
  return file.name + '.' + std::to_string(file.inode) + '.' + std::to_string(file.changed.count());
}

bool may_pass(int error_number) {
  return error_number == EMFILE || error_number == ENFILE || error_number == ENOMEM || error_number == EIO;
}

}  // namespace

Result<DropFiles> DropFiles::open(DropSettings settings) {
  if (Result<Done> made = make_folder(settings.path); !made) return std::move(made).error();
  Result<Descriptor> folder = open_folder(settings.path);
  if (!folder) return std::move(folder).error();
  return DropFiles(std::move(settings), *std::move(folder));
}

Result<Descriptor> DropFiles::open_folder(const std::string& path) {
  Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status{};
  if (folder.get() < 0 || ::fstat(folder.get(), &status) != 0) return failed("open the drop folder " + path, errno);
  const uid_t self = ::geteuid();
  if (status.st_uid != self && self != 0) {
    return unavailable("the drop folder " + path + " belongs to user " + std::to_string(status.st_uid) +
                       "; it must be jobd's own");
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (status.st_mode & S_ISVTX) == 0) {
    return unavailable("all may remove what is in the drop folder " + path + "; its mode must be 3733");
  }
  return folder;
}

bool DropFiles::begin_pass(DropBatch& batch) {
  if (pass_) return true;
  if (!is_in_place()) find_again(batch);
  const int descriptor = ::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) pass_ = Directory(::fdopendir(descriptor));
  if (pass_) return true;
  batch.notices.push_back("cannot look into the drop folder " + settings_.path + ": " + std::strerror(errno));
  if (descriptor >= 0) ::close(descriptor);
  batch.has_trouble = batch.is_last = true;
  return false;
}

bool DropFiles::is_in_place() const {
  struct stat at_path{};
  struct stat own{};
  return ::lstat(settings_.path.c_str(), &at_path) == 0 && ::fstat(folder_.get(), &own) == 0 &&
         at_path.st_ino == own.st_ino && at_path.st_dev == own.st_dev;
}

void DropFiles::find_again(DropBatch& batch) {
  Result<Descriptor> folder = open_folder(settings_.path);
  if (!folder) {
    if (!std::exchange(is_lost_, true)) batch.notices.push_back(folder.error().message + "; it was there before");
    return;
  }
  batch.notices.push_back("the drop folder " + settings_.path + " is another one now; it is used from here on");
  folder_ = *std::move(folder);
  rejected_ = Descriptor();
  is_lost_ = false;
  batch.is_elsewhere = true;
}

DropBatch DropFiles::next_batch(Time now) {
  DropBatch batch;
  if (!begin_pass(batch)) return batch;
  std::size_t bytes = 0;
  std::size_t looked = 0;
  while (looked < limits::kDropBatchFiles && bytes < limits::kDropBatchBytes) {
    const dirent* entry = ::readdir(pass_.get());
    if (entry == nullptr) {
      pass_.reset();
      batch.is_last = true;
      break;
    }
    const std::string name(static_cast<const char*>(entry->d_name));
    if (name.starts_with('.')) {
      if (name.starts_with(drop::kUnfinished)) sweep(name, now);
      if (name.starts_with(kAside)) put_back(name);
      continue;
    }
    ++looked;
    bytes += look_at(name, batch);
  }
  const std::size_t untold =
      batch.notices.size() > limits::kDropNotices ? batch.notices.size() - limits::kDropNotices : 0;
  if (untold > 0) {
    batch.notices.resize(limits::kDropNotices);
    batch.notices.push_back("and " + std::to_string(untold) + " more files of the drop folder");
  }
  return batch;
}

std::size_t DropFiles::look_at(const std::string& name, DropBatch& batch) {
  const std::optional<DropFile> file = look(name);
  if (!file || left_.contains(identity(*file))) return 0;
  std::size_t bytes = 0;
  Result<DroppedMail> mail = read(*file, bytes);
  if (mail) {
    batch.mails.push_back(*std::move(mail));
  } else if (mail.error().code == Code::unavailable) {
    batch.has_trouble = true;
    batch.notices.push_back(name + " in the drop folder: " + mail.error().message);
  } else if (mail.error().code != Code::not_found) {
    for (std::string& notice : reject(*file, mail.error().message)) batch.notices.push_back(std::move(notice));
  }
  return bytes;
}

// not_found: it is gone; unavailable: it may be had later; else it is spoiled.
Result<DroppedMail> DropFiles::read(const DropFile& seen, std::size_t& bytes) const {
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const Descriptor file(::openat(folder_.get(), seen.name.c_str(), kFlags));
  struct stat status{};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    const int error_number = errno;
    if (error_number == ENOENT) return Error{Code::not_found, "it is gone"};
    if (may_pass(error_number)) return failed("open it", error_number);
    if (error_number == ELOOP) return spoiled("it is a symbolic link");
    return spoiled(std::string("it cannot be opened: ") + std::strerror(error_number));
  }
  if (!S_ISREG(status.st_mode)) return spoiled("it is no regular file");
  if (status.st_nlink != 1) return spoiled("it has more than one link");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return spoiled("others than its owner may write to it");
  if (static_cast<std::uint64_t>(status.st_size) > settings_.line_bytes)
    return spoiled("it is longer than a request may be");
  const Result<std::string> text = read_all(file.get(), settings_.line_bytes);
  if (!text) return text.error();
  bytes = text->size();
  return understand(seen, *text, status.st_uid);
}

Result<DroppedMail> DropFiles::understand(const DropFile& file, std::string_view line, uid_t owner) const {
  if (file.name.size() > kNameBytes) return spoiled("its name is too long");
  RequestLine read = decode_request(line, settings_.limits);
  if (!read.request) {
    const Error& error = read.request.error();
    return spoiled((error.field.empty() ? "" : error.field + ": ") + error.message);
  }
  auto* submit = std::get_if<SubmitEmail>(&*read.request);
  if (submit == nullptr) return spoiled("it is no submit_email");
  // What names this very file, so that a second look at it makes no second job.
  if (submit->idempotency_key.empty()) {
    submit->idempotency_key =
        "drop:" + file.name + ':' + std::to_string(file.inode) + ':' + std::to_string(file.changed.count());
    submit->idempotency_key.resize(std::min(submit->idempotency_key.size(), limits::kIdempotencyKeyBytes));
  }
  return DroppedMail{file, "uid:" + std::to_string(owner), *std::move(read.request)};
}

void DropFiles::sweep(const std::string& name, Time now) const {
  struct stat status{};
  if (::fstatat(folder_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode)) return;
  const Time changed(std::chrono::seconds(status.st_mtim.tv_sec));
  if (now - changed > kUnfinishedFor) ::unlinkat(folder_.get(), name.c_str(), 0);
}

// First it loses its name: whatever has that name from then on is another file, and stays.
std::vector<std::string> DropFiles::remove(const DropFile& file) {
  std::vector<std::string> notices;
  if (look(file.name) != file) return notices;
  DropFile aside = file;
  aside.name.insert(0, kAside);
  const int folder = folder_.get();
  if (::renameat2(folder, file.name.c_str(), folder, aside.name.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno != ENOENT)
      leave(file, std::string("it is taken, but cannot be removed: ") + std::strerror(errno), notices);
  } else if (look(aside.name) != aside) {
    put_back(aside.name);
  } else if (::unlinkat(folder, aside.name.c_str(), 0) != 0) {
    leave(file, std::string("it is taken, but cannot be removed: ") + std::strerror(errno), notices);
    put_back(aside.name);
  }
  return notices;
}

// Where its name is another's by now it waits aside for a later pass.
void DropFiles::put_back(const std::string& name_aside) const {
  const std::string name = name_aside.substr(kAside.size());
  ::renameat2(folder_.get(), name_aside.c_str(), folder_.get(), name.c_str(), RENAME_NOREPLACE);
}

std::vector<std::string> DropFiles::reject(const DropFile& file, const std::string& why) {
  std::vector<std::string> notices;
  if (look(file.name) != file) return notices;
  if (move_to_rejected(file)) {
    notices.push_back(file.name +
                      " in the drop folder is not taken, and is now in the folder rejected beside it: " + why);
  } else {
    leave(file, "it is not taken, and left where it is: " + why, notices);
  }
  return notices;
}

bool DropFiles::move_to_rejected(const DropFile& file) {
  if (rejected_.get() < 0) {
    const std::string path = (std::filesystem::path(settings_.path).parent_path() / "rejected").string();
    ::mkdir(path.c_str(), 0700);
    rejected_ = Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status{};
    const bool is_own = ::fstat(rejected_.get(), &status) == 0 && status.st_uid == ::geteuid();
    if (!is_own) rejected_ = Descriptor();
  }
  if (rejected_.get() < 0) return false;
  const auto move_as = [&](const std::string& to) {
    return ::renameat2(folder_.get(), file.name.c_str(), rejected_.get(), to.c_str(), RENAME_NOREPLACE) == 0;
  };
  // Else one of that name has been rejected before.
  return move_as(file.name) || (errno == EEXIST && move_as(identity(file)));
}

void DropFiles::leave(const DropFile& file, const std::string& why, std::vector<std::string>& notices) {
  if (left_.size() >= limits::kDropLeftNames) return;
  left_.insert(identity(file));
  notices.push_back(file.name + " in the drop folder: " + why);
}

std::optional<DropFile> DropFiles::look(const std::string& name) const {
  struct stat status{};
  if (::fstatat(folder_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  const auto changed = std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return DropFile{name, status.st_ino, changed};
}

}  // namespace jobd
