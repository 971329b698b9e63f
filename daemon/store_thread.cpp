#include "daemon/store_thread.h"

#include <iterator>
#include <utility>

#include "shared/limits.h"

namespace jobd {
namespace {

// What an ask adds to its turn.
struct Cost {
  std::size_t commands = 0;
  std::size_t bytes = 0;
};

Cost cost_of(const Ask& ask) {
  Cost cost;
  const auto* write = std::get_if<WriteAsk>(&ask);
  if (write == nullptr) return {1, 0};
  for (const Command& command : write->commands) {
    ++cost.commands;
    if (const auto* chunk = std::get_if<StoreChunk>(&command)) cost.bytes += chunk->bytes.size();
    if (const auto* submit = std::get_if<Submit>(&command)) cost.bytes += submit->content->size();
  }
  return cost;
}

}  // namespace

StoreThread::StoreThread(Engine engine, const Clock& clock) : engine_(std::move(engine)), clock_(clock) {}

StoreThread::~StoreThread() {
  {
    const std::lock_guard lock(mutex_);
    inbox_.stopping = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void StoreThread::start(StoreCouriers couriers) {
  couriers_ = std::move(couriers);
  thread_ = std::thread([this] { run(); });
}

bool StoreThread::post(std::vector<Ask> asks) {
  {
    const std::lock_guard lock(mutex_);
    if (inbox_.stopping || inbox_.asks.size() + asks.size() > limits::kStoreInbox) return false;
    inbox_.asks.insert(inbox_.asks.end(), std::make_move_iterator(asks.begin()), std::make_move_iterator(asks.end()));
  }
  changed_.notify_one();
  return true;
}

void StoreThread::finished(AttemptResult result) {
  {
    const std::lock_guard lock(mutex_);
    inbox_.results.push_back(std::move(result));
  }
  changed_.notify_one();
}

void StoreThread::before_dot(AttemptRef ref, std::function<void(bool)> go) {
  {
    const std::lock_guard lock(mutex_);
    inbox_.dots.push_back({ref, std::move(go)});
  }
  changed_.notify_one();
}

void StoreThread::drain() {
  {
    const std::lock_guard lock(mutex_);
    inbox_.draining = true;
  }
  changed_.notify_one();
}

bool StoreThread::has_work() const {
  return inbox_.stopping || !inbox_.results.empty() || !inbox_.dots.empty() || !inbox_.asks.empty() ||
         (inbox_.draining && !draining_told_);
}

TurnInput StoreThread::take(std::optional<Time> wake, bool at_once) {
  TurnInput input;
  std::unique_lock lock(mutex_);
  const auto work = [this] { return has_work(); };
  if (!at_once && wake) changed_.wait_until(lock, *wake, work);
  if (!at_once && !wake) changed_.wait(lock, work);
  input.results.swap(inbox_.results);
  input.dots.swap(inbox_.dots);
  Cost sum;
  while (!inbox_.asks.empty()) {
    const Cost cost = cost_of(inbox_.asks.front());
    const bool fits =
        sum.commands + cost.commands <= limits::kTurnCommands && sum.bytes + cost.bytes <= limits::kTurnBytes;
    if (!input.asks.empty() && !fits) break;
    sum = {sum.commands + cost.commands, sum.bytes + cost.bytes};
    input.asks.push_back(std::move(inbox_.asks.front()));
    inbox_.asks.pop_front();
  }
  if (inbox_.draining && !draining_told_) {
    draining_told_ = true;
    engine_.drain();
  }
  return input;
}

void StoreThread::run() {
  bool at_once = true;  // the first turn starts what the last life left
  std::optional<Time> wake;
  while (true) {
    TurnInput input = take(wake, at_once);
    TurnOutput output = engine_.turn(std::move(input), clock_.now());
    const bool more = output.more;
    hand_out(std::move(output));
    engine_.tend();
    {
      const std::lock_guard lock(mutex_);
      if (inbox_.stopping && inbox_.results.empty() && inbox_.asks.empty() && inbox_.dots.empty()) return;
      at_once = more || has_work();
    }
    if (!at_once) wake = engine_.next_wake();
  }
}

void StoreThread::hand_out(TurnOutput output) {
  if (!output.attempts.empty()) couriers_.to_mail(std::move(output.attempts));
  for (auto& go : output.goes) go();
  if (!output.replies.empty() || !output.settled.empty()) {
    couriers_.to_service(std::move(output.replies), std::move(output.settled));
  }
  if (draining_told_ && !told_drained_ && engine_.idle()) {
    told_drained_ = true;
    couriers_.drained();
  }
}

}  // namespace jobd
