// The mails of a session, one after another or in a pipeline.
#include <algorithm>

#include "daemon/mail/smtp/conversation.h"

namespace jobd::smtp {
namespace {

constexpr std::size_t kPieceBytes = 64UL << 10;  // of content in memory beside the message
// Commands whose replies have not been read: well under the least buffers of TCP, so that a server that writes before
// it reads, and its replies, never wait for us.
constexpr std::size_t kWindowBytes = 8UL << 10;
constexpr std::string_view kFinalDot = ".\r\n";

bool belongs_to_mail(Phase phase) {
  return phase == Phase::mail || phase == Phase::rcpt || phase == Phase::data;
}

}  // namespace

bool Conversation::can_begin() const {
  if (closed() || leaving_ || begun_ >= terms_.mails_per_session) return false;
  if (opening()) return begun_ == 0;
  if (mails_.empty()) return awaited_.empty() || (pipelining() && drained());
  const Transaction& mail = *mails_.front();
  if (mails_.size() > 1 || !pipelining() || mail.ended() || mail.mail.ask_before_dot || mail.mail.only_ask)
    return false;
  return mail.dot_sent || mail.mail.message.size() <= kPieceBytes;
}

void Conversation::on_session_reply(const Stage& at, const Awaited& front, const Reply& reply) {
  if (front.phase == Phase::reset && reply.kind() == 2) return;
  close(Trouble::stale, at.phase == Phase::quit ? "the session is over" : reply.text());
}

void Conversation::on_mail_reply(const Stage& at, const Awaited& front, const Reply& reply) {
  if (front.mail == nullptr) return on_drained(front.phase, reply);
  Transaction& mail = *front.mail;
  const Judgement judged = judge(at, reply);
  if (judged.session_over) {
    settle(mail, judged);
    return close(Trouble::stale, judged.words.reply);
  }
  if (front.phase == Phase::rcpt || std::holds_alternative<GoOn>(judged.what)) return go_on(front, judged);
  settle(mail, judged);
}

// The mail has its outcome; what it asked is still answered.
void Conversation::on_drained(Phase command, const Reply& reply) {
  const bool takes_content = command == Phase::data && reply.kind() == 3;
  const bool in_step = reply.kind() >= 4 || (command == Phase::data ? takes_content : reply.kind() == 2);
  if (!in_step || reply.code == 421) return close(Trouble::stale, reply.text());
  if (!takes_content) return;
  if (gave_back_) return close(Trouble::stale, "the session is over");  // its recipients were taken: no dot
  transaction_open_ = false;
  send(Phase::dot, kFinalDot);
}

void Conversation::go_on(const Awaited& front, const Judgement& judgement) {
  Transaction& mail = *front.mail;
  if (front.phase == Phase::data) return begin_content(mail);
  if (front.phase == Phase::mail) transaction_open_ = true;
  if (front.phase == Phase::rcpt) mail.judge_recipient(front.recipient, judgement);
  if (!mail.all_answered() || (mail.somebody_accepted() && !mail.mail.only_ask)) return;
  if (front.phase == Phase::mail && !mail.mail.only_ask) return;
  mail.end_with_recipients();
  forget(mail);
}

void Conversation::begin_content(Transaction& mail) {
  content_ = &mail;
  content_since_ = now_;
  content_begin_ = written_;
  await({Phase::dot, &mail, 0, kNotYet, 0});
}

void Conversation::refill() {
  const bool asks = content_->mail.ask_before_dot;
  if (asks && content_->encoder.done()) return;
  out_.clear();
  out_sent_ = 0;
  content_->encoder.append_to(out_, kPieceBytes);
  if (content_->encoder.done() && !asks) finish_content();
}

void Conversation::finish_content() {
  trace(false, "(" + std::to_string(content_->mail.message.size()) + " bytes of content)");
  trace(false, ".");
  put(kFinalDot);
  awaited_.front().end = written_ + out_.size() - out_sent_;
  content_->dot_sent = true;
  content_ = nullptr;
  transaction_open_ = false;
  pump();
}

// Puts out all that may be said now.
void Conversation::pump() {
  if (open_in_ != Phase::ready) return;
  while (content_ == nullptr) {
    Transaction* mail = first_without_dot();
    if (mail != nullptr && mail->started()) return ask(*mail);
    if (!drained() || leave_if_due()) return;
    if (transaction_open_) {
      if (!may_send()) return;
      transaction_open_ = false;
      send(Phase::reset, "RSET\r\n");
      continue;
    }
    if (mail == nullptr || !may_start(*mail)) return;
    mail->start(offered_);
    if (!mail->ended()) send(Phase::mail, mail->mail_command(offered_), mail);
  }
}

bool Conversation::leave_if_due() {
  if (oldest_under_way() != nullptr || (!leaving_ && begun_ < terms_.mails_per_session)) return false;
  if (awaited_.empty()) {
    leaving_ = true;
    send(Phase::quit, "QUIT\r\n");
  }
  return true;
}

void Conversation::ask(Transaction& mail) {
  while (may_send()) {
    const auto rcpt = mail.next_rcpt(offered_);
    if (!rcpt) break;
    send(Phase::rcpt, rcpt->command, &mail, rcpt->recipient);
  }
  if (!mail.all_asked() || mail.mail.only_ask || mail.data_sent || !may_send()) return;
  mail.data_sent = true;
  send(Phase::data, "DATA\r\n", &mail);
}

bool Conversation::may_send() const {
  return pipelining() ? awaited_bytes_ < kWindowBytes : awaited_.empty();
}

bool Conversation::may_start(const Transaction& mail) const {
  if (awaited_.empty()) return true;
  const Transaction* before = oldest_under_way();
  return pipelining() && !mail.mail.ask_before_dot && !mail.mail.only_ask && !before->mail.ask_before_dot;
}

// Nothing is awaited that belongs to a mail before its dot.
bool Conversation::drained() const {
  return std::ranges::none_of(awaited_, [](const Awaited& each) { return belongs_to_mail(each.phase); });
}

Transaction* Conversation::first_without_dot() const {
  for (const auto& mail : mails_) {
    if (!mail->ended() && !mail->dot_sent) return mail.get();
  }
  return nullptr;
}

Transaction* Conversation::oldest_under_way() const {
  for (const auto& mail : mails_) {
    if (!mail->ended()) return mail.get();
  }
  return nullptr;
}

void Conversation::give_back() {
  Transaction& mail = *mails_[1];
  mail.end_with_trouble(Trouble::stale, {Verdict::temporary, 0, "", "the mail before it is not answered"},
                        std::nullopt);
  forget(mail);
  gave_back_ = true;
  leaving_ = true;
}

void Conversation::settle(Transaction& mail, const Judgement& judgement) {
  if (const Trouble* trouble = std::get_if<Trouble>(&judgement.what)) {
    mail.end_with_trouble(*trouble, judgement.words, judgement.retry_after);
  } else {
    mail.judge_the_rest(judgement);
  }
  forget(mail);
}

void Conversation::forget(const Transaction& mail) {
  for (Awaited& each : awaited_) {
    if (each.mail == &mail) each.mail = nullptr;
  }
  if (content_ == &mail) content_ = nullptr;
}

}  // namespace jobd::smtp
