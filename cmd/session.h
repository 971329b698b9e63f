// Session: jobctl's calls over one connection at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "shared/client.h"
#include "shared/clock.h"
#include "shared/limits.h"

namespace jobd::cmd {

// jobd's milliseconds and ours are rounded apart, and clocks are set: an answer so little too early is on time.
inline constexpr Duration kClockSlack{1000};

// Connects at the first call. Own thread only.
//
// A connection that is lost after it was made leaves the fate of the request unknown. Requests that may be
// heard twice (reads, and a submit with an idempotency key) are then repeated once over a new connection; what changes
// jobs is not, for the second hearing would be refused, or find nothing more to do, when the first had worked. Nor is
// anything repeated to a jobd that hangs: that would only double the time.
class Session {
 public:
  // Longer than jobd may take for any answer, its longest wait included: past this it hangs.
  static constexpr Duration kPatience = limits::kWaitMax * 2;

  explicit Session(std::string socket_path, Duration patience = kPatience)
      : socket_path_(std::move(socket_path)), patience_(patience) {}

  // The result's JSON text. Errors: what jobd answered; unavailable when it cannot be reached or was lost;
  // internal when its answer is none.
  Result<std::string> call(const Request& request);
  // Sends all of them at once and gives take the result of each, as call has it, in their order; none is repeated: of a
  // lost connection those that had no answer have its error. Precondition: they are short, kAtOnce at most, and none is
  // a wait or a watch.
  static constexpr std::size_t kAtOnce = 256;
  void call_each(std::span<const Request> requests, const std::function<void(const Result<std::string>&)>& take);
  // As call for submit_email with these parameters, as they are. Precondition: a JSON object with an idempotency key.
  Result<std::string> submit(std::string_view email_json);

  // Whether the request of the last call may have been heard although call gave an error. A refusal of the repetition
  // does not end the doubt about the first hearing.
  bool is_outcome_unknown() const { return outcome_unknown_; }

 private:
  Result<std::string> call_line(std::string_view line, bool may_be_repeated);
  Result<ReplyLine> call_once(std::string_view line);
  Result<Done> connect();
  Result<ReplyLine> receive(const Result<Done>& sent);

  std::string socket_path_;
  Duration patience_;
  std::optional<Client> client_;
  bool hung_ = false;  // jobd, in the last call
  std::int64_t calls_ = 0;
  bool outcome_unknown_ = false;
};

// The decoded result of a call. Errors: the call's; internal when the result is not what it should be.
template <typename T>
Result<T> understand(const Result<std::string>& json, Result<T> (*decode)(std::string_view)) {
  if (!json) return json.error();
  auto value = decode(*json);
  if (!value) return Error{Code::internal, "jobd's answer cannot be understood: " + value.error().message};
  return value;
}

// A job as it stands when the waiting ends.
struct Awaited {
  std::string json;
  Job job;
  bool jobd_stops = false;  // why it ended early: jobd was stopping and answered before the time was over
};

// Waits for the job's end (or that it is held), in calls as long as jobd allows; limit: none is for ever. Ends
// early when jobd stops, for then it answers every wait at once. The errors are understand's.
Result<Awaited> await_settled(Session& session, const Clock& clock, JobId id, std::optional<Duration> limit);

}  // namespace jobd::cmd
