#include "daemon/core/event_log.h"

#include <utility>

#include "shared/limits.h"

namespace jobd {
namespace {

constexpr std::uint64_t kNumbersPerMillisecond = 1000;

}  // namespace

Subscription::Subscription(EventLog& log, const Watch& watch, std::function<void()> wake)
    : log_(log), job_(watch.job), wake_(std::move(wake)) {}

Subscription::~Subscription() {
  log_.leave(*this);
}

std::optional<Event> Subscription::next() {
  return log_.next_for(*this);
}

std::uint64_t Subscription::seq() const {
  return behind_ && !lost_ ? seq_ : log_.newest_;
}

EventLog::EventLog(const Clock& clock, std::function<void(bool)> observe, EventBounds bounds)
    : clock_(clock),
      observe_(std::move(observe)),
      bounds_(bounds),
      newest_(static_cast<std::uint64_t>(clock.now().time_since_epoch().count()) * kNumbersPerMillisecond) {}

std::unique_ptr<Subscription> EventLog::subscribe(const Watch& watch, std::function<void()> wake) {
  stop_when_forgotten();
  std::unique_ptr<Subscription> subscription(new Subscription(*this, watch, std::move(wake)));
  if (watch.after) {
    subscription->lost_ = !reaches_back_to(*watch.after);
    subscription->behind_ = subscription->lost_ || *watch.after < newest_;
    subscription->seq_ = *watch.after;
  }
  watchers_.insert(subscription.get());
  if (watch.job && !subscription->behind_) asleep_[*watch.job].insert(subscription.get());
  if (!std::exchange(recording_, true)) observe_(true);
  return subscription;
}

bool EventLog::reaches_back_to(std::uint64_t seq) const {
  return recording_ && seq + 1 >= oldest() && seq <= newest_;
}

void EventLog::leave(Subscription& subscription) {
  watchers_.erase(&subscription);
  if (subscription.job_ && !subscription.behind_) {
    const auto sleepers = asleep_.find(*subscription.job_);
    sleepers->second.erase(&subscription);
    if (sleepers->second.empty()) asleep_.erase(sleepers);
  }
  if (!watchers_.empty()) return;
  forgotten_at_ = clock_.now() + limits::kEventsAfterLastWatcher;
  if (deadline_set_) deadline_set_();
}

std::optional<Time> EventLog::next_deadline() const {
  return recording_ && watchers_.empty() ? std::optional(forgotten_at_) : std::nullopt;
}

void EventLog::stop_when_forgotten() {
  if (!recording_ || !watchers_.empty() || clock_.now() < forgotten_at_) return;
  recording_ = false;
  ++newest_;
  std::deque<Entry>().swap(entries_);
  bytes_ = 0;
  observe_(false);
}

void EventLog::publish(std::vector<Viewed> changes) {
  stop_when_forgotten();
  if (!recording_ || changes.empty()) return;
  for (Subscription* watcher : watchers_) {
    if (!watcher->job_) fall_behind(*watcher);
  }
  for (Viewed& change : changes) record(std::move(change));
  std::vector<Subscription*> woken;
  for (Subscription* watcher : watchers_) {
    if (watcher->behind_) woken.push_back(watcher);
  }
  for (Subscription* watcher : woken) {
    if (!watchers_.contains(watcher)) continue;
    const std::function<void()> wake = watcher->wake_;
    wake();
  }
}

void EventLog::fall_behind(Subscription& watcher) const {
  if (!std::exchange(watcher.behind_, true)) watcher.seq_ = newest_;
}

void EventLog::wake_sleepers(const JobId& job) {
  const auto sleepers = asleep_.extract(job);
  if (!sleepers) return;
  for (Subscription* watcher : sleepers.mapped()) fall_behind(*watcher);
}

void EventLog::catch_up(Subscription& watcher) {
  watcher.behind_ = watcher.lost_ = false;
  if (watcher.job_) asleep_[*watcher.job_].insert(&watcher);
}

void EventLog::record(Viewed change) {
  const JobId job = change.record.id;
  wake_sleepers(job);
  const std::size_t bytes = memory_bytes(change.record);
  entries_.push_back({job, bytes, std::make_unique<const Viewed>(std::move(change))});
  ++newest_;
  bytes_ += bytes;
  while (entries_.size() > bounds_.events || bytes_ > bounds_.bytes) {
    bytes_ -= entries_.front().bytes;
    entries_.pop_front();
  }
}

std::optional<Event> EventLog::next_for(Subscription& subscription) {
  if (!subscription.behind_) return std::nullopt;
  if (subscription.lost_ || subscription.seq_ + 1 < oldest()) {
    catch_up(subscription);
    return Event{newest_, nullptr};
  }
  while (subscription.seq_ < newest_) {
    Entry& entry = entries_[++subscription.seq_ - oldest()];
    if (!subscription.job_ || *subscription.job_ == entry.job) return Event{subscription.seq_, told(entry)};
  }
  catch_up(subscription);
  return std::nullopt;
}

std::shared_ptr<const Job> EventLog::told(Entry& entry) {
  if (const auto* change = std::get_if<std::unique_ptr<const Viewed>>(&entry.told)) {
    entry.told = std::make_shared<const Job>(describe((*change)->record, (*change)->waiting));
  }
  return std::get<std::shared_ptr<const Job>>(entry.told);
}

}  // namespace jobd
