// The client's side of an SMTP session (RFC 5321), without its socket: bytes and events in, bytes and answers out.
//
// The shell connects, then does what it finds here after every event: writes output(), shakes hands when wants_tls(),
// fetches the secret when wants_credentials(), hands take_outcome() on until it gives none, asks for the dot when
// wants_dot(), says timed_out() when deadline() has come, closes when closed(). It decides nothing. What a reply or a
// loss means for the mail is judge()'s to say. Every event carries its moment; nothing here reads a clock.
//
// A session is a stream of commands, each of which owes a reply: what is awaited stands in a queue, and the reply that
// comes is that of its front. Where the server offers PIPELINING (RFC 2920) the queue is long: MAIL, RCPT and DATA go
// out together, many RCPTs in windows, so that neither side ever waits for the other to read; else it holds one.
// Nothing follows DATA before its answer. When no recipient of a group was taken and the server says 354 all the same,
// it is given an empty message, a lone dot, whose answer judges nothing.
//
// A session carries one mail after another. Each has exactly one outcome, in the order in which they began, which comes
// as soon as it is known: the RSET that may follow is nobody's business but the session's. The next mail may begin
// while the last one's dot is not answered yet; its whole group goes into the segment of that dot (RFC 2920 3.1 allows
// DATA as the last command there), so that a mail costs one round trip. Never behind, nor for, a mail that asks before
// its dot. A mail that shared its session with an end that was none of its own doing comes to Trouble::stale. So does
// one that waits too long behind another, and that before its turn: nothing of it can have been taken, as its DATA,
// should it be answered with 354, is followed by the end of the connection and never by a dot.
//
//   resolve > connect > [tls] > greeting > ehlo [> helo] [> starttls > tls > ehlo] [> credentials > auth] > ready
//   ready > mail > rcpt > data > content [> permission] > dot > ready;  reset after a mail that ended before its dot
//
// Against what is put between the lines of a session by others (CVE-2011-0411): whatever comes before a handshake has
// succeeded, and behind the 220 that began it, ends the session, and all that was learnt in plain text is forgotten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/mail/judge.h"
#include "daemon/mail/smtp/auth.h"
#include "daemon/mail/smtp/extensions.h"
#include "daemon/mail/smtp/reply.h"
#include "daemon/mail/smtp/terms.h"
#include "daemon/mail/smtp/transaction.h"
#include "shared/clock.h"
#include "shared/result.h"

namespace jobd::smtp {

// Own thread only.
class Conversation {
 public:
  // Starts in Phase::resolve.
  Conversation(Terms terms, Moment now);
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  ~Conversation();

  // What happens. begin: may come before the session is connected; precondition: can_begin().
  void begin(Mail mail, Moment now);
  void connecting(Moment now);  // to one address, after the look-up or after another address
  void connected(Moment now);
  void secured(const TlsFacts& facts, Moment now);  // the handshake has succeeded
  // error: no secret is to be had, and that is this trouble. The token that was refused is not sent again.
  void credentials(Result<Credentials> found, Moment now, Trouble without = Trouble::auth);
  void received(std::string_view bytes, Moment now);
  void written(std::size_t bytes, Moment now);           // of output(), that the system has taken
  void permit_dot(bool go, Moment now);                  // ignored unless it was asked for
  void lost(std::string words, Moment now);              // "Connection reset by peer"; also when the peer has closed
  void handshake_failed(std::string words, Moment now);  // of itself: a connection lost meanwhile is lost()
  void timed_out(Moment now);
  void abort(Moment now);  // jobd stops: ends the mails under way and the session, one without a mail with QUIT

  // What to do now. What output() gave stays in front of what it gives later, until it has been written.
  std::string_view output();
  std::optional<Outcome> take_outcome();  // of the oldest mail
  // Of the one behind it, which has waited too long for it: Trouble::stale, before its turn. The session takes no more.
  std::optional<Outcome> take_given_back();
  bool wants_tls() const { return phase() == Phase::tls; }
  // From EHLO's answer until credentials(). renewed: the last token was refused, fetch a new one.
  struct WantsCredentials {
    bool renewed = false;
  };
  std::optional<WantsCredentials> wants_credentials() const;
  bool wants_dot() const { return phase() == Phase::permission; }
  bool closed() const { return open_in_ == Phase::closed; }
  bool opened() const { return open_in_ == Phase::ready; }  // it can carry mails, or does
  // With a mail under way too, where the next one may share its session.
  bool can_begin() const;
  Phase phase() const;
  Moment deadline() const;     // RFC 5321 4.5.3.2, the cap of the whole attempt, the least rate of content
  std::string waited() const;  // what timed_out() says: "no answer within 30 s"; the shell's too, of one address

