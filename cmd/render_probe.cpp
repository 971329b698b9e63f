#include <algorithm>

#include "cmd/layout.h"
#include "cmd/render.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

constexpr std::size_t kMarkColumns = 6;  // "failed"

std::string render_steps(const ProbeReport& report, const Screen& screen) {
  std::size_t names = 0;
  std::size_t times = 0;
  for (const ProbeStep& step : report.steps) {
    names = std::max(names, width(printable(step.name)));
    times = std::max(times, describe_duration(step.duration).size());
  }
  std::string out;
  for (const ProbeStep& step : report.steps) {
    const std::string mark = step.ok ? "ok" : "failed";
    const std::string time = describe_duration(step.duration);
    out +=
        painted(screen, step.ok ? Color::green : Color::red, mark) + std::string(kMarkColumns - mark.size() + 2, ' ');
    out += padded(printable(step.name), names) + "  " + std::string(times - time.size(), ' ');
    out += painted(screen, Color::dim, time);
    if (!step.detail.empty()) out += "  " + printable(step.detail);
    out += '\n';
  }
  return out;
}

}  // namespace

std::string render_probe(const ProbeReport& report, bool transcript, const Screen& screen) {
  std::string out = "Relay " + printable(report.relay);
  if (report.url != report.relay) out += ", " + printable(report.url);
  out += "\n" + render_steps(report, screen);
  if (!report.error.empty()) out += painted(screen, Color::red, printable(report.error)) + "\n";
  if (!transcript) return out;
  out += "\n";
  for (const std::string& said : report.transcript) out += painted(screen, Color::dim, printable(said)) + "\n";
  return out;
}

}  // namespace jobd::cmd
