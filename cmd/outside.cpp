#include "cmd/outside.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include "shared/descriptor.h"

namespace jobd::cmd {
namespace {

constexpr const char* kTerminal = "/dev/tty";

int timeout_of(std::optional<Duration> limit) {
  if (!limit) return -1;
  return static_cast<int>(std::clamp<Duration::rep>(limit->count(), 0, std::numeric_limits<int>::max()));
}

Descriptor open_terminal() {
  return Descriptor(::open(kTerminal, O_RDONLY | O_CLOEXEC));
}

}  // namespace

Woken Machine::wait(int descriptor, std::optional<Duration> limit) {
  std::array<pollfd, 2> items{pollfd{descriptor, POLLIN, 0}, pollfd{STDOUT_FILENO, 0, 0}};
  int ready = 0;
  do {
    ready = ::poll(items.data(), items.size(), timeout_of(limit));
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return Woken::by_time;
  return items[0].revents != 0 ? Woken::by_bytes : Woken::by_closed_output;
}

bool Machine::has_person() {
  return ::isatty(STDERR_FILENO) == 1 && open_terminal().get() >= 0;
}

std::string Machine::answer() {
  const Descriptor terminal = open_terminal();
  std::string line;
  char next = 0;
  while (::read(terminal.get(), &next, 1) == 1 && next != '\n') line += next;
  return line;
}

}  // namespace jobd::cmd
