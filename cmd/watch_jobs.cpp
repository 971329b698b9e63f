#include "cmd/watch_jobs.h"

#include <optional>
#include <ostream>

#include "cmd/event_feed.h"
#include "cmd/exit_code.h"
#include "cmd/render.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

void tell(const EventLine& event, Format format, Context& context) {
  Console& console = context.console;
  if (event.job.empty()) return complain_of_gap(console);
  if (format != Format::text) {
    console.out << R"({"seq":)" << event.seq << R"(,"job":)" << printable_json(event.job) << "}\n";
  } else if (const auto job = decode_job(event.job)) {
    console.out << render_change(*job, context.clock.now(), console.out_screen);
  }
}

// A lost connection says nothing of it: the feed makes a new one.
std::optional<Error> is_missing(JobId id, Session& session) {
  const auto job = session.call(GetJob{id, {}});
  if (job || job.error().code != Code::not_found) return std::nullopt;
  return job.error();
}

}  // namespace

void complain_of_loss(Console& console) {
  complain(console, "the connection to jobd is lost; connecting again");
}

void complain_of_gap(Console& console) {
  complain(console, "some events are lost; jobctl list tells how things stand");
}

int watch_jobs(const WatchJobs& watch, Context& context) {
  Console& console = context.console;
  EventFeed feed(context.socket_path, Watch{watch.job, watch.after}, context.outside,
                 [&console] { complain_of_loss(console); });
  if (const auto begun = feed.begin(); !begun) return complain(console, begun.error());
  if (const auto missing = watch.job ? is_missing(*watch.job, context.session) : std::nullopt) {
    return complain(console, *missing, watch.job->text());
  }
  for (;;) {
    auto told = feed.next(Duration{});
    if (told && std::holds_alternative<EventFeed::Quiet>(*told)) {
      if (!console.out.flush()) return kOutput;
      told = feed.next();
    }
    if (!told) return complain(console, told.error());
    if (std::holds_alternative<EventFeed::OutputClosed>(*told)) return kOutput;
    tell(std::get<EventLine>(*told), watch.format, context);
  }
}

}  // namespace jobd::cmd
