// Servers, networks and users as chance has them: whatever they do, the promises of watched_session.h hold.
#include <gmock/gmock.h>

#include <random>

#include "tests/mail/watched_session.h"

namespace jobd::smtp {
namespace {

using ::testing::IsEmpty;

class Fate {
 public:
  explicit Fate(unsigned seed) : engine_(seed) {}
  bool in(unsigned n) { return below(n) == 0; }
  unsigned below(unsigned n) { return static_cast<unsigned>(engine_() % n); }
  template <std::size_t N>
  const char* of(const char* const (&choices)[N]) {
    return choices[below(static_cast<unsigned>(N))];
  }

 private:
  std::mt19937 engine_;
};

Terms some_terms(Fate& fate) {
  Terms terms{.ehlo_name = "c"};
  terms.pipelining = !fate.in(4);
  terms.mails_per_session = fate.in(3) ? 2 : 100;
  if (fate.in(3)) terms.tls = fate.in(2) ? TlsLevel::may : TlsLevel::verify;
  terms.implicit_tls = terms.tls == TlsLevel::verify && fate.in(3);
  terms.log_in = terms.tls != TlsLevel::none && fate.in(2);
  return terms;
}

std::string good_answer(const std::string& owed, Fate& fate) {
  if (owed == "greeting" || owed == "STAR") return "220 ready\r\n";
  if (owed == "EHLO")
    return std::string("250-mx\r\n250-STARTTLS\r\n250-AUTH PLAIN LOGIN XOAUTH2\r\n") +
           (fate.in(4) ? "" : "250-PIPELINING\r\n") + "250 SIZE\r\n";
  if (owed == "AUTH") return fate.in(3) ? "334 x\r\n" : "235 in\r\n";
  if (owed == "DATA") return "354 go\r\n";
  return "250 ok\r\n";
}

std::string any_answer(Fate& fate) {
  static const char* const kAnswers[] = {"250 ok\r\n",
                                         "354 go\r\n",
                                         "450 later\r\n",
                                         "454 maximum sending rate exceeded\r\n",
                                         "550 no\r\n",
                                         "421 closing\r\n",
                                         "552 too many recipients\r\n",
                                         "535 no\r\n",
                                         "530 STARTTLS first\r\n",
                                         "550 5.4.5 daily\r\n",
                                         "220 hi\r\n",
                                         "334 \r\n",
                                         "503 bad sequence\r\n",
                                         "450 greylisted for 300 seconds\r\n",
                                         "250-half\r\n",
                                         "250",
                                         "hello\r\n",
                                         "\r\n",
                                         "250-a\r\n251 b\r\n"};
  return fate.of(kAnswers);
}

// Mostly what leads on; else a refusal, now and then anything at all.
std::string answer_to(const std::string& owed, Fate& fate) {
  static const char* const kRefusals[] = {"450 later\r\n", "550 no\r\n", "454 maximum sending rate exceeded\r\n"};
  const bool opening = owed != "MAIL" && owed != "RCPT" && owed != "DATA" && owed != "dot";
  if (fate.in(60)) return any_answer(fate);
  if (owed.empty()) return "";
  if (!opening && fate.in(6)) return fate.of(kRefusals);
  return good_answer(owed, fate);
}

void server_speaks(WatchedSession& session, Fate& fate) {
  std::string answer = answer_to(session.owed(), fate);
  if (fate.in(3)) {
    const std::size_t cut = fate.below(static_cast<unsigned>(answer.size() + 1));
    session.receive(std::string_view(answer).substr(0, cut));
    answer.erase(0, cut);
  }
  session.receive(answer);
}

void something_happens(WatchedSession& session, Fate& fate) {
  switch (fate.below(24)) {
    case 0:
      return session.begin({.recipients = 1 + static_cast<int>(fate.below(3)),
                            .hold = fate.in(4),
                            .only_ask = fate.in(8),
                            .bytes = fate.in(5) ? 200000U : 40U});
    case 1:
    case 2: return session.begin({.recipients = fate.in(9) ? 400 : 1});
    case 3: return session.advance(Duration(fate.below(40000)));
    case 4: return fate.in(40) ? session.time_out() : session.advance(Duration(1));
    case 5: return fate.in(30) ? session.lose() : session.permit(true);
    case 6: return fate.in(60) ? session.abort() : session.permit(!fate.in(5));
    case 7: return fate.in(9) ? session.give_no_credentials() : session.give_credentials(fate.in(3));
    case 8: return session.secure();
    case 9: return fate.in(2) ? session.write(1 + fate.below(50)) : session.write_all_but(1 + fate.below(4));
    case 10:
    case 11:
    case 12:
    case 13:
    case 14: return session.write(100000);
    default: return server_speaks(session, fate);
  }
}

TEST(Promises, HoldWhateverHappens) {
  std::size_t delivered = 0;
  for (unsigned seed = 1; seed <= 4000; ++seed) {
    Fate fate(seed);
    WatchedSession session(some_terms(fate));
    session.begin({.recipients = 1 + static_cast<int>(fate.below(4)), .hold = fate.in(5)});
    session.connect();
    for (int i = 0; i < 400 && !session.conversation().closed(); ++i) something_happens(session, fate);
    session.finish();
    ASSERT_THAT(session.broken(), IsEmpty()) << "seed " << seed << "\n" << session.transcript();
    delivered += session.delivered();
  }
  EXPECT_GT(delivered, 4000U) << "chance must come far enough to find something";
}

}  // namespace
}  // namespace jobd::smtp
