#include "daemon/mail/judge.h"

#include <algorithm>
#include <array>

namespace jobd::smtp {
namespace {

using What = std::variant<GoOn, Verdict, Trouble>;

bool before_mail(Phase phase) {
  return phase < Phase::ready;
}
bool content_runs(Phase phase) {
  return phase == Phase::content || phase == Phase::permission;
}

// What Amazon SES and its kind say to a client that is too fast. Not a "rate" alone: Gmail's 450 4.2.1 speaks of a
// mailbox that receives too fast.
bool is_pacing(const Reply& reply) {
  static constexpr std::array<std::string_view, 3> kPhrases = {"maximum sending rate", "sending rate exceeded",
                                                               "throttling failure"};
  std::string text = reply.text();
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::ranges::any_of(kPhrases, [&](auto phrase) { return text.find(phrase) != std::string::npos; });
}

bool is_expected(Phase phase, int kind) {
  return !content_runs(phase) && kind == (phase == Phase::data ? 3 : 2);
}

What meaning_of(const Stage& stage, const Reply& reply) {
  const Phase phase = stage.phase;
  if (phase == Phase::dot && reply.kind() == 2) return Verdict::delivered;
  if (phase == Phase::dot && reply.kind() == 3) return Verdict::uncertain;
  if (is_expected(phase, reply.kind())) return GoOn{};
  if (reply.code == 421 && phase != Phase::dot) {
    return phase == Phase::mail && stage.reused ? Trouble::stale : Trouble::closing;
  }
  if (before_mail(phase)) return Trouble::greeting;
  if (reply.kind() == 5) return Verdict::permanent;
  const bool others_go_on = phase == Phase::rcpt && stage.some_accepted;
  if (reply.kind() == 4 && is_pacing(reply) && !others_go_on) return Trouble::pacing;
  return Verdict::temporary;
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
  if (before_mail(stage.phase)) return Trouble::greeting;
  if (lost.how == Lost::How::garbage || content_runs(stage.phase)) return Verdict::temporary;
  if (stage.phase == Phase::mail) return stage.reused ? Trouble::stale : Trouble::greeting;
  return Trouble::closing;
}

// Ends a sentence about what went wrong; the shell's words about its connecting say all themselves.
std::string_view place(Phase phase) {
  switch (phase) {
    case Phase::greeting: return ", waiting for the greeting";
    case Phase::ehlo: return ", waiting for the answer to EHLO";
    case Phase::helo: return ", waiting for the answer to HELO";
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

Judgement judgement(const What& what, bool session_over, RecipientResult words) {
  if (const Verdict* verdict = std::get_if<Verdict>(&what)) words.verdict = *verdict;
  return {what, session_over, std::move(words)};
}

}  // namespace

Judgement judge(const Stage& stage, const Reply& reply) {
  const What what = meaning_of(stage, reply);
  const bool good = std::holds_alternative<GoOn>(what) || what == What(Verdict::delivered);
  return judgement(what, reply.code == 421 || (!good && ends_session(stage, reply)), words_of(stage, reply, good));
}

Judgement judge(const Stage& stage, const Lost& lost) {
  std::string words = lost.words + std::string(place(stage.phase));
  return judgement(meaning_of(stage, lost), true, {Verdict::temporary, 0, "", std::move(words)});
}

}  // namespace jobd::smtp
