// How long each step of a session may take.
#include <algorithm>
#include <chrono>

#include "daemon/mail/smtp/conversation.h"

namespace jobd::smtp {
namespace {

using namespace std::chrono_literals;

// RFC 5321 4.5.3.2.1 to 4.5.3.2.6.
constexpr Duration kInitial220 = 5min;
constexpr Duration kMailCommand = 5min;
constexpr Duration kRcptCommand = 5min;
constexpr Duration kDataInitiation = 2min;
constexpr Duration kDataBlock = 3min;
constexpr Duration kDataTermination = 10min;
// What it does not speak of. Of each address; a host that is away should not hold up those that are not.
constexpr Duration kConnect = 30s;
constexpr Duration kHello = 5min;
constexpr Duration kHandshake = 1min;
constexpr Duration kSecret = 1min;  // to be read, or printed by a command
constexpr Duration kLogin = 2min;
constexpr Duration kReset = 5s;
constexpr Duration kQuit = 5s;
// Of a mail behind another, whose server hangs: it had better go elsewhere.
constexpr Duration kBehind = 10s;
// Before slowness counts: buffers fill in jumps, and a server may look at the header first.
constexpr Duration kRatePatience = 30s;

}  // namespace

Duration Conversation::patience() const {
  switch (phase()) {
    case Phase::resolve:
    case Phase::connect: return kConnect;
    case Phase::greeting: return kInitial220;
    case Phase::ehlo:
    case Phase::helo:
    case Phase::starttls: return kHello;
    case Phase::tls: return kHandshake;
    case Phase::credentials: return kSecret;
    case Phase::auth: return kLogin;
    case Phase::mail: return kMailCommand;
    case Phase::rcpt: return kRcptCommand;
    case Phase::data: return kDataInitiation;
    case Phase::content:
    case Phase::permission: return kDataBlock;
    case Phase::dot: return kDataTermination;
    case Phase::reset: return kReset;
    case Phase::quit: return kQuit;
    case Phase::ready:
    case Phase::closed: break;
  }
  return terms_.idle;
}

Moment Conversation::deadline() const {
  Moment due = since_ + patience();
  if (phase() == Phase::content) due = std::min(due, rate_deadline());
  return std::min({due, cap(), behind_deadline()});
}

Moment Conversation::behind_deadline() const {
  const bool one_behind = mails_.size() > 1 && !mails_[0]->ended() && !mails_[1]->ended();
  return one_behind ? std::max(since_, begun_at_) + kBehind : Moment::max();
}

Moment Conversation::rate_deadline() const {
  if (terms_.min_bytes_per_second == 0) return Moment::max();
  const std::uint64_t earned_ms = (written_ - content_begin_) * 1000 / terms_.min_bytes_per_second;
  return content_since_ + kRatePatience + Duration(earned_ms);
}

// The time of a mail's attempt ends what is under way, not the mail in front of it, and not the wait for the answer to
// its dot: that answer decides between once and twice.
Moment Conversation::cap() const {
  const Transaction* mail = oldest_under_way();
  return mail == nullptr || phase() == Phase::dot ? Moment::max() : mail->give_up_at;
}

std::string Conversation::waited() const {
  const Moment due = since_ + patience();
  if (cap() <= due) return "the time for one attempt is over";
  if (phase() == Phase::content && rate_deadline() <= due) {
    return "the server took less than " + std::to_string(terms_.min_bytes_per_second) + " bytes a second";
  }
  return "no answer within " + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(patience()).count()) +
         " s";
}

}  // namespace jobd::smtp
