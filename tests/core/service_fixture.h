// The fixture of the service's tests: a service at a desk whose turns the test takes.
#pragma once

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "daemon/core/engine.h"
#include "daemon/core/service.h"
#include "tests/support/fake_repository.h"
#include "tests/support/fakes.h"
#include "tests/support/relays.h"

namespace jobd {

// The desk of these tests: an engine on a fake store, whose turn the test takes.
class FakeDesk final : public Desk {
 public:
  explicit FakeDesk(const Clock& clock) : clock_(clock), store(clock) {}

  bool post(std::vector<Ask> asks) override {
    if (full) return false;
    for (Ask& ask : asks) input_.asks.push_back(std::move(ask));
    return true;
  }
  void observe(bool on) override { engine.observe(on); }
  // Everything posted so far, in one turn; gives the jobs that settled.
  std::vector<JobId> turn() {
    TurnOutput output = engine.turn(std::exchange(input_, {}), clock_.now());
    for (Attempt& attempt : output.attempts) attempts.push_back(std::move(attempt));
    for (auto& reply : output.replies) reply();
    changes = std::move(output.changes);
    return output.settled;
  }
  void deliver(const Attempt& attempt) {
    AttemptResult result;
    result.ref = attempt.ref;
    result.started_at = result.finished_at = clock_.now();
    result.recipients = {{Verdict::delivered, 250, "", "ok"}};
    input_.results.push_back(std::move(result));
  }
  std::size_t asks() const { return input_.asks.size(); }

 private:
  const Clock& clock_;
  testing::FakeRandom random_;
  TurnInput input_;

 public:
  testing::FakeRepository store;
  Engine engine{store, testing::one_relay(10), random_};
  std::vector<Attempt> attempts;
  std::vector<Viewed> changes;  // of the last turn
  bool full = false;
};

struct ServiceTest : ::testing::Test {
  testing::FakeClock clock;
  testing::FakeRandom random;
  FakeDesk desk{clock};
  ServiceSettings settings = [] {
    ServiceSettings out;
    out.acceptance.default_from = Mailbox{"", "app@example.com"};
    return out;
  }();
  Service service{desk, clock, random, settings, 0};
  std::vector<Result<Response>> replies;

  void ask(Request request) {
    service.handle(std::move(request), {"uid:1000"},
                   [this](Result<Response> reply) { replies.push_back(std::move(reply)); });
  }
  static SubmitEmail a_mail() {
    SubmitEmail submit;
    submit.email.to = {{"", "user@example.com"}};
    return submit;
  }
  JobId submitted() {
    ask(a_mail());
    desk.turn();
    return std::get<Submitted>(*replies.back()).job.id;
  }
  const Job& last_job() { return std::get<Job>(*replies.back()); }
};

}  // namespace jobd
