// Desk: where the service hands in what the store is to do, and gets the answer back on its own thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/core/describe.h"
#include "daemon/core/repository.h"
#include "shared/requests.h"

namespace jobd {

// A record and, if it is pending, why it does not run now.
struct Viewed {
  Record record;
  std::optional<Waiting> waiting;
  std::optional<std::string> content;
};

struct Written {
  std::optional<Viewed> job;  // none for commands that are about no job
  bool repeated = false;      // a submit that found an equal one
};

struct ViewedPage {
  std::vector<Viewed> jobs;
  std::optional<std::string> next_cursor;
};

struct IdsPage {
  std::vector<JobId> ids;
  std::optional<std::string> next_cursor;
};

// What stats tells beyond settings.
struct QueueStats {
  Counts counts;
  std::size_t slots = 0;
  double submitted_per_second = 0;
  double finished_per_second = 0;
  std::vector<RelayStats> relays;
  std::vector<RouteStats> routes;
  std::vector<DomainStats> domains;
};

// All its commands go into one transaction; one result each, in order.
struct WriteAsk {
  std::vector<Command> commands;
  std::function<void(std::vector<Result<Written>>)> reply;
};

// Reads see every write asked for before them.
struct JobQuery {
  JobId id;
  bool with_content = false;
};
// The ids alone of what ListJobs would give.
struct IdsQuery {
  JobFilter filter;
  std::size_t limit = 0;
  std::string cursor;
};
struct StatsQuery {};
struct ReadyQuery {};  // answered by an error while no job would be taken
using Query = std::variant<JobQuery, ListJobs, IdsQuery, StatsQuery, ReadyQuery>;
using View = std::variant<Viewed, ViewedPage, IdsPage, QueueStats, Readiness>;
struct ReadAsk {
  Query query;
  std::function<void(Result<View>)> reply;
};

using Ask = std::variant<WriteAsk, ReadAsk>;

// What a post that found no room is answered with.
inline Error inbox_full() {
  return {Code::busy, "too many requests are waiting; try again shortly", "", std::chrono::seconds(1)};
}

class Desk {
 public:
  virtual ~Desk() = default;
  // Takes all of them, in order, or none: false when there is no room. Each reply is called once, on the asker's
  // thread.
  virtual bool post(std::vector<Ask> asks) = 0;

  // Whether every change of a job shall be told from here on: in the turn of the next ask at the latest.
  virtual void observe(bool on) = 0;
};

}  // namespace jobd
