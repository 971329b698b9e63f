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

constexpr std::size_t kBarColumnsMin = 10;
constexpr std::size_t kBarColumnsMax = 40;

// Of the input; 0 where nobody knows.
double part_of(const Progress& progress) {
  if (progress.bytes_total == 0) return 0;
  return std::min(1.0, static_cast<double>(progress.bytes) / static_cast<double>(progress.bytes_total));
}

}  // namespace

Pace RecentPace::add(const Progress& progress, Time now) {
  samples_.push_back({now, progress.done, progress.bytes});
  while (samples_.size() > 2 && now - samples_[1].at >= kWindow) samples_.pop_front();
  const Sample& from = samples_.front();
  const double seconds = std::max(0.001, std::chrono::duration<double>(now - from.at).count());
  return {static_cast<double>(progress.done - from.done) / seconds,
          static_cast<double>(progress.bytes - from.bytes) / seconds};
}

std::string describe_progress(const Progress& progress, const Pace& pace) {
  std::string text = grouped(progress.done) + " done";
  const double part = part_of(progress);
  if (progress.bytes_total > 0) text += ", " + std::to_string(static_cast<int>(part * 100)) + " %";
  text += ", " + grouped(static_cast<std::uint64_t>(pace.done_per_second)) + "/s";
  if (part > 0 && part < 1 && pace.bytes_per_second > 0 && progress.trouble.empty()) {
    const std::chrono::duration<double> left(static_cast<double>(progress.bytes_total - progress.bytes) /
                                             pace.bytes_per_second);
    text += ", " + describe_duration(std::chrono::ceil<std::chrono::seconds>(left)) + " left";
  }
  if (progress.failed > 0) text += ", " + grouped(progress.failed) + " failed";
  if (!progress.trouble.empty()) text += "; waiting: " + printable(progress.trouble);
  return text;
}

std::string draw_progress(const Progress& progress, const Pace& pace, std::size_t columns) {
  std::string text = describe_progress(progress, pace);
  const std::size_t beside = width(text) + std::string_view("  []").size();
  if (progress.bytes_total == 0 || beside + kBarColumnsMin > columns) return shorten(text, columns);
  const std::size_t bar = std::min(columns - beside, kBarColumnsMax);
  const auto full = static_cast<std::size_t>(part_of(progress) * static_cast<double>(bar));
  return text + "  [" + std::string(full, '#') + std::string(bar - full, '.') + ']';
}

ProgressLine::ProgressLine(Console& console, Time start)
    : console_(console),
      shown_(console.err_screen.redraws && console.out_screen.terminal < 0),
      pace_(start),
      next_(start + kMoment) {}

void ProgressLine::show(const Progress& progress, Time now) {
  if (!shown_ || now < next_) return;
  next_ = now + kBetween;
  measure(console_.err_screen);
  const std::size_t columns = console_.err_screen.columns > 1 ? console_.err_screen.columns : kColumns;
  // The last column stays free for the cursor: no terminal wraps the line.
  console_.err << kErase << draw_progress(progress, pace_.add(progress, now), columns - 1) << std::flush;
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
