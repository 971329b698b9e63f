#include "daemon/mail/smtp/life_signs.h"

namespace jobd::smtp {
namespace {

bool is_of_the_opening(Trouble trouble) {
  switch (trouble) {
    case Trouble::resolve:
    case Trouble::connect:
    case Trouble::tls:
    case Trouble::greeting:
    case Trouble::auth: return true;
    default: return false;
  }
}

}  // namespace

bool LifeSigns::is_away(const Outcome& outcome, bool others_open, Moment now) const {
  return outcome.trouble && is_of_the_opening(*outcome.trouble) && !others_open && now >= carried_until_;
}

}  // namespace jobd::smtp
