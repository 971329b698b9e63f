#include "daemon/mail/smtp/secret_command.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "shared/descriptor.h"

namespace jobd::smtp {
namespace {

constexpr std::size_t kComplaintBytes = 256;  // of its stderr

Error failed(const std::string& why) {
  return {Code::unavailable, "oauth2_command " + why};
}

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Result<Pipe> open_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    return failed(std::string("cannot be run: ") + std::strerror(errno));
  }
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

struct Child {
  pid_t pid = 0;
  Descriptor exit;  // readable when it has ended
  Descriptor out;
  Descriptor err;
};

// How the daemon treats signals is no business of the child, nor are its descriptors: what whoever started jobd left
// open may lack O_CLOEXEC, and what the command leaves running would hold it.
class SpawnOrders {
 public:
  SpawnOrders(int out, int err) {
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
  }
  SpawnOrders(const SpawnOrders&) = delete;
  SpawnOrders& operator=(const SpawnOrders&) = delete;
  ~SpawnOrders() {
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
  }

  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
};

Result<Child> spawn(const std::string& command) {
  Result<Pipe> out = open_pipe();
  if (!out) return std::move(out).error();
  Result<Pipe> err = open_pipe();
  if (!err) return std::move(err).error();
  const SpawnOrders orders(out->write.get(), err->write.get());
  std::string text = command;
  std::array<char*, 4> arguments{const_cast<char*>("/bin/sh"), const_cast<char*>("-c"), text.data(), nullptr};
  Child child;
  const int error = ::posix_spawn(&child.pid, "/bin/sh", &orders.files, &orders.attributes, arguments.data(), environ);
  if (error != 0) return failed(std::string("cannot be run: ") + std::strerror(error));
  // glibc 2.36 declares pidfd_open, but not for C++.
  child.exit = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0)));
  child.out = std::move(out->read);
  child.err = std::move(err->read);
  return child;
}

void drain(Descriptor& from, Secret& into) {
  while (!into.room().empty()) {
    const ssize_t n = ::read(from.get(), into.room().data(), into.room().size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;
    if (n == 0) {
      from = Descriptor();
      return;
    }
    into.grew(static_cast<std::size_t>(n));
  }
}

void drain(Descriptor& from, std::string& into) {
  std::array<char, 1024> piece{};
  for (;;) {
    const ssize_t n = ::read(from.get(), piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;
    if (n == 0) {
      from = Descriptor();
      return;
    }
    const std::size_t wanted = std::min(kComplaintBytes - into.size(), static_cast<std::size_t>(n));
    into.append(piece.data(), wanted);
  }
}

enum class Ending { ended, late, too_long, unseen };

Ending listen(Child& child, Moment deadline, Secret& printed, std::string& complaint) {
  if (child.exit.get() < 0) return Ending::unseen;
  for (;;) {
    std::array<pollfd, 3> watched{pollfd{child.exit.get(), POLLIN, 0}, pollfd{child.out.get(), POLLIN, 0},
                                  pollfd{child.err.get(), POLLIN, 0}};
    const auto left = std::chrono::ceil<Duration>(deadline - steady_now());
    if (left.count() <= 0) return Ending::late;
    if (::poll(watched.data(), watched.size(), static_cast<int>(left.count())) < 0 && errno != EINTR) {
      return Ending::unseen;
    }
    if (child.out.get() >= 0) drain(child.out, printed);
    if (child.err.get() >= 0) drain(child.err, complaint);
    if (printed.room().empty()) return Ending::too_long;
    if ((watched[0].revents & POLLIN) != 0) return Ending::ended;
  }
}

std::string first_line(const std::string& text) {
  std::string line = text.substr(0, text.find('\n'));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) >= 0x7f) c = '?';
  }
  return line;
}

std::string words_of(int status, const std::string& complaint) {
  std::string words = WIFEXITED(status) ? "ended with exit code " + std::to_string(WEXITSTATUS(status))
                                        : "was ended by signal " + std::to_string(WTERMSIG(status));
  return complaint.empty() ? words : words + ": " + first_line(complaint);
}

}  // namespace

Result<Secret> run_for_secret(const std::string& command, Duration limit) {
  Result<Child> child = spawn(command);
  if (!child) return std::move(child).error();
  Secret printed;
  std::string complaint;
  const Ending ending = listen(*child, steady_now() + limit, printed, complaint);
  if (ending != Ending::ended) ::kill(-child->pid, SIGKILL);
  int status = 0;
  while (::waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (ending == Ending::late) return failed("did not end within " + describe_duration(limit));
  if (ending == Ending::unseen) return failed("cannot be waited for on this machine");
  if (ending == Ending::too_long) return failed("printed more than " + std::to_string(Secret::kBytesMax) + " bytes");
  if (status != 0) return failed(words_of(status, complaint));
  return printed;
}

}  // namespace jobd::smtp
