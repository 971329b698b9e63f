// What passes between the core and a processor: the order for one attempt, and what came of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/record.h"
#include "shared/email.h"

namespace jobd {

// A place among the configured relays, in their order. A transport that is none (maildir, simulate) is relay 0.
using RelayId = std::uint32_t;

// One SMTP transaction's worth of work.
struct Attempt {
  AttemptRef ref;
  int number = 1;     // counted attempts so far + 1: what a simulated failure depends on
  Time created_at{};  // the message's Date
  Time expires_at{};
  LaneId lane = kDefaultLane;
  RelayId relay = 0;
  Dsn dsn;
  OnUncertain on_uncertain = OnUncertain::retry;
  std::string envelope_from;
  std::vector<std::string> recipients;       // only those not delivered yet; never empty
  std::vector<std::string> redirected_from;  // whom it was for, where another stands in their place; the message tells
  std::shared_ptr<const std::string> content;  // what pack_email wrote
};

// Whether a recipient takes part in the next attempt.
bool is_to_be_tried(const Recipient& recipient);

// How many of a part do. Precondition: there is such a part.
std::size_t count_to_try(const Record& record, std::uint32_t part);

// The order for the attempt that a part in state Processing is in.
Attempt attempt_for(const Record& record, std::uint32_t part, std::shared_ptr<const std::string> content);

// What became of one recipient in one attempt.
enum class Verdict : std::uint8_t {
  delivered,
  temporary,
  permanent,
  uncertain,  // past the dot, no reply
};

struct RecipientResult {
  Verdict verdict = Verdict::temporary;
  int smtp_code = 0;  // 0: no reply stands behind it
  std::string enhanced_code;
  std::string reply;       // the server's words, or ours where it said none ("connection lost after the final dot")
  bool goes_next = false;  // temporary, and for nothing that concerns it: others of the mail went first
  friend bool operator==(const RecipientResult&, const RecipientResult&) = default;
};

// Somebody got the mail, and others wait for nothing but that.
bool others_go_next(const std::vector<RecipientResult>& results);

// Why an attempt came to nothing before its message could be judged. None of these is counted.
enum class Trouble : std::uint8_t {
  resolve,  // DNS
  connect,
  tls,
  greeting,  // the greeting, EHLO, or a session lost before this message's MAIL
  auth,
  closing,   // 421 before the dot
  stale,     // a reused connection that was gone
  pacing,    // "maximum sending rate exceeded"
  quota,     // "daily sending quota exceeded"
  shutdown,  // jobd stops
};
std::string_view name(Trouble trouble);

// Whether it says something about the relay, so that its lane closes for a while.
constexpr bool closes_lane(Trouble t) {
  return t != Trouble::stale && t != Trouble::shutdown;
}

// What was said of the relay itself.
struct RelayWord {
  Trouble trouble = Trouble::pacing;
  RecipientResult reply;
  std::optional<Duration> retry_after;
};

struct AttemptResult {
  AttemptRef ref;
  Time started_at{};
  Time finished_at{};
  std::string relay;        // who was talked to: "smtp://127.0.0.1:25", "maildir:/var/...": as history tells it
  bool relay_spoke = true;  // false: the verdicts are ours, the relay was not asked
  // Exactly one of the two says what happened: results, one per Attempt::recipients in its order, or trouble.
  std::vector<RecipientResult> recipients;
  std::optional<Trouble> trouble;
  // With trouble: the words, and the reply that caused it if one did.
  RecipientResult trouble_reply;
  // How long the server asked to be left alone, if it said so: of this message with results, of the relay with trouble.
  std::optional<Duration> retry_after;
  // With results: what some recipients were refused for (pacing, quota) while others were taken.
  std::optional<RelayWord> beside;
  // With trouble: how many other connections the relay has left us while it serves over one of them. 0: it does not, or
  // nobody knows.
  std::size_t others_left = 0;
};

}  // namespace jobd
