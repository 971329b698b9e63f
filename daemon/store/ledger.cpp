#include "daemon/store/ledger.h"

namespace jobd::store {

Ledger::Ledger(Database& database)
    : read_(database, "SELECT k, v FROM counter WHERE k BETWEEN 0 AND 5"),
      write_(database, "UPDATE counter SET v = ?2 WHERE k = ?1"),
      read_paused_(database, "SELECT v FROM meta WHERE k = 'paused'"),
      write_paused_(database, "UPDATE meta SET v = ? WHERE k = 'paused'") {}

void Ledger::load() {
  Cursor row = read_.query();
  while (row.next()) jobs_[static_cast<std::size_t>(row.integer(0))] = static_cast<std::uint64_t>(row.integer(1));
  saved_ = jobs_;
  Cursor paused = read_paused_.query();
  paused_ = paused.next() && paused.integer(0) != 0;
}

void Ledger::save() {
  for (std::size_t status = 0; status < jobs_.size(); ++status) {
    if (jobs_[status] != saved_[status]) write_.run(status, jobs_[status]);
  }
  saved_ = jobs_;
}

void Ledger::touch() {
  write_paused_.run(!paused_);
  write_paused_.run(paused_);
}

void Ledger::set_paused(bool paused) {
  if (paused == paused_) return;
  write_paused_.run(paused);
  paused_ = paused;
}

}  // namespace jobd::store
