#include "daemon/mail/smtp/relay_pool.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cassert>
#include <utility>

#include "daemon/mail/compose.h"

namespace jobd::smtp {

namespace {

// Then a mail that waits may try another connection.
constexpr Duration kStaysCrowded = std::chrono::seconds(5);

// What a limit on connections looks like: a refusal in any words, or none.
bool is_of_connection(std::optional<Trouble> trouble) {
  return trouble == Trouble::connect || trouble == Trouble::tls || trouble == Trouble::greeting ||
         trouble == Trouble::closing;
}

}  // namespace

struct RelayPool::Timer {
  explicit Timer(boost::asio::io_context& io) : asio(io) {}
  boost::asio::steady_timer asio;
};

RelayPool::RelayPool(const RelaySettings& settings, const MailContext& context)
    : access_(settings, context), context_(context), timer_(std::make_shared<Timer>(*context.io)) {}

RelayPool::~RelayPool() {
  for (const Carrier& carrier : carriers_) carrier.session->hang_up();
}

void RelayPool::start(Attempt attempt, Moment now) {
  waiting_.push_back({std::move(attempt), context_.clock.now(), now + access_.settings().attempt_timeout});
  pair_up();
  if (!waiting_.empty()) end_wait_at(waiting_.back().give_up_at);
}

void RelayPool::abort_all() {
  stopping_ = true;
  for (const Running& each : std::exchange(waiting_, {})) {
    Outcome stopped;
    stopped.trouble = Trouble::shutdown;
    stopped.trouble_reply.reply = "jobd stopped before the mail was sent";
    report(each, std::move(stopped));
  }
  for (const Carrier& carrier : carriers_) carrier.session->abort();
}

void RelayPool::pair_up() {
  while (!waiting_.empty()) {
    const bool again = waiting_.front().again;
    const bool afresh = again && is_room();
    Carrier* carrier = afresh ? nullptr : idle_carrier();
    if (carrier == nullptr && !is_room() && !again) carrier = busy_carrier();
    if (carrier == nullptr && !is_room()) return;
    give_next(carrier);
  }
}

// While mails wait no other session could take one: pair_up() would have seen to that.
void RelayPool::session_free(Session& session) {
  if (waiting_.empty()) return;
  Carrier& carrier = *place_of(session);
  while (!waiting_.empty() && session.can_carry()) {
    if (waiting_.front().again && !carrier.running.empty()) return;
    give_next(&carrier);
  }
}

// Over a new session without a carrier.
void RelayPool::give_next(Carrier* carrier) {
  Running next = std::move(waiting_.front());
  waiting_.pop_front();
  if (steady_now() >= next.give_up_at) return waited_too_long(next);
  std::optional<Mail> mail = mail_of(next);
  if (!mail) return;
  if (carrier != nullptr) {
    carrier->session->carry(*std::move(mail));
  } else {
    carrier = &open_carrier(*std::move(mail));
  }
  carrier->running.push_back(std::move(next));
  carrier->last_used = ++uses_;
}

bool RelayPool::is_open_beside(const Session& session) const {
  return std::ranges::any_of(carriers_, [&](const Carrier& carrier) {
    return carrier.session.get() != &session && carrier.session->opened();
  });
}

bool RelayPool::is_away(const Session& session, const Outcome& outcome) const {
  return life_signs_.is_away(outcome, is_open_beside(session), steady_now());
}

void RelayPool::look_for_crowd(const Carrier& refused, Outcome& outcome) {
  if (refused.carried || !is_of_connection(outcome.trouble)) return;
  const auto lives = [&](const Carrier& carrier) {
    return &carrier != &refused && (carrier.session->opened() || !carrier.running.empty());
  };
  const auto others = static_cast<std::size_t>(std::ranges::count_if(carriers_, lives));
  if (others == 0) return;
  if (is_open_beside(*refused.session)) outcome.others_left = others;
  crowd_ = others;
  crowded_until_ = steady_now() + kStaysCrowded;
  end_wait_at(crowded_until_);
}

void RelayPool::give_back_waiting(const std::string& why) {
  for (const Running& each : std::exchange(waiting_, {})) {
    Outcome untried;
    untried.trouble = Trouble::stale;
    untried.trouble_reply.reply = "not sent, for another mail came to: " + why;
    report(each, std::move(untried));
  }
}

// A moment that has come nearer moves the timer; at one too early it looks again.
void RelayPool::end_wait_at(Moment moment) {
  if (armed_for_ && *armed_for_ <= moment) return;
  armed_for_ = moment;
  timer_->asio.expires_at(moment);
  timer_->asio.async_wait([this, weak = std::weak_ptr(timer_)](const boost::system::error_code& cancelled) {
    if (!cancelled && !weak.expired()) on_timer();
  });
}

void RelayPool::on_timer() {
  armed_for_.reset();
  const Moment now = steady_now();
  std::deque<Running> late;
  std::erase_if(waiting_, [&](Running& each) {
    const bool is_late = now >= each.give_up_at;
    if (is_late) late.push_back(std::move(each));
    return is_late;
  });
  for (const Running& each : late) waited_too_long(each);
  pair_up();
  if (!waiting_.empty() && is_crowded()) end_wait_at(crowded_until_);
  const auto next = std::ranges::min_element(waiting_, {}, &Running::give_up_at);
  if (next != waiting_.end()) end_wait_at(next->give_up_at);
}

// No fault of the relay's, as far as anybody knows.
void RelayPool::waited_too_long(const Running& running) {
  Outcome late;
  late.trouble = Trouble::stale;
  late.trouble_reply.reply = "no connection to " + access_.settings().name + " was free within attempt_timeout";
  report(running, std::move(late));
}

// The one used last.
RelayPool::Carrier* RelayPool::idle_carrier() {
  Carrier* found = nullptr;
  for (Carrier& carrier : carriers_) {
    const bool later = found == nullptr || carrier.last_used > found->last_used;
    if (later && carrier.running.empty() && carrier.session->can_carry()) found = &carrier;
  }
  return found;
}

// The one whose mail began first.
RelayPool::Carrier* RelayPool::busy_carrier() {
  Carrier* found = nullptr;
  for (Carrier& carrier : carriers_) {
    const bool earlier = found == nullptr || carrier.last_used < found->last_used;
    if (earlier && carrier.session->can_carry()) found = &carrier;
  }
  return found;
}

RelayPool::Carrier& RelayPool::open_carrier(Mail first) {
  Terms terms = access_.terms(steady_now());
  const std::uint64_t number = ++sessions_opened_;
  if (access_.settings().trace && context_.trace) {
    terms.trace = [to = context_.trace, who = access_.settings().name + " #" + std::to_string(number)](
                      bool from_server, std::string_view line) {
      to(who + (from_server ? " < " : " > ") + std::string(line));
    };
  }
  auto session = open_session(access_, std::move(terms), std::move(first), context_.io, *this);
  return carriers_.emplace_back(Carrier{std::move(session), {}, 0});
}

// None: it cannot be composed, which has been reported.
std::optional<Mail> RelayPool::mail_of(const Running& running) {
  const Attempt& attempt = running.attempt;
  auto message = message_of(attempt, context_.message_id_domain);
  if (message) {
    return Mail{.envelope_from = attempt.envelope_from,
                .recipients = attempt.recipients,
                .message = std::move(message->bytes),
                .ask_before_dot = attempt.on_uncertain == OnUncertain::hold,
                .dsn = attempt.dsn,
                .envelope_id = attempt.ref.id.text(),
                .give_up_at = running.give_up_at,
                .message_in_ascii = std::move(message->in_ascii)};
  }
  Outcome refused;
  refused.recipients.assign(attempt.recipients.size(), {Verdict::permanent, 0, "", message.error().message});
  refused.relay_spoke = false;
  report(running, std::move(refused));
  return std::nullopt;
}

RelayPool::Place RelayPool::place_of(const Session& session) {
  const auto it =
      std::ranges::find_if(carriers_, [&](const Carrier& carrier) { return carrier.session.get() == &session; });
  assert(it != carriers_.end());
  return it;
}

void RelayPool::wants_dot(Session& session, std::function<void(bool)> permit) {
  context_.sink.before_dot(place_of(session)->running.front().attempt.ref, std::move(permit));
}

void RelayPool::mail_done(Session& session, Outcome outcome) {
  Carrier& carrier = *place_of(session);
  assert(!carrier.running.empty());
  Running running = std::move(carrier.running.front());
  carrier.running.pop_front();
  const Moment now = steady_now();
  if (!outcome.trouble) {
    life_signs_.carried(now);
    carrier.carried = true;
  }
  if (access_.goes_on_in_plain(outcome, now) && may_go_on(running)) return take_again(std::move(running));
  look_for_crowd(carrier, outcome);
  const bool away = is_away(session, outcome);
  const std::string why = outcome.trouble_reply.reply;
  ended(std::move(running), std::move(outcome));
  if (away) give_back_waiting(why);
}

void RelayPool::mail_given_back(Session& session, Outcome outcome) {
  std::deque<Running>& of_session = place_of(session)->running;
  assert(of_session.size() == 2);
  Running running = std::move(of_session.back());
  of_session.pop_back();
  ended(std::move(running), std::move(outcome));
  pair_up();
}

void RelayPool::ended(Running running, Outcome outcome) {
  if (outcome.trouble == Trouble::stale && may_go_on(running) && !std::exchange(running.again, true)) {
    take_again(std::move(running));
  } else {
    report(running, std::move(outcome));
  }
}

bool RelayPool::may_go_on(const Running& running) const {
  return !stopping_ && steady_now() < running.give_up_at;
}

// First of all, as soon as there is a session.
void RelayPool::take_again(Running running) {
  end_wait_at(running.give_up_at);
  waiting_.push_front(std::move(running));
}

void RelayPool::session_ended(Session& session) {
  carriers_.erase(place_of(session));
  pair_up();
}

void RelayPool::report(const Running& running, Outcome outcome) {
  AttemptResult result;
  result.ref = running.attempt.ref;
  result.started_at = running.started_at;
  result.finished_at = context_.clock.now();
  result.relay = access_.settings().name;
  result.relay_spoke = outcome.relay_spoke;
  result.recipients = std::move(outcome.recipients);
  result.trouble = outcome.trouble;
  result.trouble_reply = std::move(outcome.trouble_reply);
  result.retry_after = outcome.retry_after;
  result.beside = std::move(outcome.beside);
  result.others_left = outcome.others_left;
  context_.sink.finished(std::move(result));
}

}  // namespace jobd::smtp
