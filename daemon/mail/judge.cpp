#include "daemon/mail/judge.h"

#include <utility>

#include "daemon/mail/judge_table.h"

namespace jobd::smtp {
namespace {

using What = std::variant<GoOn, Verdict, Trouble>;

bool before_mail(Phase phase) {
  return phase < Phase::ready;
}
bool content_runs(Phase phase) {
  return phase == Phase::content || phase == Phase::permission;
}

bool is_expected(Phase phase, int kind) {
  return !content_runs(phase) && phase != Phase::credentials && kind == (phase == Phase::data ? 3 : 2);
}

// Of a reply that is neither the one hoped for nor one with a meaning of its own.
What meaning_before_mail(Phase phase, const Reply& reply) {
  if (phase == Phase::starttls || phase == Phase::tls) return Trouble::tls;
  if (phase == Phase::auth && reply.kind() == 5) return Trouble::auth;
  return Trouble::greeting;
}

// Nobody knows what the server is at, but it has seen nothing of the message yet.
What out_of_step(const Stage& stage) {
  if (stage.phase != Phase::mail) return Trouble::closing;
  return stage.reused ? Trouble::stale : Trouble::greeting;
}

What meaning_of(const Stage& stage, const Reply& reply) {
  const Phase phase = stage.phase;
  if (phase == Phase::dot && reply.kind() == 2) return Verdict::delivered;
  if (phase == Phase::dot && reply.kind() == 3) return Verdict::uncertain;
  if (is_expected(phase, reply.kind())) return GoOn{};
  const auto known = known_meaning(reply);
  if (known && std::holds_alternative<Trouble>(*known)) return std::get<Trouble>(*known);
  if (reply.code == 421 && phase != Phase::dot) {
    return phase == Phase::mail && stage.reused ? Trouble::stale : Trouble::closing;
  }
  if (before_mail(phase)) return meaning_before_mail(phase, reply);
  if (known) return std::get<Verdict>(*known);
  if (reply.kind() < 4 && phase != Phase::dot && !content_runs(phase)) return out_of_step(stage);
  return reply.kind() == 5 ? Verdict::permanent : Verdict::temporary;
}

bool ends_session(const Stage& stage, const Reply& reply) {
  if (reply.code == 421 || before_mail(stage.phase) || content_runs(stage.phase)) return true;
  return reply.kind() < 4;  // not what was asked for: client and server are out of step
}

What meaning_of(const Stage& stage, const Lost& lost) {
  if (stage.phase == Phase::dot) return Verdict::uncertain;
  if (lost.how == Lost::How::aborted) return Trouble::shutdown;
  if (stage.phase == Phase::resolve) return Trouble::resolve;
  if (stage.phase == Phase::connect) return Trouble::connect;
  if (stage.phase == Phase::starttls || stage.phase == Phase::tls) return Trouble::tls;
  if (stage.phase == Phase::credentials && lost.how == Lost::How::timed_out) return Trouble::auth;
  if (before_mail(stage.phase)) return Trouble::greeting;
  if (content_runs(stage.phase)) return Verdict::temporary;
  return out_of_step(stage);
}

// Ends a sentence about what went wrong; the shell's words about its connecting say all themselves.
std::string_view place(Phase phase) {
  switch (phase) {
    case Phase::greeting: return ", waiting for the greeting";
    case Phase::ehlo: return ", waiting for the answer to EHLO";
    case Phase::helo: return ", waiting for the answer to HELO";
    case Phase::starttls: return ", waiting for the answer to STARTTLS";
    case Phase::credentials: return ", while the secret was being fetched";
    case Phase::auth: return ", waiting for the answer to AUTH";
    case Phase::mail: return ", waiting for the answer to MAIL";
    case Phase::rcpt: return ", waiting for the answer to RCPT";
    case Phase::data: return ", waiting for the answer to DATA";
    case Phase::content: return ", while the message was being sent";
    case Phase::permission: return ", before the final dot";
    case Phase::dot: return " after the final dot: the message may have been taken";
    default: return "";
  }
}

// A kind of reply that cannot stand where it stands is told with where it stood: "250 OK" alone would explain nothing.
RecipientResult words_of(const Stage& stage, const Reply& reply, bool good) {
  RecipientResult words{Verdict::temporary, reply.code, reply.enhanced_code, reply.text()};
  if (good || reply.kind() >= 4) return words;
  const std::string said = std::to_string(reply.code) + " " + words.reply;
  return {Verdict::temporary, 0, "", "unexpected reply \"" + said + "\"" + std::string(place(stage.phase))};
}

// Waits for others of its mail and for nothing that concerns it.
bool waits_for_others(const What& what, const Reply& reply) {
  if (const Trouble* trouble = std::get_if<Trouble>(&what)) {
    return *trouble == Trouble::pacing || *trouble == Trouble::quota;
  }
  return what == What(Verdict::temporary) && is_one_recipient_too_many(reply);
}

Judgement judgement(const What& what, bool session_over, RecipientResult words) {
  if (const Verdict* verdict = std::get_if<Verdict>(&what)) words.verdict = *verdict;
  return {what, session_over, std::move(words), std::nullopt};
}

}  // namespace

Judgement judge(const Stage& stage, const Reply& reply) {
  const What what = meaning_of(stage, reply);
  const bool good = std::holds_alternative<GoOn>(what) || what == What(Verdict::delivered);
  const bool over = reply.code == 421 || (!good && ends_session(stage, reply));
  Judgement judged = judgement(what, over, words_of(stage, reply, good));
  if (!good) judged.retry_after = wait_asked_for(reply);
  judged.words.goes_next = stage.phase == Phase::rcpt && waits_for_others(what, reply);
  return judged;
}

Judgement judge(const Stage& stage, const Lost& lost) {
  std::string words = lost.words + std::string(place(stage.phase));
  return judgement(meaning_of(stage, lost), true, {Verdict::temporary, 0, "", std::move(words)});
}

}  // namespace jobd::smtp
