#include "daemon/net/socket_file.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

namespace jobd {
namespace {

Error failed(const std::string& what, int error) {
  return {Code::unavailable, "cannot " + what + ": " + std::strerror(error)};
}

Error taken(const std::string& path) {
  return {Code::busy, "another jobd listens on " + path + "; stop it first, or give this one another --socket"};
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.back() == '/' || path.size() >= sizeof(address.sun_path)) {
    return Error{Code::invalid_field,
                 "the socket's path must name a file and have at most " + std::to_string(sizeof(address.sun_path) - 1) +
                     " bytes: " + path,
                 "daemon.socket"};
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// Precondition: the lock is held, so whoever listens is no jobd that is just starting.
Result<Done> remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return Done{};
  if (!S_ISSOCK(status.st_mode)) {
    return Error{Code::unavailable, path + " exists and is no socket; jobd does not replace it"};
  }
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const bool connected = ::connect(probe.get(), generic(address), sizeof(address)) == 0;
  if (connected || errno == EAGAIN) return taken(path);  // EAGAIN: its backlog is full
  if (errno != ECONNREFUSED) return failed("look who listens on " + path, errno);
  if (::unlink(path.c_str()) != 0) return failed("replace the stale socket " + path, errno);
  return Done{};
}

Result<Done> give_to_group(const std::string& path, const std::string& group) {
  if (group.empty()) return Done{};
  const struct group* entry = ::getgrnam(group.c_str());
  if (entry == nullptr) return Error{Code::invalid_field, "there is no group " + group, "daemon.socket_group"};
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0 && status.st_gid == entry->gr_gid) return Done{};
  if (::chown(path.c_str(), static_cast<uid_t>(-1), entry->gr_gid) != 0)
    return failed("give " + path + " to group " + group, errno);
  return Done{};
}

// Until listen() nobody can connect, so mode and group are right before anyone can try.
Result<Done> bind_and_listen(int listener, const SocketFile& file, const sockaddr_un& address) {
  const mode_t before = ::umask(0177);
  const int bound = ::bind(listener, generic(address), sizeof(address));
  const int error = errno;
  ::umask(before);
  if (bound != 0) return failed("listen on " + file.path, error);
  if (Result<Done> given = give_to_group(file.path, file.group); !given) return given;
  if (::chmod(file.path.c_str(), file.mode) != 0) return failed("set the mode of " + file.path, errno);
  if (::listen(listener, SOMAXCONN) != 0) return failed("listen on " + file.path, errno);
  return Done{};
}

}  // namespace

Result<ListeningSocket> listen_on(const SocketFile& file) {
  const Result<sockaddr_un> address = address_of(file.path);
  if (!address) return address.error();
  std::error_code ignored;  // an existing folder is fine, any other trouble shows at the lock
  std::filesystem::create_directory(std::filesystem::path(file.path).parent_path(), ignored);

  Descriptor lock(::open((file.path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.get() < 0) return failed("make " + file.path + ".lock", errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return taken(file.path);
  if (Result<Done> stale = remove_stale(file.path, *address); !stale) return std::move(stale).error();

  Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (listener.get() < 0) return failed("make a socket", errno);
  if (Result<Done> listening = bind_and_listen(listener.get(), file, *address); !listening)
    return std::move(listening).error();
  return ListeningSocket{std::move(listener), std::move(lock)};
}

}  // namespace jobd
