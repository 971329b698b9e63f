#include "daemon/net/workbench.h"

#include <utility>

namespace jobd {

Workbench::~Workbench() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Workbench::run(std::function<void()> work, std::function<void()> done) {
  if (!thread_.joinable()) thread_ = std::thread([this] { serve(); });
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back({std::move(work), std::move(done)});
  }
  changed_.notify_one();
}

void Workbench::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (stopping_) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task.work();
    // What it holds, its connection for one, belongs to the loop's thread and must end there.
    loop_.post([task = std::move(task)] { task.done(); });
    lock.lock();
  }
}

}  // namespace jobd
