// TurnDesk: a desk on a fake store, for services without threads. Its turns happen when asked for.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "daemon/core/engine.h"
#include "daemon/core/service.h"
#include "tests/support/fake_repository.h"
#include "tests/support/fakes.h"
#include "tests/support/relays.h"

namespace jobd::testing {

class TurnDesk final : public Desk {
 public:
  explicit TurnDesk(const Clock& clock) : clock_(clock), store_(clock) {}

  bool post(std::vector<Ask> asks) override {
    if (full) return false;
    for (Ask& ask : asks) input_.asks.push_back(std::move(ask));
    if (on_post) on_post();
    return true;
  }
  void observe(bool on) override { engine_.observe(on); }

  void turn(Service& service) {
    TurnOutput output = engine_.turn(std::exchange(input_, {}), clock_.now());
    for (auto& reply : output.replies) reply();
    service.settled(output.settled);
    service.changed(std::move(output.changes));
  }
  bool has_work() const { return !input_.asks.empty(); }
  FakeRepository& store() { return store_; }

  bool full = false;
  std::function<void()> on_post;

 private:
  const Clock& clock_;
  FakeRandom random_;
  FakeRepository store_;
  Engine engine_{store_, one_relay(1000), random_};
  TurnInput input_;
};

}  // namespace jobd::testing