  const ServerFacts& server() const { return server_; }

 private:
  // A reply that has to come. A dot without a mail is a lone one.
  struct Awaited {
    Phase phase = Phase::greeting;  // in which it is the front
    Transaction* mail = nullptr;    // none where there is none, or it has its outcome
    std::size_t recipient = 0;
    std::uint64_t end = 0;  // of its command, in all bytes ever put out; kNotYet: more of it will follow
    std::size_t bytes = 0;
  };
  static constexpr std::uint64_t kNotYet = UINT64_MAX;

  // Opening the session (conversation_opening.cpp).
  void greet();
  void on_opening_reply(const Stage& at, const Reply& reply);
  void end_opening(const Judgement& judged);
  bool has_another_way(const Stage& at, const Reply& reply);
  void go_on_opening(Phase from, const Reply& reply);
  void secure_or_log_in();
  void log_in_or_open();
  void enter(Phase phase);
  void give_up(Trouble trouble, const std::string& words);

  // The mails (conversation_mails.cpp).
  void on_session_reply(const Stage& at, const Awaited& front, const Reply& reply);
  void on_mail_reply(const Stage& at, const Awaited& front, const Reply& reply);
  void on_drained(Phase command, const Reply& reply);
  void go_on(const Awaited& front, const Judgement& judgement);
  void begin_content(Transaction& mail);
  void refill();
  void finish_content();
  void pump();
  bool leave_if_due();
  void ask(Transaction& mail);
  bool may_start(const Transaction& mail) const;
  bool may_send() const;
  bool drained() const;
  Transaction* first_without_dot() const;
  Transaction* oldest_under_way() const;
  void give_back();
  void settle(Transaction& mail, const Judgement& judgement);
  void forget(const Transaction& mail);

  // The stream.
  void on_reply(Reply reply);
  void on_unasked(const Reply& reply);
  void on_loss(Lost lost);
  std::string unread() const;
  void close(Trouble for_the_others, const std::string& why);
  void send(Phase phase, std::string_view line, Transaction* mail = nullptr, std::size_t recipient = 0);
  void send_secret(std::string line, const std::string& shown);
  void put(std::string_view bytes);
  void await(Awaited awaited);
  void answered();
  void wipe_output();
  void trace(bool from_server, std::string_view line) const;
  void trace(const Reply& reply) const;
  bool pipelining() const { return offered_.pipelining && terms_.pipelining; }
  bool opening() const { return open_in_ < Phase::ready; }
  Stage stage() const;
  Duration patience() const;
  Moment rate_deadline() const;
  Moment cap() const;
  Moment behind_deadline() const;

  const Terms terms_;
  Moment now_;    // of the last event
  Moment since_;  // the phase, or the last progress in it
  // Where nothing is awaited. From resolve to auth: how far the opening has come; then ready, at the end closed.
  Phase open_in_ = Phase::resolve;
  ReplyReader reader_;
  std::string out_;
  std::size_t out_sent_ = 0;   // of out_
  std::uint64_t written_ = 0;  // of all
  bool secret_in_out_ = false;
  std::deque<Awaited> awaited_;
  std::size_t awaited_bytes_ = 0;

  bool secured_ = false;
  bool handshake_failed_ = false;
  std::unique_ptr<Login> login_;  // under way; or refused, while another token is fetched
  std::optional<Reply> refusal_;  // of the first token: there is one more, and no third
  Extensions offered_;
  ServerFacts server_;

  std::deque<std::unique_ptr<Transaction>> mails_;  // begun, outcome not taken
  std::size_t begun_ = 0;                           // on this connection
  Moment begun_at_;                                 // of the newest
  bool transaction_open_ = false;                   // MAIL was taken, and no dot or RSET has been sent since
  bool leaving_ = false;                            // QUIT comes next, or has been sent
  bool gave_back_ = false;                          // the mail behind the oldest
  Transaction* content_ = nullptr;                  // whose content is going out
  Moment content_since_;
  std::uint64_t content_begin_ = 0;  // in all bytes written
};

}  // namespace jobd::smtp
