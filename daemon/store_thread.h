// StoreThread: the thread that owns the engine and with it the repository. Its inbox is the one meeting
// point of the other threads: they hand in and go on; it works in turns and hands the answers back, one
// wake-up per thread and turn. Idle, it sleeps until the next due time or the next byte.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "daemon/core/desk.h"
#include "daemon/core/engine.h"
#include "daemon/core/processor.h"

namespace jobd {

// What a turn brought for the service's thread, to be handed on in this order.
struct StoreNews {
  std::vector<std::function<void()>> replies;
  std::vector<JobId> settled;
  std::vector<Viewed> changes;
  bool empty() const { return replies.empty() && settled.empty() && changes.empty(); }
};

// How the answers leave. All are called on the store's thread and must not block.
struct StoreCouriers {
  std::function<void(StoreNews)> to_service;
  std::function<void(std::vector<Attempt>)> to_mail;
  std::function<void(const std::vector<Notice>&)> to_log;
  std::function<void()> drained;  // once, after drain(): nothing is in flight any more
};

struct StoreCost {
  std::size_t commands = 0;
  std::size_t bytes = 0;
};

class StoreThread final : public Desk, public AttemptSink {
 public:
  // The thread starts with start(), so that what couriers lead to can be built in between.
  StoreThread(Engine engine, const Clock& clock);
  ~StoreThread() override;
  void start(StoreCouriers couriers);

  // Thread-safe.
  bool post(std::vector<Ask> asks) override;
  void observe(bool on) override;
  void finished(AttemptResult result) override;
  void before_dot(AttemptRef ref, std::function<void(bool)> go) override;
  void reopen_relays();
  // The machine's clock was set: what is due by it now is looked at again.
  void clock_changed();
  void drain();

 private:
  struct Weighed {
    Ask ask;
    StoreCost cost;
  };
  struct Inbox {
    std::vector<AttemptResult> results;
    std::vector<DotAsk> dots;
    std::deque<Weighed> asks;
    std::size_t bytes = 0;  // of asks
    bool observed = false;
    bool reopening = false;  // relays
    bool clock_changed = false;
    bool draining = false;
    bool stopping = false;
  };

  void run();
  TurnInput take(std::optional<Time> wake, bool at_once);
  bool has_work() const;  // precondition: mutex_ is held
  void hand_out(TurnOutput output);

  // Own thread only.
  Engine engine_;
  const Clock& clock_;
  StoreCouriers couriers_;
  bool engine_drains_ = false;
  bool drained_reported_ = false;

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Inbox inbox_;

  std::thread thread_;
};

}  // namespace jobd
