// The client's side of an SMTP session (RFC 5321), without its socket: bytes and events in, bytes and answers out.
//
// The shell connects, then does what it finds here after every event: writes output(), hands take_outcome() on, asks
// for the dot when wants_dot(), gives up the wait after timeout() unless turn() has moved, closes when closed(). It
// decides nothing. What a reply or a loss means for the mail is judge()'s to say.
//
// A session carries one mail after another. Each has exactly one outcome, which comes as soon as it is known: the RSET
// that may follow is nobody's business but the session's. It may be known at once, as when the server does not offer
// what the mail needs: so no mail may begin before the outcome of the last has been taken. When nothing has come for
// kIdle, or after kMailsPerSession mails, it says QUIT.
//
// TLS, AUTH and pipelining will be phases between ehlo and ready, and a wider window over rcpt.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/mail/judge.h"
#include "daemon/mail/smtp/data_encoder.h"

namespace jobd::smtp {

struct Mail {
  std::string envelope_from;  // empty: the null sender
  std::vector<std::string> recipients;
  std::string message;  // with CR LF line ends, dots as they are
  bool ask_before_dot = false;
};

// Like AttemptResult: results, one per recipient in order, or trouble and its words.
struct Outcome {
  std::vector<RecipientResult> recipients;
  std::optional<Trouble> trouble;
  RecipientResult trouble_reply;
  bool relay_spoke = true;  // false: the server was not asked
};

// Own thread only.
class Conversation {
 public:
  static constexpr int kMailsPerSession = 100;
  static constexpr std::chrono::seconds kIdle{5};

  // Starts in Phase::resolve.
  explicit Conversation(std::string ehlo_name) : ehlo_name_(std::move(ehlo_name)) {}

  // What happens. begin: may come before the session is connected; precondition: can_begin().
  void begin(Mail mail);
  void connecting();  // to one address, after the look-up or after another address
  void connected();
  void received(std::string_view bytes);
  void written(std::size_t bytes);  // of output(), that the system has taken
  void permit_dot(bool go);         // ignored unless it was asked for
  void lost(std::string words);     // "Connection reset by peer"; also when the peer has closed
  void timed_out();
  void abort();  // jobd stops: ends the mail under way and the session, an idle one with QUIT

  // What to do now.
  std::string_view output();
  std::optional<Outcome> take_outcome();
  bool wants_dot() const { return phase_ == Phase::permission; }
  bool closed() const { return phase_ == Phase::closed; }
  bool can_begin() const { return !closed() && phase_ != Phase::quit && phase_ != Phase::reset && !mail_ && !outcome_; }
  Phase phase() const { return phase_; }
  // For each address of the host, at Phase::connect. RFC 5321 4.5.3.2 for the phases it names.
  std::chrono::seconds timeout() const;
  // Moves whenever the wait begins anew.
  std::uint64_t turn() const { return turn_; }

 private:
  struct Running {
    explicit Running(Mail m);
    Mail mail;
    bool message_8bit;
    bool addresses_8bit;
    DataEncoder encoder;
    std::vector<RecipientResult> results;
    std::vector<bool> rejected;  // which of results stand
    std::size_t asked = 0;       // RCPTs sent
    std::size_t accepted = 0;
  };

  Stage stage() const;
  void enter(Phase phase);
  void send(Phase phase, const std::string& line);
  void on_reply(const Reply& reply);
  void on_ehlo(const Reply& reply);
  void on_loss(Lost lost);
  void obey(const Judgement& judgement);
  void go_on();
  void start_mail();
  void send_mail_from();
  void next_recipient();
  void judge_the_rest(const RecipientResult& result);
  void end_mail(std::optional<Trouble> trouble, RecipientResult words);
  void end_transaction(Phase at);
  void refill();

  std::string ehlo_name_;
  Phase phase_ = Phase::resolve;
  std::uint64_t turn_ = 0;
  ReplyReader reader_;
  std::string out_;
  std::size_t out_sent_ = 0;
  bool dot_in_out_ = false;
  int mails_ = 0;  // begun on this connection
  bool offers_8bit_ = false;
  bool offers_size_ = false;
  bool offers_utf8_ = false;
  std::unique_ptr<Running> mail_;  // its encoder points into it
  std::optional<Outcome> outcome_;
};

}  // namespace jobd::smtp
