#include "cmd/outside.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <string_view>

#include "shared/descriptor.h"

namespace jobd::cmd {
namespace {

constexpr const char* kTerminal = "/dev/tty";

int timeout_of(std::optional<Duration> limit) {
  if (!limit) return -1;
  return static_cast<int>(std::clamp<Duration::rep>(limit->count(), 0, std::numeric_limits<int>::max()));
}

Descriptor open_terminal() {
  return Descriptor(::open(kTerminal, O_RDWR | O_CLOEXEC));
}

bool is_any_terminal() {
  constexpr std::array kStreams{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  return std::ranges::any_of(kStreams, [](int stream) { return ::isatty(stream) == 1; });
}

// False also for what stands in for a closed one, which poll never finds fault with.
bool is_output_open() {
  const int flags = ::fcntl(STDOUT_FILENO, F_GETFL);
  return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

}  // namespace

Woken Machine::wait(int descriptor, std::optional<Duration> limit) {
  if (!is_output_open()) return Woken::by_closed_output;
  std::array<pollfd, 2> items{pollfd{descriptor, POLLIN, 0}, pollfd{STDOUT_FILENO, 0, 0}};
  int ready = 0;
  do {
    ready = ::poll(items.data(), items.size(), timeout_of(limit));
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return Woken::by_time;
  return items[0].revents != 0 ? Woken::by_bytes : Woken::by_closed_output;
}

bool Machine::has_person() {
  return is_any_terminal() && open_terminal().get() >= 0;
}

std::string Machine::ask(const std::string& question) {
  const Descriptor terminal = open_terminal();
  for (std::string_view rest = question; !rest.empty();) {
    const ssize_t written = ::write(terminal.get(), rest.data(), rest.size());
    if (written <= 0) return "";
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  std::string line;
  char next = 0;
  while (::read(terminal.get(), &next, 1) == 1 && next != '\n') line += next;
  return line;
}

}  // namespace jobd::cmd
