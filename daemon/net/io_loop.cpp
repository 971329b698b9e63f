#include "daemon/net/io_loop.h"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

namespace jobd {

namespace asio = boost::asio;

struct IoLoop::Parts {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(context);
  asio::signal_set signals{context};
  std::function<void(int)> on_signal;

  void await_signal() {
    signals.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      on_signal(signal);
      await_signal();
    });
  }
};

IoLoop::IoLoop() : parts_(std::make_unique<Parts>()) {}
IoLoop::~IoLoop() = default;

void IoLoop::run() {
  parts_->context.run();
}
void IoLoop::stop() {
  parts_->context.stop();
}
void IoLoop::post(std::function<void()> work) {
  asio::post(parts_->context, std::move(work));
}
asio::io_context& IoLoop::context() {
  return parts_->context;
}

void IoLoop::on_signals(std::initializer_list<int> signals, std::function<void(int)> handler) {
  for (const int signal : signals) parts_->signals.add(signal);
  parts_->on_signal = std::move(handler);
  parts_->await_signal();
}

struct Alarm::Parts {
  explicit Parts(IoLoop& loop) : timer(loop.context()) {}
  asio::steady_timer timer;
};

Alarm::Alarm(IoLoop& loop) : parts_(std::make_unique<Parts>(loop)) {}
Alarm::~Alarm() = default;

void Alarm::set(std::optional<Time> at, Time now, std::function<void()> ring) {
  parts_->timer.cancel();
  if (!at) return;
  parts_->timer.expires_after(std::max(*at - now, Duration(0)));
  parts_->timer.async_wait([ring = std::move(ring)](const boost::system::error_code& error) {
    if (!error) ring();
  });
}

}  // namespace jobd
