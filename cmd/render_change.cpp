#include "cmd/layout.h"
#include "cmd/render.h"
#include "shared/names.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

// "2026-03-01 12:00:00", or "12:00:00" of it, or nothing.
struct TimeForm {
  std::size_t begin;
  std::size_t columns;
};
constexpr TimeForm kTimeForms[] = {{0, 19}, {11, 8}, {0, 0}};

constexpr std::size_t kGap = 2;
constexpr std::size_t kIdColumns = 36;
constexpr std::size_t kTextColumnsMin = 8;  // worth more than the time

std::size_t columns_before_text(TimeForm form) {
  return (form.columns > 0 ? form.columns + kGap : 0) + kIdColumns + kGap + kStateColumns;
}

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
  const std::string gap(kGap, ' ');
  const std::size_t room = screen.columns == 0 ? SIZE_MAX : screen.columns;
  const std::string id = job.id.text();
  const std::string state = padded(std::string(name(job.status)), kStateColumns);
  for (const TimeForm form : kTimeForms) {
    const std::size_t used = columns_before_text(form);
    if (used + (form.columns > 0 ? kGap + kTextColumnsMin : 0) > room) continue;
    std::string out;
    if (form.columns > 0) {
      out = painted(screen, Color::dim, to_second(job.updated_at).substr(form.begin, form.columns)) + gap;
    }
    out += id + gap + painted(screen, color_of(job.status), state);
    if (room > used + kGap) out += gap + shorten(text_of(job, now), room - used - kGap);
    return out + '\n';
  }
  return shorten(id + gap + state, room) + '\n';
}

}  // namespace jobd::cmd
