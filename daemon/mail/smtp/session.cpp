#include "daemon/mail/smtp/session.h"

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace jobd::smtp {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// Written at one go before other sessions have their turn.
constexpr std::size_t kWriteBytesPerTurn = 1UL << 20;

std::string words(const ErrorCode& error) {
  return error == asio::error::eof ? "the server closed the connection" : "connection lost: " + error.message();
}

std::string text_of(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

class SocketSession final : public Session, public std::enable_shared_from_this<SocketSession> {
 public:
  SocketSession(SessionSettings settings, const std::shared_ptr<asio::io_context>& io, SessionOwner& owner)
      : settings_(std::move(settings)),
        io_(io),
        owner_(owner),
        socket_(*io),
        timer_(*io),
        conversation_(settings_.ehlo_name) {}

  bool can_carry() const override { return conversation_.can_begin(); }

  void carry(Mail mail) override {
    conversation_.begin(std::move(mail));
    pump_soon();
  }

  void abort() override {
    conversation_.abort();
    pump_soon();
  }

  void hang_up() override {
    conversation_.abort();
    if (!waiting_writable_) write_some();
    close();
  }

  void open(Mail first) {
    conversation_.begin(std::move(first));
    arm_timer();
    try {
      std::thread(look_up, settings_, io_, weak_from_this()).detach();
    } catch (const std::system_error& error) {
      lose_look_up(error.what());
      pump_soon();
    }
  }

 private:
  using Found = tcp::resolver::results_type;

  // On a thread that nobody waits for: getaddrinfo cannot be called off, and with name servers that keep silent it takes
  // 30 s or more. Asio's own look-ups would share one thread, where each waits for those before it, and the end of jobd
  // for that thread.
  static void look_up(const SessionSettings& settings, const std::weak_ptr<asio::io_context>& weak_io,
                      const std::weak_ptr<SocketSession>& weak) {
    asio::io_context own;
    ErrorCode error;
    Found found = tcp::resolver(own).resolve(settings.host, settings.port, tcp::resolver::numeric_service, error);
    const auto io = weak_io.lock();
    if (!io) return;
    asio::post(*io, [weak, error, found = std::move(found)] {
      if (const auto self = weak.lock()) self->looked_up(error, found);
    });
  }

  void looked_up(const ErrorCode& error, const Found& found) {
    if (conversation_.phase() != Phase::resolve) return;
    if (error) {
      lose_look_up(error.message());
      return pump();
    }
    for (const auto& each : found) endpoints_.push_back(each.endpoint());
    try_next_address(settings_.host + " has no address");
  }

  void lose_look_up(const std::string& why) { conversation_.lost("cannot look up " + settings_.host + ": " + why); }

  // why_not_before: what became of the last address.
  void try_next_address(const std::string& why_not_before) {
    ErrorCode ignored;
    socket_.close(ignored);
    if (address_ == endpoints_.size()) {
      conversation_.lost(why_not_before);
      return pump();
    }
    conversation_.connecting();
    arm_timer();
    const std::size_t tried = address_++;
    socket_.async_connect(endpoints_[tried], [self = shared_from_this(), tried](const ErrorCode& error) {
      if (self->conversation_.phase() != Phase::connect || self->address_ != tried + 1) return;
      if (error) return self->try_next_address(self->about_address(tried, error.message()));
      self->start_talking();
    });
  }

  std::string about_address(std::size_t index, const std::string& why) const {
    const tcp::endpoint& endpoint = endpoints_[index];
    const bool named = endpoint.address().to_string() != settings_.host;
    return "cannot connect to " + (named ? settings_.host + " at " : "") + text_of(endpoint) + ": " + why;
  }

  void start_talking() {
    ErrorCode error;
    socket_.non_blocking(true, error);
    if (!error) socket_.set_option(tcp::no_delay(true), error);
    if (error) return try_next_address(about_address(address_ - 1, error.message()));
    conversation_.connected();
    wait_readable();
    pump();
  }

  void pump_soon() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->pump(); });
  }

  // Does what the conversation wants done now.
  void pump() {
    if (ended_) return;
    if (!waiting_writable_) write_some();
    if (!conversation_.wants_dot()) {
      asked_for_dot_ = false;
    } else if (!std::exchange(asked_for_dot_, true)) {
      ask_for_dot();
    }
    if (auto outcome = conversation_.take_outcome()) owner_.mail_done(*this, std::move(*outcome));
    if (conversation_.closed()) return end();
    arm_timer();
    if (can_carry()) owner_.session_free(*this);
  }

  void ask_for_dot() {
    owner_.wants_dot(*this, [weak_io = io_, weak = weak_from_this()](bool go) {
      const auto io = weak_io.lock();
      if (!io) return;
      asio::post(*io, [weak, go] {
        const auto self = weak.lock();
        if (!self) return;
        self->conversation_.permit_dot(go);
        self->pump();
      });
    });
  }

  void write_some() {
    std::size_t budget = kWriteBytesPerTurn;
    while (!conversation_.closed()) {
      const std::string_view bytes = conversation_.output();
      if (bytes.empty()) return;
      if (budget == 0) return wait_writable();
      ErrorCode error;
      const std::size_t n = socket_.write_some(asio::buffer(bytes.data(), std::min(bytes.size(), budget)), error);
      conversation_.written(n);
      budget -= n;
      if (error == asio::error::would_block) return wait_writable();
      if (!error) continue;
      read_some();  // the reason may lie there already
      conversation_.lost(words(error));
    }
  }

  void read_some() {
    std::array<char, 4096> buffer;
    while (!conversation_.closed()) {
      ErrorCode error;
      const std::size_t n = socket_.read_some(asio::buffer(buffer), error);
      conversation_.received({buffer.data(), n});
      if (error == asio::error::would_block) return;
      if (error) conversation_.lost(words(error));
    }
  }

  void wait_readable() {
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const ErrorCode& error) {
      if (error || self->ended_) return;
      self->read_some();
      self->pump();
      if (!self->ended_) self->wait_readable();
    });
  }

  void wait_writable() {
    waiting_writable_ = true;
    socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](const ErrorCode& error) {
      self->waiting_writable_ = false;
      if (!error) self->pump();
    });
  }

  void arm_timer() {
    if (std::exchange(timed_turn_, conversation_.turn()) == conversation_.turn()) return;
    timer_.expires_after(conversation_.timeout());
    timer_.async_wait([self = shared_from_this(), turn = timed_turn_](const ErrorCode& error) {
      if (error || self->ended_ || turn != self->conversation_.turn()) return;
      self->on_timeout();
    });
  }

  void on_timeout() {
    const std::string waited = "no answer within " + std::to_string(conversation_.timeout().count()) + " s";
    if (conversation_.phase() == Phase::connect) return try_next_address(about_address(address_ - 1, waited));
    if (conversation_.phase() == Phase::resolve) {
      lose_look_up(waited);
    } else {
      conversation_.timed_out();
    }
    pump();
  }

  void end() {
    close();
    owner_.session_ended(*this);
  }

  void close() {
    ended_ = true;
    ErrorCode ignored;
    timer_.cancel();
    socket_.close(ignored);
  }

  const SessionSettings settings_;
  const std::weak_ptr<asio::io_context> io_;  // for what other threads post
  SessionOwner& owner_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  Conversation conversation_;
  std::vector<tcp::endpoint> endpoints_;
  std::size_t address_ = 0;  // endpoints tried
  std::uint64_t timed_turn_ = UINT64_MAX;
  bool waiting_writable_ = false;
  bool asked_for_dot_ = false;
  bool ended_ = false;
};

}  // namespace

std::shared_ptr<Session> open_session(const SessionSettings& settings, Mail first,
                                      const std::shared_ptr<boost::asio::io_context>& io, SessionOwner& owner) {
  auto session = std::make_shared<SocketSession>(settings, io, owner);
  session->open(std::move(first));
  return session;
}

}  // namespace jobd::smtp
