// What rates have let out lately, a row for each step of time.
#pragma once

#include <vector>

#include "daemon/core/rate_window.h"
#include "daemon/store/database.h"

namespace jobd::store {

class SentTable {
 public:
  explicit SentTable(Database& database);

  std::vector<Sent> all();
  // In place of what was there of this rate.
  void keep(const Sent& sent);
  // What is older than its rate looks back, also of rates that are gone from the configuration.
  void drop_past(Time now);

 private:
  Statement all_;
  Statement clear_;
  Statement add_;
  Statement drop_past_;
};

}  // namespace jobd::store
