#include "daemon/store_thread.h"

#include <iterator>
#include <utility>

#include "daemon/core/list_cost.h"
#include "shared/limits.h"

namespace jobd {
namespace {

// What an ask adds to its turn: the bytes it writes, or what its read is like.
StoreCost cost_of(const Ask& ask) {
  if (const auto* read = std::get_if<ReadAsk>(&ask)) {
    const auto* list = std::get_if<ListJobs>(&read->query);
    const auto* ids = std::get_if<IdsQuery>(&read->query);
    const auto* job = std::get_if<JobQuery>(&read->query);
    if (ids != nullptr) return {1, list_cost(ids->filter, ids->limit)};
    if (list != nullptr) return {1, list_cost(list->filter, list->limit)};
    return {1, job != nullptr && job->with_content ? limits::kTurnBytes : 0};
  }
  StoreCost cost;
  for (const Command& command : std::get<WriteAsk>(ask).commands) {
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
  std::vector<Weighed> weighed;
  std::size_t bytes = 0;
  for (Ask& ask : asks) {
    const StoreCost cost = cost_of(ask);
    bytes += cost.bytes;
    weighed.push_back({std::move(ask), cost});
  }
  {
    const std::lock_guard lock(mutex_);
    const bool full = inbox_.asks.size() + weighed.size() > limits::kStoreInbox ||
                      (!inbox_.asks.empty() && inbox_.bytes + bytes > limits::kStoreInboxBytes);
    if (inbox_.stopping || full) return false;
    inbox_.bytes += bytes;
    inbox_.asks.insert(inbox_.asks.end(), std::make_move_iterator(weighed.begin()),
                       std::make_move_iterator(weighed.end()));
  }
  changed_.notify_one();
  return true;
}

void StoreThread::observe(bool on) {
  const std::lock_guard lock(mutex_);
  inbox_.observed = on;
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

void StoreThread::reopen_relays() {
  {
    const std::lock_guard lock(mutex_);
    inbox_.reopening = true;
  }
  changed_.notify_one();
}

void StoreThread::clock_changed() {
  {
    const std::lock_guard lock(mutex_);
    inbox_.clock_changed = true;
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
         inbox_.reopening || inbox_.clock_changed || (inbox_.draining && !engine_drains_);
}

TurnInput StoreThread::take(std::optional<Time> wake, bool at_once) {
  TurnInput input;
  std::unique_lock lock(mutex_);
  const auto work = [this] { return has_work(); };
  if (!at_once && wake) changed_.wait_until(lock, *wake, work);
  if (!at_once && !wake) changed_.wait(lock, work);
  input.results.swap(inbox_.results);
  input.dots.swap(inbox_.dots);
  StoreCost sum;
  while (!inbox_.asks.empty()) {
    const StoreCost cost = inbox_.asks.front().cost;
    const bool fits =
        sum.commands + cost.commands <= limits::kTurnCommands && sum.bytes + cost.bytes <= limits::kTurnBytes;
    if (!input.asks.empty() && !fits) break;
    sum = {sum.commands + cost.commands, sum.bytes + cost.bytes};
    inbox_.bytes -= cost.bytes;
    input.asks.push_back(std::move(inbox_.asks.front().ask));
    inbox_.asks.pop_front();
  }
  inbox_.clock_changed = false;
  engine_.observe(inbox_.observed);
  if (std::exchange(inbox_.reopening, false)) engine_.reopen_relays();
  if (inbox_.draining && !engine_drains_) {
    engine_drains_ = true;
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
    bool more = output.more;
    hand_out(std::move(output));
    if (engine_.tend()) more = true;
    {
      const std::lock_guard lock(mutex_);
      if (inbox_.stopping && inbox_.results.empty() && inbox_.asks.empty() && inbox_.dots.empty()) return;
      at_once = more || has_work();
    }
    if (!at_once) wake = engine_.next_wake();
  }
}

void StoreThread::hand_out(TurnOutput output) {
  if (!output.notices.empty()) couriers_.to_log(output.notices);
  if (!output.attempts.empty()) couriers_.to_mail(std::move(output.attempts));
  for (auto& go : output.goes) go();
  StoreNews news{std::move(output.replies), std::move(output.settled), std::move(output.changes)};
  if (!news.empty()) couriers_.to_service(std::move(news));
  if (engine_drains_ && !drained_reported_ && engine_.idle()) {
    drained_reported_ = true;
    couriers_.drained();
  }
}

}  // namespace jobd
