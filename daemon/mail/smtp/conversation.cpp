#include "daemon/mail/smtp/conversation.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "daemon/mail/smtp/secret.h"
#include "shared/limits.h"
#include "shared/text.h"

namespace jobd::smtp {
namespace {

// What a sentence quotes of bytes that are no reply: enough to know who speaks there.
constexpr std::size_t kQuotedBytes = 100;

}  // namespace

Conversation::Conversation(Terms terms, Moment now) : terms_(std::move(terms)), now_(now), since_(now) {}

Conversation::~Conversation() {
  wipe_output();
}

void Conversation::begin(Mail mail, Moment now) {
  assert(can_begin());
  now_ = now;
  const Moment give_up_at = std::min(now + terms_.attempt, mail.give_up_at);
  mails_.push_back(std::make_unique<Transaction>(std::move(mail), give_up_at, begun_ == 0));
  ++begun_;
  begun_at_ = now;
  pump();
}

void Conversation::received(std::string_view bytes, Moment now) {
  now_ = now;
  if (closed() || bytes.empty()) return;
  if (phase() == Phase::tls) return on_loss({Lost::How::garbage, "the server spoke before TLS was up"});
  reader_.feed(bytes);
  while (!closed()) {
    auto reply = reader_.next();
    if (!reply) break;
    on_reply(std::move(*reply));
    if (phase() == Phase::tls && !reader_.empty()) {
      return on_loss({Lost::How::garbage, "something came in plain text behind the answer to STARTTLS"});
    }
    if (awaited_.empty()) pump();
  }
  if (!closed() && reader_.broken()) {
    on_loss({Lost::How::garbage, reader_.too_long() ? "the server sent a reply that is too long"
                                                    : "the server sent something that is no SMTP reply"});
  }
  pump();
}

void Conversation::written(std::size_t bytes, Moment now) {
  now_ = now;
  if (bytes > 0 && phase() == Phase::content) since_ = now;
  out_sent_ += bytes;
  written_ += bytes;
  assert(out_sent_ <= out_.size());
  if (secret_in_out_ && out_sent_ == out_.size()) wipe_output();
}

void Conversation::permit_dot(bool go, Moment now) {
  if (phase() != Phase::permission) return;
  now_ = now;
  if (!go) return on_loss({Lost::How::aborted, "given up"});
  since_ = now;
  content_since_ = now;  // the time that the permission took is not the server's
  content_begin_ = written_;
  finish_content();
}

void Conversation::lost(std::string words, Moment now) {
  now_ = now;
  on_loss({Lost::How::closed, std::move(words)});
}

void Conversation::handshake_failed(std::string words, Moment now) {
  handshake_failed_ = phase() == Phase::tls;
  lost(std::move(words), now);
}

void Conversation::timed_out(Moment now) {
  now_ = now;
  if (now >= behind_deadline()) return give_back();
  if (phase() != Phase::ready) return on_loss({Lost::How::timed_out, waited()});
  leaving_ = true;
  pump();
}

void Conversation::abort(Moment now) {
  now_ = now;
  if (opening() || oldest_under_way() != nullptr) return on_loss({Lost::How::aborted, "jobd stopped"});
  leaving_ = true;
  pump();
}

std::string_view Conversation::output() {
  if (out_sent_ == out_.size() && content_ != nullptr) refill();
  return std::string_view(out_).substr(out_sent_);
}

std::optional<Outcome> Conversation::take_outcome() {
  if (mails_.empty() || !mails_.front()->ended()) return std::nullopt;
  Outcome outcome = mails_.front()->take_outcome();
  mails_.pop_front();
  outcome.handshake_failed = handshake_failed_ && outcome.trouble == Trouble::tls;
  return outcome;
}

std::optional<Outcome> Conversation::take_given_back() {
  if (!gave_back_ || mails_.size() < 2) return std::nullopt;
  Outcome outcome = mails_.back()->take_outcome();
  mails_.pop_back();
  return outcome;
}

Phase Conversation::phase() const {
  if (awaited_.empty()) return open_in_;
  const Awaited& front = awaited_.front();
  if (front.phase != Phase::dot || written_ >= front.end) return front.phase;
  const bool asks = content_ != nullptr && content_->mail.ask_before_dot && content_->encoder.done();
  return asks && out_sent_ == out_.size() ? Phase::permission : Phase::content;
}

Stage Conversation::stage() const {
  const Transaction* mail = awaited_.empty() ? nullptr : awaited_.front().mail;
  return {phase(), mail != nullptr && !mail->first};
}

void Conversation::on_reply(Reply reply) {
  if (login_) {
    for (std::string& line : reply.lines) login_->blank(line);
  }
  trace(reply);
  if (awaited_.empty()) return on_unasked(reply);
  const Awaited front = awaited_.front();
  // Only 421, and a verdict on content, may come before what they answer has been sent.
  const bool answers =
      front.end <= written_ || reply.code == 421 || (front.phase == Phase::dot && front.mail != nullptr);
  if (!answers) return on_loss({Lost::How::garbage, "the server answered what was not asked yet"});
  const Stage at = stage();
  answered();
  if (opening()) return on_opening_reply(at, reply);
  if (front.phase == Phase::reset || front.phase == Phase::quit) return on_session_reply(at, front, reply);
  on_mail_reply(at, front, reply);
}

// As a rule 421: the server closes.
void Conversation::on_unasked(const Reply& reply) {
  if (opening()) return on_opening_reply(stage(), reply);
  close(Trouble::stale, reply.text());
}

void Conversation::on_loss(Lost lost) {
  if (closed()) return;
  if (const std::string said = unread(); !said.empty()) {
    trace(true, '"' + said + '"');
    const std::string shown = cut(said, kQuotedBytes) + (said.size() > kQuotedBytes ? "..." : "");
    lost.words += (lost.how == Lost::How::garbage ? " (\"" : " (after \"") + shown + "\")";
  }
  const Stage at = stage();
  Transaction* mail = opening() ? oldest_under_way() : awaited_.empty() ? nullptr : awaited_.front().mail;
  if (mail != nullptr) settle(*mail, judge(at, lost));
  close(lost.how == Lost::How::aborted ? Trouble::shutdown : Trouble::stale, lost.words);
}

// What the server said that is no reply, or none yet. Of what comes to a log-in nothing: it could hold half of a
// secret, which nobody would know to blank.
std::string Conversation::unread() const {
  if (login_) return "";
  std::string_view bytes = reader_.unread().substr(0, limits::kTranscriptLineBytes);
  while (bytes.ends_with('\r') || bytes.ends_with('\n')) bytes.remove_suffix(1);
  return printable(bytes);
}

void Conversation::close(Trouble for_the_others, const std::string& why) {
  for (const auto& mail : mails_) {
    if (!mail->ended()) mail->end_with_trouble(for_the_others, {Verdict::temporary, 0, "", why}, std::nullopt);
  }
  awaited_.clear();
  awaited_bytes_ = 0;
  content_ = nullptr;
  login_.reset();
  wipe_output();
  open_in_ = Phase::closed;
}

void Conversation::send(Phase phase, std::string_view line, Transaction* mail, std::size_t recipient) {
  trace(false, line.substr(0, line.size() - 2));
  put(line);
  await({phase, mail, recipient, written_ + out_.size() - out_sent_, line.size()});
}

void Conversation::send_secret(std::string line, const std::string& shown) {
  assert(out_sent_ == out_.size());
  trace(false, shown);
  wipe_output();
  out_ = std::move(line);
  wipe(line);  // a short one is copied, not moved
  secret_in_out_ = true;
  await({Phase::auth, nullptr, 0, written_ + out_.size(), out_.size()});
}

void Conversation::put(std::string_view bytes) {
  if (out_sent_ == out_.size()) {
    out_.clear();
    out_sent_ = 0;
  }
  out_ += bytes;
}

void Conversation::await(Awaited awaited) {
  if (awaited_.empty()) since_ = now_;
  awaited_bytes_ += awaited.bytes;
  awaited_.push_back(awaited);
}

void Conversation::answered() {
  awaited_bytes_ -= awaited_.front().bytes;
  awaited_.pop_front();
  since_ = now_;
}

void Conversation::wipe_output() {
  if (std::exchange(secret_in_out_, false)) wipe(out_);
  out_.clear();
  out_sent_ = 0;
}

void Conversation::trace(bool from_server, std::string_view line) const {
  if (terms_.trace) terms_.trace(from_server, line);
}

void Conversation::trace(const Reply& reply) const {
  if (!terms_.trace) return;
  for (std::size_t i = 0; i < reply.lines.size(); ++i) {
    std::string line = std::to_string(reply.code) + (i + 1 < reply.lines.size() ? '-' : ' ');
    if (!reply.enhanced_code.empty()) line += reply.enhanced_code + ' ';
    terms_.trace(true, line + reply.lines[i]);
  }
}

}  // namespace jobd::smtp
