// What shows that a relay is not away although a session could not be opened.
#include "daemon/mail/smtp/life_signs.h"

#include <gtest/gtest.h>

namespace jobd::smtp {
namespace {

using namespace std::chrono_literals;

const Moment kNow{1h};

Outcome of(Trouble trouble) {
  Outcome outcome;
  outcome.trouble = trouble;
  return outcome;
}

TEST(LifeSigns, ASessionThatCannotBeOpenedIsNone) {
  const LifeSigns signs;
  for (const Trouble trouble : {Trouble::resolve, Trouble::connect, Trouble::tls, Trouble::greeting, Trouble::auth}) {
    EXPECT_TRUE(signs.is_away(of(trouble), false, kNow)) << name(trouble);
  }
  for (const Trouble trouble : {Trouble::closing, Trouble::stale, Trouble::pacing, Trouble::quota, Trouble::shutdown}) {
    EXPECT_FALSE(signs.is_away(of(trouble), false, kNow)) << name(trouble);
  }
  EXPECT_FALSE(signs.is_away({}, false, kNow)) << "a mail that was judged";
}

TEST(LifeSigns, AnotherSessionIsOne) {
  EXPECT_FALSE(LifeSigns().is_away(of(Trouble::greeting), true, kNow));
}

// Also when the session that carried it has ended, as each does with mails_per_connection = 1.
TEST(LifeSigns, AMailCarriedLatelyIsOne) {
  LifeSigns signs;
  signs.carried(kNow);
  EXPECT_FALSE(signs.is_away(of(Trouble::greeting), false, kNow + LifeSigns::kServesStill - 1ms));
  EXPECT_TRUE(signs.is_away(of(Trouble::greeting), false, kNow + LifeSigns::kServesStill));
}

}  // namespace
}  // namespace jobd::smtp
