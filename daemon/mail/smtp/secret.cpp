#include "daemon/mail/smtp/secret.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "shared/descriptor.h"

namespace jobd::smtp {
namespace {

constexpr std::size_t kMappedBytes = Secret::kBytesMax + 4096;

Error cannot(const std::string& what, const std::string& path, const std::string& why) {
  return {Code::unavailable, "cannot read " + what + " " + path + ": " + why};
}

// None: the name says that it is a credential, and there is no folder of them.
std::optional<std::string> path_of(const std::string& name) {
  if (name.starts_with('/')) return name;
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder == '\0') return std::nullopt;
  return std::string(folder) + "/" + name;
}

}  // namespace

Secret::Secret(std::string_view text) {
  assert(text.size() <= kBytesMax);
  if (text.empty()) return;
  std::ranges::copy(text, room().begin());
  grew(text.size());
}

Secret::Secret(Secret&& other) noexcept
    : pages_(std::exchange(other.pages_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  std::swap(pages_, other.pages_);
  std::swap(size_, other.size_);
  return *this;
}

Secret::~Secret() {
  if (pages_ == nullptr) return;
  ::explicit_bzero(pages_, kMappedBytes);
  ::munmap(pages_, kMappedBytes);
}

std::span<char> Secret::room() {
  if (pages_ == nullptr) {
    void* made = ::mmap(nullptr, kMappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED) throw std::bad_alloc();
    ::madvise(made, kMappedBytes, MADV_DONTDUMP);
    pages_ = static_cast<char*>(made);
  }
  return {pages_ + size_, kBytesMax + 1 - size_};
}

void Secret::keep(std::size_t begin, std::size_t size) {
  assert(begin + size <= size_);
  if (size > 0) std::memmove(pages_, pages_ + begin, size);
  if (size_ > size) ::explicit_bzero(pages_ + size, size_ - size);
  size_ = size;
}

void wipe(std::string& text) {
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

Result<Secret> one_line(Secret text, const std::string& of) {
  std::string_view line = text.view();
  const auto refuse = [&of](const std::string& why) { return Error{Code::unavailable, of + " " + why}; };
  if (line.size() > Secret::kBytesMax) {
    return refuse("is longer than " + std::to_string(Secret::kBytesMax) + " bytes");
  }
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return refuse("is empty");
  if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    return refuse("has more than one line in it, or a NUL");
  }
  text.keep(0, line.size());
  return text;
}

Result<Secret> read_secret(const std::string& name, const std::string& what) {
  const auto path = path_of(name);
  if (!path) {
    return Error{Code::unavailable, "cannot read " + what + " \"" + name +
                                        "\": a name without a leading slash is one of $CREDENTIALS_DIRECTORY, which is "
                                        "not set; write an absolute path, or LoadCredential= in the unit"};
  }
  const Descriptor file(::open(path->c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return cannot(what, *path, std::strerror(errno));
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return cannot(what, *path, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return cannot(what, *path, "it is no regular file");
  Secret secret;
  while (!secret.room().empty()) {
    const ssize_t n = ::read(file.get(), secret.room().data(), secret.room().size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return cannot(what, *path, std::strerror(errno));
    if (n == 0) break;
    secret.grew(static_cast<std::size_t>(n));
  }
  return one_line(std::move(secret), what + " " + *path);
}

std::string doubt_about_secret(const std::string& name) {
  const auto path = path_of(name);
  struct stat status{};
  if (!path || ::stat(path->c_str(), &status) != 0 || (status.st_mode & S_IROTH) == 0) return "";
  return *path + " holds a secret, and everybody on this machine may read it; chmod o-r " + *path;
}

}  // namespace jobd::smtp
