#include "daemon/mail/smtp/smtp_processor.h"

#include <algorithm>
#include <cassert>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/mail/compose.h"
#include "daemon/mail/smtp/session.h"

namespace jobd::smtp {
namespace {

class SmtpProcessor final : public Processor, private SessionOwner {
 public:
  SmtpProcessor(const SmtpTransport& transport, const std::string& ehlo_name, MailContext context)
      : settings_{transport.host, std::to_string(transport.port), ehlo_name},
        connections_(transport.connections),
        relay_(relay_name(transport)),
        context_(std::move(context)) {}

  ~SmtpProcessor() override {
    for (const Carrier& carrier : carriers_) carrier.session->hang_up();
  }

  void start(Attempt attempt) override {
    const Running running{attempt.ref, context_.clock.now()};
    auto message = message_of(attempt, context_.message_id_domain);
    if (!message) {
      const RecipientResult refused{Verdict::permanent, 0, "", message.error().message};
      return report(running, {std::vector(attempt.recipients.size(), refused), std::nullopt, {}, false});
    }
    waiting_.push_back({running,
                        {std::move(attempt.envelope_from), std::move(attempt.recipients), std::move(*message),
                         attempt.on_uncertain == OnUncertain::hold}});
    pair_up();
  }

  void abort_all() override {
    for (Waiting& each : std::exchange(waiting_, {})) {
      report(each.running,
             {{}, Trouble::shutdown, {Verdict::temporary, 0, "", "jobd stopped before the mail was sent"}});
    }
    for (const Carrier& carrier : carriers_) carrier.session->abort();
  }

 private:
  struct Running {
    AttemptRef ref;
    Time started_at{};
  };
  struct Waiting {
    Running running;
    Mail mail;
  };
  struct Carrier {
    std::shared_ptr<Session> session;
    std::optional<Running> running;
    std::uint64_t last_used = 0;
  };

  void pair_up() {
    while (!waiting_.empty()) {
      Carrier* carrier = free_carrier();
      if (carrier == nullptr && carriers_.size() == connections_) return;
      Waiting next = std::move(waiting_.front());
      waiting_.pop_front();
      if (carrier != nullptr) {
        carrier->session->carry(std::move(next.mail));
      } else {
        carrier =
            &carriers_.emplace_back(Carrier{open_session(settings_, std::move(next.mail), context_.io, *this), {}, 0});
      }
      assert(!carrier->running);
      carrier->running = next.running;
      carrier->last_used = ++uses_;
    }
  }

  // The one used last.
  Carrier* free_carrier() {
    Carrier* found = nullptr;
    for (Carrier& carrier : carriers_) {
      if (carrier.session->can_carry() && (found == nullptr || carrier.last_used > found->last_used)) found = &carrier;
    }
    return found;
  }

  std::vector<Carrier>::iterator carrier_of(Session& session) {
    const auto it =
        std::ranges::find_if(carriers_, [&](const Carrier& carrier) { return carrier.session.get() == &session; });
    assert(it != carriers_.end());
    return it;
  }

  void wants_dot(Session& session, std::function<void(bool)> permit) override {
    context_.sink.before_dot(carrier_of(session)->running->ref, std::move(permit));
  }

  void mail_done(Session& session, Outcome outcome) override {
    const Running running = *std::exchange(carrier_of(session)->running, std::nullopt);
    report(running, std::move(outcome));
  }

  void session_free(Session&) override { pair_up(); }

  void session_ended(Session& session) override {
    carriers_.erase(carrier_of(session));
    pair_up();
  }

  void report(const Running& running, Outcome outcome) {
    AttemptResult result;
    result.ref = running.ref;
    result.started_at = running.started_at;
    result.finished_at = context_.clock.now();
    result.relay = relay_;
    result.relay_spoke = outcome.relay_spoke;
    result.recipients = std::move(outcome.recipients);
    result.trouble = outcome.trouble;
    result.trouble_reply = std::move(outcome.trouble_reply);
    context_.sink.finished(std::move(result));
  }

  const SessionSettings settings_;
  const std::size_t connections_;
  const std::string relay_;
  MailContext context_;
  std::vector<Carrier> carriers_;
  std::deque<Waiting> waiting_;
  std::uint64_t uses_ = 0;
};

}  // namespace

std::unique_ptr<Processor> make_smtp_processor(const SmtpTransport& transport, const std::string& ehlo_name,
                                               MailContext context) {
  return std::make_unique<SmtpProcessor>(transport, ehlo_name, std::move(context));
}

}  // namespace jobd::smtp
