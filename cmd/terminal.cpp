#include "cmd/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace jobd::cmd {
namespace {

// What a terminal has that does not tell.
constexpr std::size_t kColumnsDefault = 80;
constexpr std::size_t kRowsDefault = 24;

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view{} : value;
}

std::size_t columns_said() {
  const std::string_view text = environment("COLUMNS");
  std::size_t columns = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), columns);
  return error == std::errc{} && stop == text.data() + text.size() ? columns : 0;
}

winsize size_of(int terminal) {
  winsize size{};
  ::ioctl(terminal, TIOCGWINSZ, &size);
  return size;
}

}  // namespace

Screen find_screen(int descriptor) {
  if (::isatty(descriptor) != 1) return {};
  Screen screen{.terminal = descriptor};
  const std::string_view kind = environment("TERM");
  screen.redraws = !kind.empty() && kind != "dumb";
  screen.color = screen.redraws && environment("NO_COLOR").empty();
  measure(screen);
  return screen;
}

void measure(Screen& screen) {
  if (screen.terminal < 0) return;
  screen.columns = columns_said();
  const winsize size = size_of(screen.terminal);
  if (screen.columns == 0) screen.columns = size.ws_col == 0 ? kColumnsDefault : size.ws_col;
  screen.rows = size.ws_row == 0 ? kRowsDefault : size.ws_row;
}

}  // namespace jobd::cmd
