#include "tests/mail/watched_session.h"

#include <algorithm>
#include <charconv>

namespace jobd::smtp {
namespace {

std::string sender_of(std::size_t mail) {
  return "f" + std::to_string(mail) + "@x.org";
}
std::string recipient_of(std::size_t mail, std::size_t i) {
  return "r" + std::to_string(mail) + "." + std::to_string(i) + "@x.org";
}
std::string mark_of(std::size_t mail) {
  return "@" + std::to_string(mail) + " ";
}

// With lines that begin with a dot, that are one, and with ends of line that are none.
Mail make_mail(std::size_t number, const WatchedSession::Kind& kind) {
  Mail mail;
  mail.envelope_from = sender_of(number);
  for (int i = 0; i < kind.recipients; ++i)
    mail.recipients.push_back(recipient_of(number, static_cast<std::size_t>(i)));
  mail.ask_before_dot = kind.hold;
  mail.only_ask = kind.only_ask;
  const std::string mark = mark_of(number);
  mail.message = mark + "first\r\n." + mark + "\n" + mark + "\r.\r" + mark + "RSET\r\n";
  while (mail.message.size() < kind.bytes) mail.message += mark + "more of it\r\n";
  mail.message += mark + "no end";
  return mail;
}

}  // namespace

WatchedSession::WatchedSession(Terms terms) : terms_(terms), conversation_(std::move(terms), now_) {}

void WatchedSession::begin(const Kind& kind) {
  if (!conversation_.can_begin()) return;
  transcript_ += "! begin\n";
  const Moment before = conversation_.deadline();
  mails_.push_back({.kind = kind});
  conversation_.begin(make_mail(mails_.size() - 1, kind), now_);
  after(before, true);
}

void WatchedSession::connect() {
  if (conversation_.phase() != Phase::resolve) return;
  conversation_.connecting(now_);
  conversation_.connected(now_);
  if (!terms_.implicit_tls) owed_.push_back({"greeting", 0, true});
  after(now_, true);
}

void WatchedSession::receive(std::string_view bytes) {
  if (conversation_.closed() || bytes.empty() || conversation_.phase() <= Phase::connect) return;
  transcript_ += "S: " + std::string(bytes) + "\n";
  const Moment before = conversation_.deadline();
  const bool too_early = conversation_.wants_tls();
  const bool progress = read_server(bytes);
  conversation_.received(bytes, now_);
  if (too_early) expect(conversation_.closed(), "bytes before TLS is up end the session");
  after(before, progress);
}

void WatchedSession::write(std::size_t most) {
  const std::string_view output = conversation_.output();
  const std::string bytes(output.substr(0, most));
  if (bytes.empty()) return;
  transcript_ += "C: " + bytes + "\n";
  const Moment before = conversation_.deadline();
  const bool content = conversation_.phase() == Phase::content;
  read_client(bytes);
  conversation_.written(bytes.size(), now_);
  after(before, content);
}

void WatchedSession::write_all_but(std::size_t n) {
  const std::size_t size = conversation_.output().size();
  if (size > n) write(size - n);
}

void WatchedSession::secure() {
  if (!conversation_.wants_tls()) return;
  transcript_ += "! secured\n";
  secured_ = true;
  conversation_.secured({}, now_);
  if (terms_.implicit_tls) owed_.push_back({"greeting", 0, true});
  after(now_, true);
}

void WatchedSession::give_credentials(bool token) {
  if (!conversation_.wants_credentials()) return;
  expect(secured_, "a secret is asked for only behind TLS");
  conversation_.credentials(Credentials{"user", Secret("secret"), token}, now_);
  after(now_, true);
}

void WatchedSession::give_no_credentials() {
  if (!conversation_.wants_credentials()) return;
  conversation_.credentials(Error{Code::unavailable, "no secret"}, now_);
  after(now_, true);
}

void WatchedSession::permit(bool go) {
  if (!conversation_.wants_dot()) return;
  mails_[outcomes_].permitted = go;
  conversation_.permit_dot(go, now_);
  after(now_, true);
}

void WatchedSession::lose() {
  transcript_ += "! lost\n";
  conversation_.lost("gone", now_);
  after(now_, true);
  expect(conversation_.closed(), "a lost session is closed");
}

void WatchedSession::time_out() {
  transcript_ += "! timed out\n";
  now_ = std::max(now_, conversation_.closed() ? now_ : conversation_.deadline());
  conversation_.timed_out(now_);
  after(now_, true);
}

void WatchedSession::abort() {
  transcript_ += "! abort\n";
  conversation_.abort(now_);
  after(now_, true);
  expect(outcomes_ == mails_.size(), "abort ends every mail");
}

void WatchedSession::finish() {
  if (!conversation_.closed()) lose();
  expect(outcomes_ == mails_.size(), "every mail has an outcome");
  expect(!conversation_.can_begin(), "nothing begins on a closed session");
  expect(conversation_.output().empty(), "a closed session has nothing to say");
}

void WatchedSession::expect(bool holds, const std::string& promise) {
  if (!holds) broken_.push_back(promise);
}

void WatchedSession::after(Moment deadline_before, bool progress) {
  if (!progress && !conversation_.closed()) {
    expect(conversation_.deadline() <= deadline_before, "a deadline grows only with progress");
  }
  take_outcomes();
}

void WatchedSession::read_client(std::string_view bytes) {
  for (const char c : bytes) {
    const bool after_cr = line_.ends_with('\r');
    expect(after_cr == (c == '\n'), "CR and LF are never alone");
    line_ += c;
    if (c != '\n') continue;
    line_.resize(line_.size() - 2);
    read_line(std::exchange(line_, {}));
  }
}

void WatchedSession::read_line(const std::string& line) {
  if (in_content_) return read_content(line);
  read_command(line);
}

void WatchedSession::read_command(const std::string& line) {
  const std::string word = line.substr(0, 4);
  std::size_t number = 0;
  if (word == "MAIL") {
    const std::size_t at = line.find('f', 10);
    std::from_chars(line.data() + at + 1, line.data() + line.size(), number);
    expect(number < mails_.size() && line.starts_with("MAIL FROM:<" + sender_of(number) + ">"), "the right sender");
    if (number >= mails_.size()) return;
    expect(!mails_[number].mail, "one MAIL a mail");
    mails_[number].mail = true;
    current_ = number;
  } else if (word == "RCPT") {
    Seen& mail = mails_[current_];
    expect(mail.mail && line.starts_with("RCPT TO:<" + recipient_of(current_, mail.rcpts) + ">"),
           "the right recipient");
    expect(mail.datas == 0, "no RCPT behind DATA");
    ++mail.rcpts;
  } else if (word == "DATA") {
    Seen& mail = mails_[current_];
    expect(mail.rcpts == static_cast<std::size_t>(mail.kind.recipients), "DATA behind all RCPTs");
    expect(!mail.kind.only_ask, "no DATA of a mail that only asks");
    expect(++mail.datas == 1, "one DATA a mail");
  } else if (word == "AUTH") {
    expect(secured_, "AUTH only behind TLS");
  } else if (word != "EHLO" && word != "HELO" && word != "STAR" && word != "RSET" && word != "QUIT") {
    const bool in_auth = conversation_.phase() == Phase::auth;
    expect(in_auth, "a known command, not \"" + line + "\"");
    return owed_.push_back({"AUTH", current_, true});
  }
  owed_.push_back({word, current_, true});
}

void WatchedSession::read_content(const std::string& line) {
  if (line == ".") return on_dot();
  Seen& mail = mails_[current_];
  const std::string mark = mark_of(current_);
  mail.content = true;
  const bool ours = line.starts_with(mark) || line == ".." || line.starts_with(".." + mark) ||
                    line.starts_with(mark.substr(0, mark.size() - 1));
  expect(ours, "only this mail's content, not \"" + line + "\"");
  expect(mail.mail_ok && mail.accepted > 0, "content only for somebody");
}

void WatchedSession::on_dot() {
  Seen& mail = mails_[current_];
  in_content_ = false;
  if (!owed_.empty()) owed_.front().asked = true;
  if (!mail.content) {
    expect(mail.accepted == 0 || !mail.mail_ok, "a lone dot only where nobody was accepted");
    expect(mail.ended, "a lone dot only for a mail that has its outcome");
    return;
  }
  expect(!mail.kind.hold || mail.permitted, "a hold mail's dot only with permission");
  expect(!mail.dot, "one dot a mail");
  mail.dot = true;
}

// Whether a reply has come whole.
bool WatchedSession::read_server(std::string_view bytes) {
  reader_.feed(bytes);
  bool whole = false;
  while (const auto reply = reader_.next()) {
    whole = true;
    on_reply(*reply);
    if (conversation_.wants_tls()) reader_ = {};
  }
  return whole;
}

void WatchedSession::on_reply(const Reply& reply) {
  if (!in_step_) return;
  if (owed_.empty() || !owed_.front().asked || reply.code == 421) {
    in_step_ = false;
    if (!owed_.empty() && owed_.front().what == "dot" && owed_.front().asked)
      mails_[owed_.front().mail].dot_reply = reply.code;
    return;
  }
  const Owed owed = owed_.front();
  owed_.pop_front();
  if (mails_.empty() || owed.mail >= mails_.size()) return;
  Seen& mail = mails_[owed.mail];
  const bool good = reply.kind() == 2;
  if (owed.what == "MAIL") mail.mail_ok = good;
  if (owed.what == "RCPT" && good) ++mail.accepted;
  if (owed.what == "dot" && mail.dot) mail.dot_reply = reply.code;
  if (owed.what != "DATA" || reply.kind() != 3) return;
  in_content_ = true;
  owed_.push_front({"dot", owed.mail, false});
}

void WatchedSession::take_outcomes() {
  while (auto outcome = conversation_.take_outcome()) {
    expect(outcomes_ < mails_.size(), "no more outcomes than mails");
    if (outcomes_ == mails_.size()) return;
    judge_outcome(outcomes_++, *outcome);
  }
}

void WatchedSession::judge_outcome(std::size_t number, const Outcome& outcome) {
  Seen& mail = mails_[number];
  mail.ended = true;
  const auto count = [&](Verdict verdict) {
    return std::ranges::count(outcome.recipients, verdict, &RecipientResult::verdict);
  };
  const auto told = static_cast<std::size_t>(mail.kind.recipients);
  expect(outcome.recipients.size() == (outcome.trouble ? 0 : told), "results or trouble");
  const bool wait_in_bounds = !outcome.retry_after || (*outcome.retry_after >= std::chrono::seconds(1) &&
                                                       *outcome.retry_after <= std::chrono::hours(4));
  expect(wait_in_bounds, "a wait is 1 s to 4 h");
  if (mail.kind.only_ask) return;
  transcript_ += "! outcome of " + std::to_string(number) +
                 (outcome.trouble ? ": " + std::string(name(*outcome.trouble)) : "") + "\n";
  const int kind = mail.dot_reply / 100;
  delivered_ += kind == 2 ? 1 : 0;
  if (count(Verdict::delivered) > 0) expect(mail.dot && kind == 2, "delivered only by a 2xx to its own dot");
  if (count(Verdict::uncertain) > 0)
    expect(mail.dot && kind != 2 && kind < 4, "uncertain only without an answer to its dot");
  if (mail.dot && kind == 2) expect(count(Verdict::delivered) > 0, "a 2xx to its dot is a delivery");
  if (mail.dot && kind != 2 && kind < 4) expect(count(Verdict::uncertain) > 0, "a dot without an answer is in doubt");
  if (mail.dot && outcome.trouble) {
    expect(kind >= 4 && *outcome.trouble != Trouble::shutdown, "past its dot only a reply is trouble");
  }
}

}  // namespace jobd::smtp
