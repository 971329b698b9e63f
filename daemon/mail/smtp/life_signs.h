// Whether a relay is away, so that nobody else should try it now. Own thread only.
#pragma once

#include <chrono>

#include "daemon/mail/smtp/transaction.h"

namespace jobd::smtp {

// One that refuses a connection is not away when it serves over others; one connection to many is refused in the same
// words as each of a relay that is down.
class LifeSigns {
 public:
  // Since it last carried a mail: the time that the core gives a relay too, before its failures close it.
  static constexpr Duration kServesStill = std::chrono::seconds(2);

  void carried(Moment now) { carried_until_ = now + kServesStill; }
  // others_open: a session beside the one of the mail is past its opening.
  bool is_away(const Outcome& outcome, bool others_open, Moment now) const;

 private:
  Moment carried_until_ = Moment::min();
};

}  // namespace jobd::smtp
