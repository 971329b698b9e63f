#include "daemon/mail/smtp/prober.h"

#include <algorithm>
#include <utility>

#include "daemon/mail/smtp/commands.h"
#include "daemon/mail/smtp/probe_notes.h"
#include "daemon/mail/smtp/session.h"

namespace jobd::smtp {
namespace {

// Whose the end is where no line of ours began a step.
std::string step_without_a_line(Trouble trouble) {
  return trouble == Trouble::tls ? "tls" : trouble == Trouble::auth ? "auth" : "";
}

// A reply as the server said it: the transcript has it only where it answered what was sent last.
std::string as_said(const RecipientResult& reply) {
  if (reply.smtp_code == 0) return reply.reply;
  return std::to_string(reply.smtp_code) + " " + (reply.enhanced_code.empty() ? "" : reply.enhanced_code + " ") +
         reply.reply;
}

class SessionProber final : public Prober,
                            private SessionOwner,
                            private SessionWatcher,
                            public std::enable_shared_from_this<SessionProber> {
 public:
  SessionProber(RelayAccess& access, std::function<void(const Prober&, ProbeReport)> ended)
      : access_(access), ended_(std::move(ended)), notes_(access.settings(), steady_now()) {}

  ~SessionProber() override {
    if (session_) session_->hang_up();
  }

  void begin(ProbeOrder order, const std::shared_ptr<boost::asio::io_context>& io) {
    io_ = io;
    order_ = std::move(order);
    give_up_at_ = steady_now() + order_.timeout;
    open(false);
  }

  void abort() override {
    aborted_ = true;
    session_->abort();
  }

 private:
  void open(bool in_plain) {
    Terms terms = access_.terms(steady_now());
    terms.pipelining = false;
    terms.attempt = order_.timeout;
    terms.tls_is_broken = in_plain;  // whatever is known of it: it is what a probe is to find out
    terms.trace = [this](bool from_server, std::string_view line) { notes_.line(from_server, line, steady_now()); };
    Mail mail{
        .envelope_from = order_.from, .recipients = {}, .message = "", .only_ask = true, .give_up_at = give_up_at_};
    if (!order_.to.empty()) mail.recipients.push_back(order_.to);
    const auto io = io_.lock();  // there: this is its thread
    session_ = open_session(access_, std::move(terms), std::move(mail), io, *this, this);
  }

  // SessionOwner.
  void wants_dot(Session&, std::function<void(bool)> permit) override { permit(false); }
  void mail_done(Session& session, Outcome outcome) override {
    const auto refused = std::ranges::find(outcome.recipients, false, [](const RecipientResult& result) {
      return result.verdict == Verdict::delivered || result.smtp_code / 100 == 2;
    });
    const Moment now = steady_now();
    again_in_plain_ = access_.goes_on_in_plain(outcome, now) && !aborted_ && now < give_up_at_;
    if (again_in_plain_) {
      notes_.goes_on_in_plain(outcome.trouble_reply.reply, now);
    } else if (outcome.trouble) {
      notes_.failed(as_said(outcome.trouble_reply), now, step_without_a_line(*outcome.trouble));
    } else if (!outcome.relay_spoke) {
      ended_unasked(refused == outcome.recipients.end() ? sender_needs_utf8() : *refused, now);
    } else if (refused != outcome.recipients.end()) {
      notes_.failed(refused->reply, now);
    }
    session.abort();
  }
  // Before MAIL: this server cannot be asked for such an address.
  void ended_unasked(const RecipientResult& why, Moment now) {
    const bool sender =
        why.enhanced_code == "5.1.7" || (why.enhanced_code == "5.6.7" && wire_address(order_.from).needs_utf8);
    notes_.failed(why.reply, now, sender ? "mail" : "rcpt");
  }
  // Without a recipient there is no result to say so.
  RecipientResult sender_needs_utf8() const {
    return {Verdict::permanent, 0, "5.6.7",
            "the sender " + order_.from + " is not ASCII before the @, and the server does not offer SMTPUTF8"};
  }
  void mail_given_back(Session&, Outcome) override {}
  void session_free(Session&) override {}
  void session_ended(Session&) override {
    const auto self = shared_from_this();
    session_.reset();
    if (std::exchange(again_in_plain_, false) && !aborted_) return open(true);
    ended_(*this, notes_.report());
  }

  // SessionWatcher.
  void found(const std::vector<std::string>& addresses) override { notes_.found(addresses, steady_now()); }
  void address_failed(const std::string& address, const std::string& why) override {
    notes_.address_failed(address, why);
  }
  void connected(const std::string& address) override { notes_.connected(address, steady_now()); }
  void secured(const TlsFacts& facts) override { notes_.secured(facts, steady_now()); }
  void fetching_secret() override { notes_.fetching_secret(steady_now()); }

  RelayAccess& access_;
  const std::function<void(const Prober&, ProbeReport)> ended_;
  ProbeNotes notes_;
  std::weak_ptr<boost::asio::io_context> io_;  // what its handlers hold must not own it
  ProbeOrder order_;
  Moment give_up_at_{};
  bool again_in_plain_ = false;
  bool aborted_ = false;
  std::shared_ptr<Session> session_;
};

}  // namespace

std::shared_ptr<Prober> start_probe(RelayAccess& access, ProbeOrder order,
                                    const std::shared_ptr<boost::asio::io_context>& io,
                                    std::function<void(const Prober&, ProbeReport)> ended) {
  auto prober = std::make_shared<SessionProber>(access, std::move(ended));
  prober->begin(std::move(order), io);
  return prober;
}

}  // namespace jobd::smtp
