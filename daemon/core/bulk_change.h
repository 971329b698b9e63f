// BulkChange: one cancel_jobs or retry_jobs on its way. It goes through the store page by page, newest first, each page
// a read of ids and then one write of their commands; what others ask of the store comes in between. A job that ended
// or moved meanwhile, or that the command cannot move, is matched and not changed; any other error ends the whole, and
// so does the stop of jobd: the answer then says how far it came.
//
// Cursors are places between jobs, so that neither what it changes itself nor what comes new disturbs it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/desk.h"
#include "shared/requests.h"

namespace jobd {

struct BulkOrder {
  JobFilter filter;
  std::optional<std::uint64_t> limit;
  std::function<Command(const JobId&)> command;
  std::function<std::optional<Error>()> stop;  // asked before each page: why to go no further
  std::function<void(Result<Response>)> reply;
};

// Lives in the asks it has under way. Asker's thread only; the desk outlives it.
class BulkChange : public std::enable_shared_from_this<BulkChange> {
 public:
  // Calls order.reply once, with Changed.
  static void start(Desk& desk, BulkOrder order);

 private:
  BulkChange(Desk& desk, BulkOrder order) : desk_(desk), order_(std::move(order)) {}

  void next_page();
  void change(IdsPage page);
  void count(const std::vector<Result<Written>>& written, std::optional<std::string> next_cursor);
  void post(Ask ask);
  void fail(Error error);

  Desk& desk_;
  const BulkOrder order_;
  std::string cursor_;
  Changed counted_;
};

}  // namespace jobd
