// Workbench: a thread beside the sockets' for what takes long there, such as decoding a request of many megabytes or
// telling a content of as many. The sockets' thread hands it over and goes on with the other clients.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "daemon/net/io_loop.h"

namespace jobd {

// Loop's thread only.
class Workbench {
 public:
  // The thread starts with the first work. Loop outlives it.
  explicit Workbench(IoLoop& loop) : loop_(loop) {}
  // Waits for the work under way, drops the rest.
  ~Workbench();
  Workbench(const Workbench&) = delete;
  Workbench& operator=(const Workbench&) = delete;

  // Runs work on the thread, one after another, and then done on the loop.
  void run(std::function<void()> work, std::function<void()> done);

 private:
  struct Task {
    std::function<void()> work;
    std::function<void()> done;
  };
  void serve();

  IoLoop& loop_;

  // Guarded by mutex_.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace jobd
