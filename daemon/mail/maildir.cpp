#include "daemon/mail/maildir.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace jobd {
namespace {

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0600;
// Every flush of a file waits for the disk. Past a few, one flush of the whole file system is cheaper (4 times at 64
// files on a busy ext4), though others' writes go with it; it reports errors since Linux 5.8.
constexpr std::size_t kFilesFlushedOneByOne = 4;

std::string why(const std::string& act, int error) {
  return act + ": " + std::strerror(error);
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Takes what stands before the mark off the text, and the mark; all of it where there is none.
std::string_view take_until(char mark, std::string_view& text) {
  const std::size_t end = std::min(text.find(mark), text.size());
  const std::string_view head = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return head;
}

bool is_maildir_name(std::string_view name) {
  constexpr std::string_view kSuffix = ".jobd";
  constexpr std::size_t kIdBytes = 36;
  if (!name.ends_with(kSuffix)) return false;
  name.remove_suffix(kSuffix.size());
  if (!is_number(take_until('.', name)) || !JobId::parse(name.substr(0, kIdBytes))) return false;
  name.remove_prefix(kIdBytes);
  return take_until('-', name).empty() && is_number(take_until('-', name)) && is_number(name);
}

// What cannot be removed stays: it only takes up room.
void remove_leftovers(const std::string& tmp) {
  std::error_code ignored;
  std::vector<std::filesystem::path> leftovers;
  for (std::filesystem::directory_iterator file(tmp, ignored), end; file != end; file.increment(ignored)) {
    const bool is_regular = file->symlink_status(ignored).type() == std::filesystem::file_type::regular;
    if (is_regular && is_maildir_name(file->path().filename().string())) leftovers.push_back(file->path());
  }
  for (const auto& path : leftovers) std::filesystem::remove(path, ignored);
}

// True when the folder is there.
bool make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), kFolderMode) == 0) return true;
  struct stat found{};
  return errno == EEXIST && ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

std::string with_lf(const std::string& text) {
  std::string lines;
  lines.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\r' || at + 1 == text.size() || text[at + 1] != '\n') lines += text[at];
  }
  return lines;
}

// 0, or errno.
int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

}  // namespace

std::string maildir_name(Time created_at, const AttemptRef& ref) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(created_at.time_since_epoch());
  return std::to_string(seconds.count()) + "." + ref.id.text() + "-" + std::to_string(ref.part) + "-" +
         std::to_string(ref.claim) + ".jobd";
}

Maildir::Maildir(std::string path, Descriptor tmp_dir, Descriptor new_dir)
    : path_(std::move(path)), tmp_dir_(std::move(tmp_dir)), new_dir_(std::move(new_dir)) {}

Result<Maildir> Maildir::open(const std::string& path) {
  std::error_code error;
  std::string root = std::filesystem::absolute(path, error).lexically_normal().string();
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  for (const std::string& folder : {root, root + "/tmp", root + "/new", root + "/cur"}) {
    if (!make_folder(folder)) return Error{Code::unavailable, why("cannot make the maildir folder " + folder, errno)};
  }
  Descriptor tmp_dir(::open((root + "/tmp").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Descriptor new_dir(::open((root + "/new").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (tmp_dir.get() < 0 || new_dir.get() < 0) {
    return Error{Code::unavailable, why("cannot open the maildir " + root, errno)};
  }
  remove_leftovers(root + "/tmp");
  return Maildir(std::move(root), std::move(tmp_dir), std::move(new_dir));
}

std::vector<std::optional<std::string>> Maildir::write(const std::vector<File>& files) {
  std::vector<int> errors(files.size(), 0);
  std::vector<Descriptor> open_files;
  for (std::size_t i = 0; i < files.size(); ++i) {
    Descriptor fd(::openat(tmp_dir_.get(), files[i].name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode));
    errors[i] = fd.get() < 0 ? errno : write_all(fd.get(), files[i].envelope);
    if (errors[i] == 0) errors[i] = write_all(fd.get(), with_lf(files[i].message));
    open_files.push_back(std::move(fd));
  }
  const bool all_at_once = files.size() > kFilesFlushedOneByOne;
  const int common_error = all_at_once && ::syncfs(tmp_dir_.get()) != 0 ? errno : 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const char* name = files[i].name.c_str();
    if (errors[i] == 0) errors[i] = common_error;
    if (errors[i] == 0 && !all_at_once && ::fsync(open_files[i].get()) != 0) errors[i] = errno;
    if (errors[i] == 0 && ::renameat(tmp_dir_.get(), name, new_dir_.get(), name) != 0) errors[i] = errno;
    if (errors[i] != 0 && open_files[i].get() >= 0) ::unlinkat(tmp_dir_.get(), name, 0);
  }
  const int folder_error = ::fsync(new_dir_.get()) == 0 ? 0 : errno;
  std::vector<std::optional<std::string>> failures(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    const int error = errors[i] != 0 ? errors[i] : folder_error;
    if (error != 0) failures[i] = why("cannot write " + path_of(files[i].name), error);
  }
  return failures;
}

}  // namespace jobd
