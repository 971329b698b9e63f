// All tables of one store, each with what it knows in memory. The database is the truth: what is in memory can
// be read anew from it at any time, and is, after every rollback.
#pragma once

#include "daemon/store/content_table.h"
#include "daemon/store/flight_table.h"
#include "daemon/store/job_table.h"
#include "daemon/store/ledger.h"
#include "daemon/store/queue_table.h"
#include "daemon/store/relay_names.h"
#include "daemon/store/rounds.h"
#include "daemon/store/rule_table.h"
#include "daemon/store/sent_table.h"

namespace jobd::store {

struct Tables {
  explicit Tables(Database& database)
      : jobs(database),
        contents(database),
        queue(database),
        flight(database),
        ledger(database),
        rules(database),
        relays(database),
        sent(database) {}

  void load() {
    ledger.load();
    contents.load();
    queue.load();
    flight.load(jobs);
  }

  JobTable jobs;
  ContentTable contents;
  QueueTable queue;
  FlightTable flight;
  Ledger ledger;
  RuleTable rules;
  RelayNames relays;
  SentTable sent;
  Rounds rounds;  // in memory alone; a turn that is rolled back leaves it as it is
};

}  // namespace jobd::store
