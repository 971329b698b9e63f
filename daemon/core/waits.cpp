#include "daemon/core/waits.h"

#include <utility>

namespace jobd {

Waits::Number Waits::add(Wait wait) {
  const Number number = ++last_;
  by_time_.emplace(wait.until, number);
  by_job_[wait.job].insert(number);
  by_connection_[wait.connection].insert(number);
  waits_.emplace(number, std::move(wait));
  return number;
}

template <typename Key>
void Waits::erase(Index<Key>& index, const Key& key, Number number) {
  const auto numbers = index.find(key);
  numbers->second.erase(number);
  if (numbers->second.empty()) index.erase(numbers);
}

std::optional<Wait> Waits::take(Number number) {
  auto node = waits_.extract(number);
  if (!node) return std::nullopt;
  Wait& wait = node.mapped();
  by_time_.erase({wait.until, number});
  erase(by_job_, wait.job, number);
  erase(by_connection_, wait.connection, number);
  return std::move(wait);
}

template <typename Key>
std::vector<Wait> Waits::take_by(const Index<Key>& index, const Key& key) {
  std::vector<Wait> taken;
  const auto found = index.find(key);
  if (found == index.end()) return taken;
  const std::set<Number> numbers = found->second;
  for (const Number number : numbers) taken.push_back(*take(number));
  return taken;
}

std::vector<Wait> Waits::take_of(const JobId& job) {
  return take_by(by_job_, job);
}

std::vector<Wait> Waits::take_until(Time now) {
  std::vector<Wait> taken;
  while (!by_time_.empty() && by_time_.begin()->first <= now) taken.push_back(*take(by_time_.begin()->second));
  return taken;
}

std::vector<Wait> Waits::take_all() {
  return take_until(Time::max());
}

// What their replies hold may end here, and forget in its turn: by then all is in order.
void Waits::forget(const void* connection) {
  take_by(by_connection_, connection);
}

std::optional<Time> Waits::next_deadline() const {
  if (by_time_.empty()) return std::nullopt;
  return by_time_.begin()->first;
}

}  // namespace jobd
