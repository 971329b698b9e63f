// A mail under way: whom it is for as the wire has them, who has been asked, what was said of whom.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "daemon/mail/judge.h"
#include "daemon/mail/smtp/commands.h"
#include "daemon/mail/smtp/data_encoder.h"
#include "daemon/mail/smtp/extensions.h"
#include "daemon/mail/smtp/terms.h"
#include "shared/clock.h"

namespace jobd::smtp {

// Like AttemptResult: results, one per recipient in order, or trouble and its words.
struct Outcome {
  std::vector<RecipientResult> recipients;
  std::optional<Trouble> trouble;
  RecipientResult trouble_reply;
  bool relay_spoke = true;  // false: the server was not asked
  std::optional<Duration> retry_after;
  std::optional<RelayWord> beside = std::nullopt;
  std::size_t others_left = 0;    // that of AttemptResult, and known to the pool alone
  bool handshake_failed = false;  // the two sides came to no agreement on TLS: with Trouble::tls, and for that reason
};

// Not to be moved: its encoder points into it. Own thread only.
class Transaction {
 public:
  // first: no other mail has been begun on this connection.
  Transaction(Mail mail, Moment give_up_at, bool first);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // Checks the mail against what the server offers before anything is said, and settles the recipients that cannot be
  // asked. Afterwards there is an outcome already where nobody is left to ask.
  void start(const Extensions& offered);
  bool started() const { return started_; }

  // The commands, in turn. next_rcpt: nothing when all have been asked.
  std::string mail_command(const Extensions& offered) const;
  struct Rcpt {
    std::size_t recipient;
    std::string command;
  };
  std::optional<Rcpt> next_rcpt(const Extensions& offered);
  bool all_asked() const { return asked_ == mail.recipients.size(); }
  bool all_answered() const { return all_asked() && unanswered_ == 0; }
  bool somebody_accepted() const { return accepted_ > 0; }

  // What came of it.
  void judge_recipient(std::size_t recipient, const Judgement& judgement);
  // One answer for all who were not refused on their own.
  void judge_the_rest(const Judgement& judgement);
  // Every recipient has been judged, and nobody accepted; or it was a mail that only asks.
  void end_with_recipients();
  void end_with_trouble(Trouble trouble, RecipientResult words, std::optional<Duration> retry_after);
  bool ended() const { return outcome_.has_value(); }
  Outcome take_outcome();  // precondition: ended()

  Mail mail;
  const Moment give_up_at;
  const bool first;
  DataEncoder encoder;
  bool data_sent = false;
  bool dot_sent = false;  // put into the output, not behind a question

 private:
  struct Recipient {
    WireAddress address;
    bool refused = false;
    RecipientResult result;
  };

  static void refuse(Recipient& recipient, const std::string& code, const std::string& why);
  void refuse_the_rest(const std::string& code, const std::string& why);
  void check_recipients(const Extensions& offered);
  void remember_wait(const Judgement& judgement);
  void end_with_results();
  std::vector<RecipientResult> results();

  bool started_ = false;
  MailParameters parameters_;
  WireAddress sender_;
  std::vector<Recipient> recipients_;
  std::size_t asked_ = 0;  // those before this one have been asked or refused
  std::size_t unanswered_ = 0;
  std::size_t accepted_ = 0;
  bool relay_spoke_ = true;
  std::optional<Duration> retry_after_;
  std::optional<Judgement> trouble_;  // that a recipient's reply told of
  std::optional<Outcome> outcome_;
};

}  // namespace jobd::smtp
