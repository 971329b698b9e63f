#include "daemon/mail/smtp/conversation.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "shared/unicode.h"

namespace jobd::smtp {
namespace {

constexpr std::size_t kPieceBytes = 64UL << 10;  // of content in memory beside the message
constexpr std::string_view kFinalDot = ".\r\n";

bool is_8bit(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

// Whether an EHLO line announces the keyword: "SIZE 10240000".
bool announces(std::string_view line, std::string_view keyword) {
  return equal_ignoring_case(line.substr(0, line.find(' ')), keyword);
}

bool fits_its_line(std::string_view address) {
  return std::ranges::none_of(address, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

}  // namespace

Conversation::Running::Running(Mail m)
    : mail(std::move(m)),
      message_8bit(is_8bit(mail.message)),
      addresses_8bit(is_8bit(mail.envelope_from) || std::ranges::any_of(mail.recipients, is_8bit)),
      encoder(mail.message),
      results(mail.recipients.size()),
      rejected(mail.recipients.size()) {}

void Conversation::begin(Mail mail) {
  assert(can_begin());
  mail_ = std::make_unique<Running>(std::move(mail));
  if (phase_ == Phase::ready) start_mail();
}

void Conversation::connecting() {
  enter(Phase::connect);
}
void Conversation::connected() {
  enter(Phase::greeting);
}

void Conversation::received(std::string_view bytes) {
  reader_.feed(bytes);
  while (!closed()) {
    const auto reply = reader_.next();
    if (!reply) break;
    on_reply(*reply);
  }
  if (!closed() && reader_.broken()) on_loss({Lost::How::garbage, "the server sent something that is no SMTP reply"});
}

void Conversation::written(std::size_t bytes) {
  out_sent_ += bytes;
  if (phase_ != Phase::content || bytes == 0) return;
  ++turn_;
  if (out_sent_ < out_.size() || !mail_->encoder.done()) return;
  enter(dot_in_out_ ? Phase::dot : Phase::permission);
}

void Conversation::permit_dot(bool go) {
  if (phase_ != Phase::permission) return;
  if (!go) return on_loss({Lost::How::aborted, "given up"});
  send(Phase::content, "");
  out_ = kFinalDot;
  dot_in_out_ = true;
}

void Conversation::lost(std::string words) {
  on_loss({Lost::How::closed, std::move(words)});
}

void Conversation::timed_out() {
  if (phase_ == Phase::ready) return send(Phase::quit, "QUIT\r\n");
  on_loss({Lost::How::timed_out, "no answer within " + std::to_string(timeout().count()) + " s"});
}

void Conversation::abort() {
  if (phase_ == Phase::ready) return send(Phase::quit, "QUIT\r\n");
  if (phase_ == Phase::quit) return;
  on_loss({Lost::How::aborted, "jobd stopped"});
}

std::string_view Conversation::output() {
  if (out_sent_ == out_.size() && phase_ == Phase::content) refill();
  return std::string_view(out_).substr(out_sent_);
}

std::optional<Outcome> Conversation::take_outcome() {
  return std::exchange(outcome_, std::nullopt);
}

std::chrono::seconds Conversation::timeout() const {
  using namespace std::chrono_literals;
  switch (phase_) {
    case Phase::resolve:
    case Phase::connect: return 30s;
    case Phase::greeting:
    case Phase::ehlo:
    case Phase::helo:
    case Phase::mail:
    case Phase::rcpt: return 5min;
    case Phase::data: return 2min;
    case Phase::content:
    case Phase::permission: return 3min;
    case Phase::dot: return 10min;
    case Phase::reset: return 20s;
    case Phase::ready:
    case Phase::quit:
    case Phase::closed: break;
  }
  return kIdle;
}

Stage Conversation::stage() const {
  return {phase_, mails_ > 1, mail_ && mail_->accepted > 0};
}

void Conversation::enter(Phase phase) {
  phase_ = phase;
  ++turn_;
}

void Conversation::send(Phase phase, const std::string& line) {
  out_ = line;
  out_sent_ = 0;
  enter(phase);
}

void Conversation::on_reply(const Reply& reply) {
  // Only 421, and a verdict on content, may come before what they answer has been sent.
  const bool answers = out_sent_ == out_.size() || phase_ == Phase::content || reply.code == 421;
  if (!answers) return on_loss({Lost::How::garbage, "the server answered what was not asked yet"});
  switch (phase_) {
    case Phase::ehlo:
      if (reply.kind() == 5) return send(Phase::helo, "HELO " + ehlo_name_ + "\r\n");
      on_ehlo(reply);
      break;
    case Phase::reset:
      if (reply.kind() == 2) return enter(Phase::ready);
      return enter(Phase::closed);
    case Phase::ready:  // unasked: as a rule 421, the server closes
    case Phase::quit: return enter(Phase::closed);
    default: break;
  }
  obey(judge(stage(), reply));
}

void Conversation::on_ehlo(const Reply& reply) {
  for (const std::string& line : reply.lines) {
    offers_8bit_ = offers_8bit_ || announces(line, "8BITMIME");
    offers_size_ = offers_size_ || announces(line, "SIZE");
    offers_utf8_ = offers_utf8_ || announces(line, "SMTPUTF8");
  }
}

void Conversation::on_loss(Lost lost) {
  if (closed()) return;
  if (mail_) return obey(judge(stage(), lost));
  enter(Phase::closed);
}

void Conversation::obey(const Judgement& judgement) {
  const Phase at = phase_;
  if (std::holds_alternative<GoOn>(judgement.what)) return go_on();
  if (judgement.session_over) enter(Phase::closed);
  if (const Trouble* trouble = std::get_if<Trouble>(&judgement.what)) {
    end_mail(*trouble, judgement.words);
    return end_transaction(at);
  }
  if (at == Phase::rcpt && !closed()) {
    mail_->results[mail_->asked - 1] = judgement.words;
    mail_->rejected[mail_->asked - 1] = true;
    return next_recipient();
  }
  judge_the_rest(judgement.words);
  end_transaction(at);
}

// The answer was the one hoped for.
void Conversation::go_on() {
  switch (phase_) {
    case Phase::greeting: return send(Phase::ehlo, "EHLO " + ehlo_name_ + "\r\n");
    case Phase::ehlo:
    case Phase::helo:
      enter(Phase::ready);
      if (mail_) start_mail();
      return;
    case Phase::mail: return next_recipient();
    case Phase::rcpt: ++mail_->accepted; return next_recipient();
    case Phase::data: return send(Phase::content, "");
    default: assert(false);
  }
}

void Conversation::start_mail() {
  ++mails_;
  const Mail& mail = mail_->mail;
  if (!fits_its_line(mail.envelope_from) || !std::ranges::all_of(mail.recipients, fits_its_line)) {
    judge_the_rest({Verdict::permanent, 0, "5.1.3", "an address has a line end in it"});
  } else if (mail_->addresses_8bit && !offers_utf8_) {
    judge_the_rest({Verdict::permanent, 0, "5.6.7", "an address is not ASCII, and the server does not offer SMTPUTF8"});
  } else if (mail_->message_8bit && !offers_8bit_) {
    judge_the_rest(
        {Verdict::permanent, 0, "5.6.3", "the message is not 7-bit, and the server does not offer 8BITMIME"});
  } else {
    return send_mail_from();
  }
  outcome_->relay_spoke = false;
  end_transaction(Phase::mail);
}

void Conversation::send_mail_from() {
  const Mail& mail = mail_->mail;
  std::string line = "MAIL FROM:<" + mail.envelope_from + ">";
  if (offers_size_) line += " SIZE=" + std::to_string(mail.message.size());
  if (mail_->message_8bit) line += " BODY=8BITMIME";
  if (mail_->addresses_8bit) line += " SMTPUTF8";
  send(Phase::mail, line + "\r\n");
}

void Conversation::next_recipient() {
  const Mail& mail = mail_->mail;
  if (mail_->asked < mail.recipients.size()) {
    return send(Phase::rcpt, "RCPT TO:<" + mail.recipients[mail_->asked++] + ">\r\n");
  }
  if (mail_->accepted > 0) return send(Phase::data, "DATA\r\n");
  end_mail(std::nullopt, {});
  end_transaction(Phase::rcpt);
}

// One answer for all who were not rejected on their own.
void Conversation::judge_the_rest(const RecipientResult& result) {
  for (std::size_t i = 0; i < mail_->results.size(); ++i) {
    if (!mail_->rejected[i]) mail_->results[i] = result;
  }
  end_mail(std::nullopt, {});
}

void Conversation::end_mail(std::optional<Trouble> trouble, RecipientResult words) {
  outcome_ = Outcome{trouble ? std::vector<RecipientResult>() : std::move(mail_->results), trouble, std::move(words)};
  mail_.reset();
  dot_in_out_ = false;
}

// Makes the session fit for the next mail after one that ended in phase `at`.
void Conversation::end_transaction(Phase at) {
  if (closed()) return;
  if (mails_ >= kMailsPerSession) return send(Phase::quit, "QUIT\r\n");
  if (at == Phase::rcpt || at == Phase::data) return send(Phase::reset, "RSET\r\n");
  enter(Phase::ready);
}

void Conversation::refill() {
  out_.clear();
  out_sent_ = 0;
  mail_->encoder.append_to(out_, kPieceBytes);
  if (out_.empty() && mail_->mail.ask_before_dot) enter(Phase::permission);
  if (mail_->encoder.done() && !mail_->mail.ask_before_dot) {
    out_ += kFinalDot;
    dot_in_out_ = true;
  }
}

}  // namespace jobd::smtp
