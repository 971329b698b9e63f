// The sessions of one relay, and the attempts that wait for one.
//
// A mail goes over the idle session used last, so that those not needed grow idle and end; when none is idle a new one
// is opened, up to `connections`; and when there are so many, a session takes it whose mail is all but answered, where
// the server offers PIPELINING; one that waits too long there is given back. Past that it waits. The pool pairs
// attempts with sessions and ends the attempts that have waited for all of attempt_timeout; what became of a mail is
// said by the conversation, when to try again by the core.
//
// One thing apart: a mail that came to Trouble::stale, of which the server has taken nothing, is sent again at once,
// once, on a new connection where there may be one. A connection kept between mails may have been given up by the
// server any time since, and that shall cost a mail neither an attempt nor a wait. The core could try again too, and
// does so after the second time; but it would have to write the job's row twice and read its content again.
// attempt_timeout covers both tries. A mail that came to a handshake that failed is sent again too, in plain text,
// where that may be; see RelayAccess.
//
// When a new session is refused or lost and there are others, the relay may take no more than those: for a while what
// waits does so for them, and is not made to try one new connection after another. The core is told how many there are.
// A session that has carried mails and ends, as all do when the relay is started anew, says nothing of a limit.
//
// And when a session cannot be opened, and there is no sign of life (LifeSigns), the relay is away: what waits is given
// back, for the core to send elsewhere or later, instead of trying the same in its turn. It comes to Trouble::stale,
// behind the trouble of the one that tried: it has not been tried itself, and that closes the relay.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/mail/mail_context.h"
#include "daemon/mail/smtp/life_signs.h"
#include "daemon/mail/smtp/relay_access.h"
#include "daemon/mail/smtp/session.h"

namespace jobd::smtp {

// Mail thread only.
class RelayPool final : private SessionOwner {
 public:
  RelayPool(const RelaySettings& settings, const MailContext& context);
  RelayPool(const RelayPool&) = delete;
  RelayPool& operator=(const RelayPool&) = delete;
  ~RelayPool() override;

  void start(Attempt attempt, Moment now);  // its attempt_timeout begins now
  void abort_all();
  RelayAccess& access() { return access_; }

 private:
  struct Running {
    Attempt attempt;
    Time started_at{};
    Moment give_up_at{};
    bool again = false;  // it came to Trouble::stale before
  };
  struct Carrier {
    std::shared_ptr<Session> session;
    std::deque<Running> running;  // the oldest first
    std::uint64_t last_used = 0;
    bool carried = false;  // a mail to its end
  };
  struct Timer;
  using Place = std::vector<Carrier>::iterator;

  void pair_up();
  void give_next(Carrier* carrier);
  bool is_room() const { return carriers_.size() < access_.settings().connections && !is_crowded(); }
  bool is_crowded() const { return carriers_.size() >= crowd_ && steady_now() < crowded_until_; }
  Carrier* idle_carrier();
  Carrier* busy_carrier();
  Carrier& open_carrier(Mail first);
  void end_wait_at(Moment moment);
  void on_timer();
  void waited_too_long(const Running& running);
  bool is_open_beside(const Session& session) const;
  bool is_away(const Session& session, const Outcome& outcome) const;
  void give_back_waiting(const std::string& why);
  void look_for_crowd(const Carrier& refused, Outcome& outcome);
  std::optional<Mail> mail_of(const Running& running);
  Place place_of(const Session& session);
  void ended(Running running, Outcome outcome);
  bool may_go_on(const Running& running) const;
  void take_again(Running running);
  void report(const Running& running, Outcome outcome);

  void wants_dot(Session& session, std::function<void(bool)> permit) override;
  void mail_done(Session& session, Outcome outcome) override;
  void mail_given_back(Session& session, Outcome outcome) override;
  void session_free(Session& session) override;
  void session_ended(Session& session) override;

  RelayAccess access_;
  LifeSigns life_signs_;
  MailContext context_;
  std::vector<Carrier> carriers_;
  std::deque<Running> waiting_;
  const std::shared_ptr<Timer> timer_;  // for the first of waiting_ to run out of time, or an earlier moment
  std::optional<Moment> armed_for_;
  std::size_t crowd_ = 0;  // sessions, and no more
  Moment crowded_until_{};
  bool stopping_ = false;
  std::uint64_t uses_ = 0;
  std::uint64_t sessions_opened_ = 0;
};

}  // namespace jobd::smtp
