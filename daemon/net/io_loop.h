// IoLoop: the thread of all client sockets, with the few things that are not a socket: work from other
// threads, one wake-up at a time, signals. Asio stays behind it.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>

#include "shared/clock.h"

namespace boost::asio {
class io_context;
}

namespace jobd {

// Own thread only, post() apart.
class IoLoop {
 public:
  IoLoop();
  ~IoLoop();
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;

  // Until stop().
  void run();
  void stop();

  // Thread-safe. Runs on the loop, in the order of the calls.
  void post(std::function<void()> work);

  void on_signals(std::initializer_list<int> signals, std::function<void(int)> handler);

  boost::asio::io_context& context();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// One alarm. Own thread only.
class Alarm {
 public:
  explicit Alarm(IoLoop& loop);
  ~Alarm();
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  // Rings once, at - now from here; replaces what was set before. None: not at all.
  void set(std::optional<Time> at, Time now, std::function<void()> ring);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace jobd
