// jobctl: emails to jobd and their state, for people and scripts.
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "cmd/exit_code.h"
#include "cmd/run.h"
#include "cmd/sendmail_options.h"
#include "cmd/terminal.h"

namespace {

// A standard stream that the caller closed must not become the socket: it is opened so that its use fails.
void hold_standard_streams() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    const int mode = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (::open("/dev/null", mode) < 0) return;
  }
}

std::uint64_t random_bits() {
  std::uint64_t bits = 0;
  if (::getrandom(&bits, sizeof bits, 0) != sizeof bits) throw std::runtime_error("the system gives no random bytes");
  return bits;
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_streams();
  std::ios::sync_with_stdio(false);
  std::cin.tie(nullptr);
  try {
    jobd::cmd::Console console{std::cin,  ::isatty(STDIN_FILENO) == 1,           std::cout,
                               std::cerr, jobd::cmd::find_screen(STDOUT_FILENO), jobd::cmd::find_screen(STDERR_FILENO)};
    jobd::cmd::Machine machine;
    const char* const name = argc > 0 ? argv[0] : "";
    return jobd::cmd::run(jobd::cmd::arguments_of_call(name, {argv + (argc > 0 ? 1 : 0), argv + argc}), console,
                          machine, jobd::SystemClock(), random_bits());
  } catch (const std::exception& error) {
    std::cerr << "jobctl: " << error.what() << '\n';
    return jobd::cmd::kSoftware;
  }
}
