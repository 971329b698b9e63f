#include "cmd/watch_list.h"

#include <algorithm>
#include <ostream>
#include <vector>

#include "cmd/event_feed.h"
#include "cmd/exit_code.h"
#include "cmd/pages.h"
#include "cmd/render.h"
#include "cmd/terminal.h"
#include "cmd/watch_jobs.h"

namespace jobd::cmd {
namespace {

// Between two drawings; what happens in it is in the second.
constexpr Duration kPause{250};
// Before the jobs are asked for again when jobd could not tell them.
constexpr Duration kRetryPause{1000};
constexpr const char* kClearBelow = "\x1b[J";

class Picture {
 public:
  explicit Picture(Console& console) : console_(console) {}

  // Over the one before. It fits the terminal, or the cursor would not find back to its top.
  void draw(const std::vector<Job>& jobs) {
    measure(console_.out_screen);
    const Screen& screen = console_.out_screen;
    const std::size_t room = std::max<std::size_t>(screen.rows, 3) - 2;  // the head above, the cursor below
    const std::size_t shown = std::min(jobs.size(), room);
    erase();
    console_.out << render_table_head(screen) << render_table({jobs.data(), shown}, screen) << std::flush;
    lines_ = shown + 1;
  }

  void erase() {
    if (lines_ > 0) console_.out << "\x1b[" << lines_ << 'A' << kClearBelow;
    lines_ = 0;
  }

 private:
  Console& console_;
  std::size_t lines_ = 0;
};

Result<std::vector<Job>> jobs_of(const List& list, Session& session) {
  std::vector<Job> all;
  const auto listed = each_page(session, list.filter, list.limit, [&all](const std::vector<Job>& jobs) {
    all.insert(all.end(), jobs.begin(), jobs.end());
  });
  if (!listed) return listed.error();
  return all;
}

// All that has come, so that one drawing stands for it.
Result<EventFeed::Told> drain(EventFeed& feed) {
  for (;;) {
    auto told = feed.next(Duration{});
    if (!told || !std::holds_alternative<EventLine>(*told)) return told;
  }
}

}  // namespace

int watch_list(const List& list, Context& context) {
  Console& console = context.console;
  if (!console.out_screen.redraws) {
    complain(console, "--watch draws on a terminal; for a file or a pipe there is jobctl watch");
    return kUsage;
  }
  Picture picture(console);
  EventFeed feed(context.socket_path, Watch{}, context.outside, [&] {
    picture.erase();
    complain_of_loss(console);
  });
  if (const auto begun = feed.begin(); !begun) return complain(console, begun.error());
  for (;;) {
    const auto jobs = jobs_of(list, context.session);
    if (!jobs && !row(jobs.error().code).retryable) return complain(console, jobs.error());
    if (jobs) picture.draw(*jobs);
    auto told = feed.next(jobs ? std::nullopt : std::optional(kRetryPause));
    if (told && std::holds_alternative<EventLine>(*told)) {
      if (context.outside.wait(-1, kPause) == Woken::by_closed_output) return kOutput;
      told = drain(feed);
    }
    if (!told) return complain(console, told.error());
    if (std::holds_alternative<EventFeed::OutputClosed>(*told)) return kOutput;
  }
}

}  // namespace jobd::cmd
