#include "daemon/store/sent_table.h"

#include <string_view>

namespace jobd::store {

SentTable::SentTable(Database& database)
    : all_(database, "SELECT whose, per, at, recipients FROM sent ORDER BY whose, per, at"),
      clear_(database, "DELETE FROM sent WHERE whose = ? AND per = ?"),
      add_(database, "INSERT INTO sent(whose, per, at, recipients) VALUES (?, ?, ?, ?)"),
      drop_past_(database, "DELETE FROM sent WHERE at + 2 * per < ?") {}

std::vector<Sent> SentTable::all() {
  std::vector<Sent> all;
  Cursor row = all_.query();
  while (row.next()) {
    const std::string_view whose = row.bytes(0);
    const Duration per(row.integer(1));
    if (all.empty() || all.back().whose != whose || all.back().per != per) all.push_back({std::string(whose), per, {}});
    all.back().steps.push_back({row.time(2), row.integer(3)});
  }
  return all;
}

void SentTable::keep(const Sent& sent) {
  clear_.run(std::string_view(sent.whose), sent.per.count());
  for (const RateWindow::Step& step : sent.steps) {
    add_.run(std::string_view(sent.whose), sent.per.count(), step.begin, step.recipients);
  }
}

void SentTable::drop_past(Time now) {
  drop_past_.run(now);
}

}  // namespace jobd::store
