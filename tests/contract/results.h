// What becomes of an attempt, in one word: finish(claimed, temporary("451 later")).
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/repository.h"

namespace jobd::testing {

inline constexpr Duration kAttemptTook{20};

inline AttemptResult result_of(const Record& processing, RecipientResult each, std::uint32_t part = 0) {
  AttemptResult result;
  result.ref = processing.in_flight(part);
  result.started_at = std::get<Processing>(processing.state_of(part)).started;
  result.finished_at = result.started_at + kAttemptTook;
  result.relay = "smtp://relay.example:25";
  result.recipients.assign(count_to_try(processing, part), each);
  return result;
}

inline RecipientResult delivered() {
  return {Verdict::delivered, 250, "2.0.0", "Ok: queued"};
}
inline RecipientResult temporary(std::string reply = "later") {
  return {Verdict::temporary, 451, "4.3.0", std::move(reply)};
}
inline RecipientResult permanent(std::string reply = "no such user") {
  return {Verdict::permanent, 550, "5.1.1", std::move(reply)};
}
inline RecipientResult uncertain() {
  return {Verdict::uncertain, 0, "", "connection lost after the final dot"};
}

inline AttemptResult trouble_of(const Record& processing, Trouble trouble, std::uint32_t part = 0) {
  AttemptResult result = result_of(processing, {}, part);
  result.recipients.clear();
  result.trouble = trouble;
  result.trouble_reply = {Verdict::temporary, 0, "", "connection refused"};
  return result;
}

}  // namespace jobd::testing
