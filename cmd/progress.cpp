#include "cmd/progress.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ostream>

#include "cmd/layout.h"
#include "cmd/terminal.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

constexpr std::string_view kErase = "\r\x1b[K";
constexpr std::size_t kColumns = 80;  // of a terminal that does not tell

}  // namespace

std::string describe_progress(const Progress& progress, Duration elapsed) {
  using Seconds = std::chrono::duration<double>;
  const double seconds = std::max(0.001, Seconds(elapsed).count());
  std::string text = grouped(progress.done) + " done";
  const double part =
      progress.bytes_total == 0
          ? 0
          : std::min(1.0, static_cast<double>(progress.bytes) / static_cast<double>(progress.bytes_total));
  if (progress.bytes_total > 0) text += ", " + std::to_string(static_cast<int>(part * 100)) + " %";
  text += ", " + grouped(static_cast<std::uint64_t>(static_cast<double>(progress.done) / seconds)) + "/s";
  if (part > 0 && part < 1 && progress.trouble.empty()) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(Seconds(seconds * (1 - part) / part));
    text += ", " + describe_duration(left) + " left";
  }
  if (progress.failed > 0) text += ", " + grouped(progress.failed) + " failed";
  if (!progress.trouble.empty()) text += "; waiting: " + printable(progress.trouble);
  return text;
}

ProgressLine::ProgressLine(Console& console, Time start)
    : console_(console),
      shown_(console.err_screen.redraws && console.out_screen.terminal < 0),
      start_(start),
      next_(start + kMoment) {}

void ProgressLine::show(const Progress& progress, Time now) {
  if (!shown_ || now < next_) return;
  next_ = now + kBetween;
  measure(console_.err_screen);
  const std::size_t columns = console_.err_screen.columns > 1 ? console_.err_screen.columns : kColumns;
  // The last column stays free for the cursor: no terminal wraps the line.
  console_.err << kErase << shorten(describe_progress(progress, now - start_), columns - 1) << std::flush;
  drawn_ = true;
}

void ProgressLine::erase() {
  if (!drawn_) return;
  console_.err << kErase << std::flush;
  drawn_ = false;
  next_ = Time{};
}

std::uint64_t bytes_left(int descriptor) {
  struct stat file{};
  if (::fstat(descriptor, &file) != 0 || !S_ISREG(file.st_mode)) return 0;
  const off_t at = ::lseek(descriptor, 0, SEEK_CUR);
  return at < 0 || at >= file.st_size ? 0 : static_cast<std::uint64_t>(file.st_size - at);
}

}  // namespace jobd::cmd
