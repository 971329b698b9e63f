// Session: jobctl's calls over one connection at a time.
#pragma once

#include <optional>
#include <string>

#include "shared/client.h"
#include "shared/clock.h"

namespace jobd::cmd {

// Connects at the first call. Own thread only.
//
// A connection that is lost after it was made leaves the fate of the request unknown. Requests that may be
// heard twice (reads, and a submit with an idempotency key) are then repeated once over a new connection;
// cancel and retry are not, for the second hearing would be refused when the first had worked.
class Session {
 public:
  explicit Session(std::string socket_path) : socket_path_(std::move(socket_path)) {}

  // The result's JSON text. Errors: what jobd answered; unavailable when it cannot be reached or was lost.
  Result<std::string> call(const Request& request);

  // Whether the request of the last call may have been heard although call gave an error.
  bool is_outcome_unknown() const { return outcome_unknown_; }

 private:
  Result<ReplyLine> call_once(const Request& request);

  std::string socket_path_;
  std::optional<Client> client_;
  bool outcome_unknown_ = false;
};

// Waits for the job's end (or that it is held), in calls as long as jobd allows; limit: none is for ever.
// Gives the job's JSON text as it stands at the end or at the limit. The errors are call's.
Result<std::string> await_settled(Session& session, const Clock& clock, JobId id, std::optional<Duration> limit);

}  // namespace jobd::cmd
