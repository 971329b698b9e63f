// Waits: those who wait for a job's end, found by the job, by their time and by the connection that asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "shared/job_id.h"
#include "shared/limits.h"
#include "shared/requests.h"

namespace jobd {

struct Wait {
  JobId job;
  bool with_content = false;
  Time until{};
  const void* connection = nullptr;
  std::function<void(Result<Response>)> reply;
};

// Own thread only. Whoever takes a wait out answers it; each is taken once. Those of one job or connection are given in
// the order in which they came, and any call costs what the waits that it gives cost, however many others there are.
class Waits {
 public:
  using Number = std::uint64_t;

  bool full() const { return waits_.size() >= limits::kWaits; }
  Number add(Wait wait);

  // None: it was taken or forgotten before.
  std::optional<Wait> take(Number number);
  std::vector<Wait> take_of(const JobId& job);
  // Those whose time is over.
  std::vector<Wait> take_until(Time now);
  std::vector<Wait> take_all();
  // Drops this connection's, unanswered.
  void forget(const void* connection);

  std::optional<Time> next_deadline() const;

 private:
  template <typename Key>
  using Index = std::unordered_map<Key, std::set<Number>>;

  template <typename Key>
  static void erase(Index<Key>& index, const Key& key, Number number);
  template <typename Key>
  std::vector<Wait> take_by(const Index<Key>& index, const Key& key);

  Number last_ = 0;
  std::map<Number, Wait> waits_;
  std::set<std::pair<Time, Number>> by_time_;
  Index<JobId> by_job_;
  Index<const void*> by_connection_;
};

}  // namespace jobd
