#include <algorithm>

#include "cmd/layout.h"
#include "cmd/render.h"
#include "shared/names.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kIdColumns = 36;
// What a state is cut to at most: "comp…".
constexpr std::size_t kStateColumnsMin = 5;
// Where there is no terminal: what recipients are padded to, so that subjects mostly stand below one another.
constexpr std::size_t kRecipientColumns = 30;
// On a terminal, what a recipient gets of the room that is left over, at most; the subject has the rest.
constexpr std::size_t kRecipientColumnsMax = 40;

// "2026-03-01 12:00:00", or "03-01 12:00" of it.
struct TimeForm {
  std::size_t begin;
  std::size_t columns;
};

// Columns of a table: 0 leaves one out.
struct Layout {
  TimeForm time;
  std::size_t recipient;
  std::size_t subject;
  std::size_t state = kStateColumns;

  std::size_t columns() const {
    std::size_t sum = kIdColumns;
    for (const std::size_t each : {state, time.columns, recipient, subject}) sum += each == 0 ? 0 : kGap + each;
    return sum;
  }
};

constexpr TimeForm kWholeTime{0, 19};
constexpr TimeForm kShortTime{5, 11};
constexpr TimeForm kNoTime{0, 0};

// The first that fits is taken.
constexpr Layout kLayouts[] = {
    {kWholeTime, 20, 20}, {kShortTime, 16, 12}, {kNoTime, 16, 12}, {kNoTime, 8, 0}, {kNoTime, 0, 0},
};

Layout layout_of(const Screen& screen) {
  for (Layout layout : kLayouts) {
    if (layout.columns() > screen.columns) continue;
    std::size_t left = screen.columns - layout.columns();
    if (layout.recipient > 0) {
      const std::size_t more = std::min(layout.subject > 0 ? left / 2 : left, kRecipientColumnsMax - layout.recipient);
      layout.recipient += more;
      left -= more;
    }
    if (layout.subject > 0) layout.subject += left;
    return layout;
  }
  const std::size_t state = screen.columns - std::min(screen.columns, kIdColumns + kGap);
  return {kNoTime, 0, 0, state < kStateColumnsMin ? 0 : state};
}

std::string recipients_of(const Job& job, std::size_t columns) {
  const std::string more = job.recipients.size() > 1 ? " +" + std::to_string(job.recipients.size() - 1) : "";
  const std::string to = job.recipients.empty() ? "" : printable(job.recipients.front().address);
  return (columns == 0 ? to : shorten(to, columns - std::min(columns, more.size()))) + more;
}

struct Cells {
  std::string id;
  std::string state;
  Color color;
  std::string time;
  std::string recipients;
  std::string subject;
};

std::string row(const Cells& cells, const Layout& layout, const Screen& screen) {
  const std::string gap(kGap, ' ');
  if (layout.state == 0) return shorten(cells.id, screen.columns) + '\n';
  const bool is_last = layout.time.columns + layout.recipient + layout.subject == 0;
  const std::string state = shorten(cells.state, layout.state);
  std::string out =
      padded(cells.id, kIdColumns) + gap + painted(screen, cells.color, is_last ? state : padded(state, layout.state));
  if (layout.time.columns > 0) out += gap + painted(screen, Color::dim, cells.time);
  if (layout.recipient > 0) {
    out += gap + (layout.subject > 0 ? padded(cells.recipients, layout.recipient) : cells.recipients);
  }
  if (layout.subject > 0) out += gap + cells.subject;
  return out + '\n';
}

// Without a terminal nothing is cut.
bool is_unlimited(const Screen& screen) {
  return screen.columns == 0;
}

Layout layout_for(const Screen& screen) {
  return is_unlimited(screen) ? Layout{kWholeTime, kRecipientColumns, 1} : layout_of(screen);
}

}  // namespace

std::string render_table_head(const Screen& screen) {
  const Layout layout = layout_for(screen);
  return row({"ID", "STATE", Color::none, padded("CREATED", layout.time.columns), "TO", "SUBJECT"}, layout,
             {.columns = screen.columns});
}

std::string render_table(std::span<const Job> jobs, const Screen& screen) {
  const Layout layout = layout_for(screen);
  const bool unlimited = is_unlimited(screen);
  std::string out;
  for (const Job& job : jobs) {
    const std::string subject = printable(job.subject);
    out += row(
        {job.id.text(), std::string(name(job.status)), color_of(job.status),
         to_second(job.created_at).substr(layout.time.begin, layout.time.columns),
         recipients_of(job, unlimited ? 0 : layout.recipient), unlimited ? subject : shorten(subject, layout.subject)},
        layout, screen);
  }
  return out;
}

}  // namespace jobd::cmd
