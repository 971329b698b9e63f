// EventLog: the last changes of jobs, for those who watch.
//
// Events lie in a ring that is bounded in number and bytes, and each watcher has a place in it that it moves by itself:
// one that is slow, or asks for what is gone, loses the ring's oldest and is told so by one reset; nobody waits for it.
// Events are recorded while somebody watches and for some minutes after the last one has gone, so that a lost
// connection can resume; without watchers a job's changes cost nothing.
//
// Numbers begin at the start's time and skip one whenever recording stops, so that a number of before a gap or of an
// earlier life is never taken for one from which all is known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "daemon/core/desk.h"
#include "shared/limits.h"
#include "shared/requests.h"

namespace jobd {

class EventLog;

// A watcher's place in the events. Own thread only; its log outlives it. Dropping it ends the watch.
class Subscription {
 public:
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  // The next event for it, none until its wake is called. After a reset it goes on with what comes after the newest.
  std::optional<Event> next();
  // The number that the watch stands at: `after` of a resume.
  std::uint64_t seq() const;

 private:
  friend class EventLog;
  Subscription(EventLog& log, const Watch& watch, std::function<void()> wake);

  EventLog& log_;
  const std::optional<JobId> job_;
  const std::function<void()> wake_;
  // What it has been given or did not ask for ends at seq_ while it is behind, else with the newest.
  std::uint64_t seq_ = 0;
  bool behind_ = false;
  bool lost_ = false;  // a reset comes first
};

// What the ring holds; bytes about.
struct EventBounds {
  std::size_t events = limits::kEvents;
  std::size_t bytes = limits::kEventsBytes;
};

// Own thread only.
class EventLog {
 public:
  // observe: whether changes are wanted from here on. Numbers begin above the start's.
  EventLog(const Clock& clock, std::function<void(bool)> observe, EventBounds bounds = {});

  std::unique_ptr<Subscription> subscribe(const Watch& watch, std::function<void()> wake);

  // In their order. Then wakes each watcher that it may concern, once; a wake may end any subscription.
  void publish(std::vector<Viewed> changes);

  // Forgets what nobody came back for; next_deadline is when to call it, none while somebody watches. It comes where
  // the last watcher goes: then `set` is called.
  void step() { stop_when_forgotten(); }
  std::optional<Time> next_deadline() const;
  void on_deadline(std::function<void()> set) { deadline_set_ = std::move(set); }

 private:
  friend class Subscription;

  // Described when the first watcher comes to it, once for all.
  struct Entry {
    JobId job;
    std::size_t bytes = 0;
    std::variant<std::unique_ptr<const Viewed>, std::shared_ptr<const Job>> told;
  };

  void record(Viewed change);
  void stop_when_forgotten();
  void fall_behind(Subscription& watcher) const;
  void wake_sleepers(const JobId& job);
  void catch_up(Subscription& watcher);
  void leave(Subscription& subscription);
  // Whether it is known what came after this number.
  bool reaches_back_to(std::uint64_t seq) const;
  std::uint64_t oldest() const { return newest_ + 1 - entries_.size(); }
  std::optional<Event> next_for(Subscription& subscription);
  static std::shared_ptr<const Job> told(Entry& entry);

  const Clock& clock_;
  const std::function<void(bool)> observe_;
  const EventBounds bounds_;
  std::uint64_t newest_;  // numbers of entries_ ascend by one up to it
  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;  // of entries_, about
  bool recording_ = false;
  Time forgotten_at_{};  // without watchers: when recording ends
  std::unordered_set<Subscription*> watchers_;
  std::unordered_map<JobId, std::unordered_set<Subscription*>> asleep_;  // those of one job that are not behind
  std::function<void()> deadline_set_;
};

}  // namespace jobd
