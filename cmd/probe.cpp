#include "cmd/probe.h"

#include <ostream>

#include "cmd/exit_code.h"
#include "cmd/render.h"
#include "shared/text.h"

namespace jobd::cmd {

int probe_relay(const Probe& probe, Context& context) {
  Console& console = context.console;
  const auto json = context.session.call(probe.request);
  const auto report = understand(json, decode_probe_report);
  if (!report) return complain(console, report.error());
  if (probe.format == Format::text) {
    console.out << render_probe(*report, probe.transcript, console.out_screen);
  } else {
    console.out << printable_json(*json) << '\n';
  }
  return report->ok ? kDone : kUnsuccessful;
}

}  // namespace jobd::cmd
