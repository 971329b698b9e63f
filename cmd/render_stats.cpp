#include <algorithm>
#include <vector>

#include "cmd/layout.h"
#include "cmd/render.h"
#include "shared/names.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

std::string per_second(double rate) {
  // Not llround: it alone would bring libm into a program that starts in a millisecond.
  const auto tenths = (static_cast<std::uint64_t>(std::max(0.0, rate) * 20) + 1) / 2;
  return grouped(tenths / 10) + "." + std::to_string(tenths % 10);
}

std::string render_counts(const Stats& stats, const Screen& screen) {
  std::size_t columns = 0;
  for (const std::uint64_t count : stats.jobs) columns = std::max(columns, grouped(count).size());
  std::string out;
  for (std::size_t i = 0; i < stats.jobs.size(); ++i) {
    const auto status = static_cast<JobStatus>(i);
    const std::string count = grouped(stats.jobs.at(i));
    const std::string text =
        padded(std::string(name(status)), kStateColumns) + "  " + std::string(columns - count.size(), ' ') + count;
    line(out, i == 0 ? "Jobs" : "", painted(screen, stats.jobs.at(i) == 0 ? Color::none : color_of(status), text));
  }
  return out;
}

std::string render_relay_states(const Stats& stats, Time now, const Screen& screen) {
  std::size_t names = 0;
  std::size_t states = 0;
  for (const RelayStats& relay : stats.relays) {
    names = std::max(names, width(printable(relay.name)));
    states = std::max(states, width(printable(relay.state)));
  }
  std::string out;
  for (const RelayStats& relay : stats.relays) {
    std::string more;
    if (relay.reopens_at) more = "tried again " + distance(*relay.reopens_at, now);
    if (!relay.last_error.empty()) more += (more.empty() ? "" : ": ") + printable(relay.last_error);
    const std::string state = printable(relay.state);
    std::string text = padded(printable(relay.name), names) + "  " + painted(screen, color_of_relay(state), state);
    if (!more.empty()) text += std::string(states - width(state), ' ') + "  " + more;
    line(out, out.empty() ? "Relays" : "", text);
  }
  return out;
}

std::string render_queue(const Stats& stats, const Screen& screen) {
  if (stats.draining) return painted(screen, Color::yellow, "stopping");
  return stats.paused ? painted(screen, Color::yellow, "paused") + " (jobctl resume)" : "running";
}

}  // namespace

std::string render_stats(const Stats& stats, Time now, const Screen& screen) {
  std::string out;
  const std::string up = describe_duration(std::max(Duration{}, now - stats.started_at));
  line(out, "jobd", printable(stats.version) + ", up " + up);
  line(out, "Queue", render_queue(stats, screen));
  out += render_counts(stats, screen);
  line(out, "Rates",
       per_second(stats.submitted_per_second) + " submitted and " + per_second(stats.finished_per_second) +
           " finished a second, over the last minute");
  line(out, "Slots", grouped(stats.slots) + " attempts under way at most");
  line(out, "Store", printable(stats.store));
  line(out, "Transport", printable(stats.transport));
  line(out, "Limits",
       bytes_of(stats.content_bytes) + " of content, " + count_of(stats.recipients, "recipient") + ", " +
           bytes_of(stats.line_bytes) + " a request, " + count_of(stats.max_queued_jobs, "job") + " queued");
  out += render_relay_states(stats, now, screen);
  return out;
}

}  // namespace jobd::cmd
