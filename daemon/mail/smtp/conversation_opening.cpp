// From the connection to a session that can carry mails: greeting, EHLO, STARTTLS, AUTH.
#include <algorithm>
#include <utility>

#include "daemon/mail/smtp/conversation.h"

namespace jobd::smtp {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : " ") + word;
  return all;
}

std::string no_mechanism(const Terms& terms, const std::vector<std::string>& offered, std::optional<bool> token) {
  if (offered.empty()) return "the server offers no AUTH, and this relay is configured with a login";
  std::string words = "the server offers AUTH " + joined(offered) + ", none of which jobd can use";
  if (token) words += *token ? " with an access token" : " with a password";
  if (terms.auth != AuthMechanism::automatic) words += "; configured is " + std::string(wire_name(terms.auth));
  return words;
}

// Of two limits, of which 0 is none.
std::size_t lesser_limit(std::size_t a, std::size_t b) {
  return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
}

}  // namespace

void Conversation::connecting(Moment now) {
  now_ = now;
  enter(Phase::connect);
}

void Conversation::connected(Moment now) {
  now_ = now;
  if (terms_.implicit_tls) return enter(Phase::tls);
  greet();
}

void Conversation::secured(const TlsFacts&, Moment now) {
  if (phase() != Phase::tls) return;
  now_ = now;
  secured_ = true;
  reader_ = {};
  offered_ = {};
  server_.extensions.clear();
  server_.size_limit = 0;
  if (terms_.implicit_tls) return greet();
  enter(Phase::greeting);
  send(Phase::ehlo, "EHLO " + terms_.ehlo_name + "\r\n");
}

void Conversation::credentials(Result<Credentials> found, Moment now, Trouble without) {
  if (phase() != Phase::credentials) return;
  now_ = now;
  if (!found) return give_up(without, found.error().message);
  if (refusal_ && login_->says(found->secret)) return end_opening(judge({Phase::auth}, *refusal_));
  const bool token = found->token;
  const auto mechanism = choose_mechanism(terms_.auth, offered_.mechanisms, token);
  if (!mechanism) return give_up(Trouble::auth, no_mechanism(terms_, offered_.mechanisms, token));
  login_ = std::make_unique<Login>(*mechanism, std::move(*found));
  std::string command = login_->command();
  send_secret(std::move(command), login_->shown());
}

std::optional<Conversation::WantsCredentials> Conversation::wants_credentials() const {
  if (phase() != Phase::credentials) return std::nullopt;
  return WantsCredentials{refusal_.has_value()};
}

void Conversation::enter(Phase phase) {
  open_in_ = phase;
  since_ = now_;
}

void Conversation::greet() {
  enter(Phase::greeting);
  await({Phase::greeting, nullptr, 0, written_, 0});
}

void Conversation::on_opening_reply(const Stage& at, const Reply& reply) {
  if (has_another_way(at, reply)) return;
  const Judgement judged = judge(at, reply);
  if (std::holds_alternative<GoOn>(judged.what)) return go_on_opening(at.phase, reply);
  end_opening(judged);
}

void Conversation::end_opening(const Judgement& judged) {
  if (Transaction* mail = oldest_under_way()) settle(*mail, judged);
  close(Trouble::stale, judged.words.reply);
}

bool Conversation::has_another_way(const Stage& at, const Reply& reply) {
  const bool refused = reply.kind() >= 4 && reply.code != 421;
  if (at.phase == Phase::ehlo && reply.kind() == 5) {
    send(Phase::helo, "HELO " + terms_.ehlo_name + "\r\n");
    return true;
  }
  if (at.phase == Phase::starttls && refused && terms_.tls == TlsLevel::may) {
    log_in_or_open();
    return true;
  }
  if (at.phase != Phase::auth) return false;
  if (reply.code == 334) {
    auto answer = login_->answer();
    if (answer) send_secret(std::move(*answer), "***");
    return answer.has_value();
  }
  if (reply.code != 535 || !login_->with_token() || refusal_) return false;
  refusal_ = reply;
  enter(Phase::credentials);
  return true;
}

void Conversation::go_on_opening(Phase from, const Reply& reply) {
  switch (from) {
    case Phase::greeting:
      server_.greeting = reply.text();
      return send(Phase::ehlo, "EHLO " + terms_.ehlo_name + "\r\n");
    case Phase::ehlo:
      offered_ = extensions_in(reply);
      server_.extensions.assign(reply.lines.begin() + 1, reply.lines.end());
      server_.size_limit = offered_.size_limit;
      offered_.size_limit = lesser_limit(offered_.size_limit, terms_.size_max);
      return secure_or_log_in();
    case Phase::helo: offered_.size_limit = terms_.size_max; return secure_or_log_in();
    case Phase::starttls: return enter(Phase::tls);
    case Phase::auth:
      server_.mechanism = wire_name(login_->mechanism());
      login_.reset();
      return enter(Phase::ready);
    default: return;
  }
}

void Conversation::secure_or_log_in() {
  const bool is_left = terms_.tls == TlsLevel::may && terms_.tls_is_broken;
  if (!secured_ && terms_.tls != TlsLevel::none && !is_left) {
    if (offered_.starttls) return send(Phase::starttls, "STARTTLS\r\n");
    if (terms_.tls != TlsLevel::may) {
      return give_up(Trouble::tls, "the server does not offer STARTTLS, and this relay is configured to use TLS");
    }
  }
  log_in_or_open();
}

void Conversation::log_in_or_open() {
  if (!terms_.log_in) return enter(Phase::ready);
  if (!secured_) {
    return give_up(Trouble::auth, "this connection is not encrypted, and no password or token goes over it");
  }
  if (!choose_mechanism(terms_.auth, offered_.mechanisms, std::nullopt)) {
    return give_up(Trouble::auth, no_mechanism(terms_, offered_.mechanisms, std::nullopt));
  }
  enter(Phase::credentials);
}

// What the server offers will not do, or our own secret is not to be had.
void Conversation::give_up(Trouble trouble, const std::string& words) {
  if (Transaction* mail = oldest_under_way()) {
    mail->end_with_trouble(trouble, {Verdict::temporary, 0, "", words}, std::nullopt);
  }
  close(Trouble::stale, words);
}

}  // namespace jobd::smtp
