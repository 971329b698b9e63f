#include "cmd/layout.h"
#include "cmd/render.h"
#include "shared/names.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

constexpr std::size_t kStateColumns = 10;
constexpr std::size_t kBeforeText = 19 + 2 + 36 + 2 + kStateColumns + 2;

// "failed: the server refused it for good": what stands after the state's name.
std::string reason_of(const Job& job, Time now) {
  const std::string text = describe_state(job, now).substr(name(job.status).size());
  return text.starts_with(": ") ? text.substr(2) : text;
}

std::string text_of(const Job& job, Time now) {
  std::string text = job.recipients.empty() ? "" : printable(job.recipients.front().address);
  if (job.recipients.size() > 1) text += " +" + std::to_string(job.recipients.size() - 1);
  if (const std::string reason = reason_of(job, now); !reason.empty()) text += "  " + reason;
  if (const std::string error = describe_error(job); !error.empty()) text += "  " + error;
  return text;
}

}  // namespace

std::string render_change(const Job& job, Time now, const Screen& screen) {
  std::string text = text_of(job, now);
  if (screen.columns > kBeforeText) text = shorten(text, screen.columns - kBeforeText);
  const std::string state = padded(std::string(name(job.status)), kStateColumns);
  return painted(screen, Color::dim, to_second(job.updated_at)) + "  " + job.id.text() + "  " +
         painted(screen, color_of(job.status), state) + "  " + text + '\n';
}

}  // namespace jobd::cmd
