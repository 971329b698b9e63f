#include "daemon/mail/smtp/session.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace jobd::smtp {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// Written at one go before other sessions have their turn.
constexpr std::size_t kWriteBytesPerTurn = 1UL << 20;
// Plain bytes that TLS makes ciphertext of before it is sent: one record, which the server has whole or not at all. Of
// two the first could be there, with the dot in it, while we hold both for unsent and judge as before the dot.
constexpr std::size_t kSecuredBytes = 16UL << 10;
constexpr std::size_t kReadBytes = 16UL << 10;

class SocketSession final : public Session,
                            private ConnectListener,
                            public std::enable_shared_from_this<SocketSession> {
 public:
  SocketSession(RelayAccess& access, Terms terms, const std::shared_ptr<asio::io_context>& io, SessionOwner& owner,
                SessionWatcher* watcher)
      : access_(access),
        io_(io),
        owner_(owner),
        watcher_(watcher),
        socket_(*io),
        timer_(*io),
        conversation_(std::move(terms), steady_now()) {}

  bool can_carry() const override { return !ended_ && conversation_.can_begin(); }

  void carry(Mail mail) override {
    conversation_.begin(std::move(mail), steady_now());
    pump_soon();
  }

  bool opened() const override { return conversation_.opened(); }

  const ServerFacts& server() const override { return conversation_.server(); }

  void abort() override {
    conversation_.abort(steady_now());
    pump_soon();
  }

  void hang_up() override {
    conversation_.abort(steady_now());
    if (!waiting_writable_) write_some();
    close();
  }

  void open(Mail first, const std::shared_ptr<asio::io_context>& io) {
    conversation_.begin(std::move(first), steady_now());
    arm_timer();
    connector_ = connect_to(access_.destination(), io, *this);
  }

 private:
  // ConnectListener.
  void found(const std::vector<std::string>& addresses) override {
    if (watcher_ != nullptr) watcher_->found(addresses);
  }
  void trying(const std::string&) override {
    conversation_.connecting(steady_now());
    arm_timer();
  }
  void address_failed(const std::string& address, const std::string& why) override {
    if (watcher_ != nullptr) watcher_->address_failed(address, why);
  }
  void connected(Descriptor socket, const std::string& address) override {
    const auto self = shared_from_this();
    connector_.reset();
    ErrorCode error;
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    ::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&peer), &size);
    socket_.assign(peer.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), socket.get(), error);
    if (!error) socket.release();
    if (!error) socket_.non_blocking(true, error);
    if (error) return not_connected("cannot use the connection to " + address + ": " + error.message());
    if (watcher_ != nullptr) watcher_->connected(address);
    conversation_.connected(steady_now());
    wait_readable();
    pump();
  }
  void not_connected(const std::string& words) override {
    const auto self = shared_from_this();
    connector_.reset();
    conversation_.lost(words, steady_now());
    pump();
  }

  // Never from inside an owner's call, who may be in the middle of something; a pump that runs takes another turn.
  void pump_soon() {
    if (pumping_) {
      pump_again_ = true;
    } else if (!std::exchange(pump_posted_, true)) {
      asio::post(socket_.get_executor(), [self = shared_from_this()] {
        self->pump_posted_ = false;
        self->pump();
      });
    }
  }

  // Does what the conversation wants done now, until there is no more.
  void pump() {
    if (ended_ || pumping_) return;
    pumping_ = true;
    do {
      pump_again_ = false;
      pump_once();
    } while (pump_again_ && !ended_);
    pumping_ = false;
    if (!ended_) arm_timer();
  }

  // The next mail begins before what the last one has to say is written, so that both go out in one piece.
  void pump_once() {
    while (auto outcome = conversation_.take_outcome()) owner_.mail_done(*this, std::move(*outcome));
    if (auto outcome = conversation_.take_given_back()) owner_.mail_given_back(*this, std::move(*outcome));
    if (conversation_.closed()) return end();
    if (can_carry()) owner_.session_free(*this);
    if (!waiting_writable_) write_some();
    if (conversation_.wants_tls() && !tls_) start_tls();
    fetch_credentials();
    ask_for_dot();
    if (conversation_.closed()) pump_again_ = true;
  }

  void start_tls() {
    auto stream = access_.secure();
    if (!stream) {
      conversation_.lost(stream.error().message, steady_now());
      return;
    }
    tls_ = *std::move(stream);
    shake_hands();
    pump_again_ = true;
  }

  void shake_hands() {
    switch (tls_->shake()) {
      case TlsStream::Handshake::under_way: break;
      case TlsStream::Handshake::failed:
        conversation_.handshake_failed(tls_->words(), steady_now());  // whether or not the server hears that
        if (!waiting_writable_) send_secured();                       // the alert that says why
        break;
      case TlsStream::Handshake::done:
        secured_ = true;
        if (watcher_ != nullptr) watcher_->secured(tls_->facts());
        conversation_.secured(tls_->facts(), steady_now());
        break;
    }
  }

  void fetch_credentials() {
    const auto wanted = conversation_.wants_credentials();
    if (!wanted || std::exchange(fetching_, true)) return;
    if (watcher_ != nullptr) watcher_->fetching_secret();
    access_.credentials().fetch(wanted->renewed ? token_ : 0, [weak = weak_from_this()](FoundCredentials found) {
      const auto self = weak.lock();
      if (!self || self->ended_) return;
      self->fetching_ = false;
      self->token_ = found.number;
      self->conversation_.credentials(std::move(found.credentials), steady_now(), found.trouble);
      self->pump();
    });
  }

  void ask_for_dot() {
    if (!conversation_.wants_dot()) {
      asked_for_dot_ = false;
      return;
    }
    if (std::exchange(asked_for_dot_, true)) return;
    owner_.wants_dot(*this, [weak_io = io_, weak = weak_from_this()](bool go) {
      const auto io = weak_io.lock();
      if (!io) return;
      asio::post(*io, [weak, go] {
        const auto self = weak.lock();
        if (!self) return;
        self->conversation_.permit_dot(go, steady_now());
        self->pump();
      });
    });
  }

  void write_some() {
    std::size_t budget = kWriteBytesPerTurn;
    while (!conversation_.closed()) {
      if (tls_ && !tls_->output().empty()) {
        if (!send_secured()) return;
        continue;
      }
      const std::string_view bytes = conversation_.output();
      if (bytes.empty()) return;
      if (budget == 0) return wait_writable();
      const std::string_view piece = bytes.substr(0, std::min(budget, tls_ ? kSecuredBytes : bytes.size()));
      budget -= piece.size();
      if (tls_) {
        tls_->write(piece);
        plain_in_tls_ = piece.size();
      } else {
        const std::optional<std::size_t> sent = send(piece);
        if (sent) conversation_.written(*sent, steady_now());
        if (!sent || *sent < piece.size()) return;
      }
    }
  }

  // False: not all of it, see send(). What is told to the conversation as written has left us.
  bool send_secured() {
    const std::string_view bytes = tls_->output();
    const std::optional<std::size_t> sent = send(bytes);
    if (!sent) return false;
    const bool all = *sent == bytes.size();
    tls_->written(*sent);
    if (all && plain_in_tls_ > 0) conversation_.written(std::exchange(plain_in_tls_, 0), steady_now());
    return all;
  }

  // How many went; of fewer than all the rest is waited for. None: the connection is lost.
  std::optional<std::size_t> send(std::string_view bytes) {
    ErrorCode error;
    const std::size_t n = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
    if (error && error != asio::error::would_block) {
      read_some();  // the reason may lie there already
      lose(error);
      return std::nullopt;
    }
    if (n < bytes.size()) wait_writable();
    return n;
  }

  void read_some() {
    std::array<char, kReadBytes> buffer;
    while (!conversation_.closed()) {
      ErrorCode error;
      const std::size_t n = socket_.read_some(asio::buffer(buffer), error);
      if (n > 0) take({buffer.data(), n});
      if (error && error != asio::error::would_block) return lose(error);
      if (n < buffer.size()) return;
    }
  }

  void take(std::string_view bytes) {
    if (!tls_) return conversation_.received(bytes, steady_now());
    tls_->received(bytes);
    if (!secured_) shake_hands();
    std::array<char, kReadBytes> plain;
    while (secured_ && !conversation_.closed()) {
      const std::size_t n = tls_->read(plain);
      if (n == 0) break;
      conversation_.received({plain.data(), n}, steady_now());
    }
    if (tls_->ended()) conversation_.lost(tls_->words(), steady_now());
  }

  void lose(const ErrorCode& error) {
    const std::string words =
        error == asio::error::eof ? "the server closed the connection" : "connection lost: " + error.message();
    conversation_.lost(tls_ && !secured_ ? words + " in the TLS handshake" : words, steady_now());
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
    if (std::exchange(waiting_writable_, true)) return;
    socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](const ErrorCode& error) {
      self->waiting_writable_ = false;
      if (!error) self->pump();
    });
  }

  // A deadline that has moved away leaves the timer alone: it looks again when it goes off.
  void arm_timer() {
    const Moment deadline = conversation_.deadline();
    if (armed_for_ && *armed_for_ <= deadline) return;
    armed_for_ = deadline;
    timer_.expires_at(deadline);
    timer_.async_wait([weak = weak_from_this()](const ErrorCode& cancelled) {
      const auto self = weak.lock();
      if (self && !cancelled && !self->ended_) self->on_timer();
    });
  }

  void on_timer() {
    armed_for_.reset();
    const Moment now = steady_now();
    if (now < conversation_.deadline()) return arm_timer();
    if (connector_) {
      const std::string words = connector_->words_when_late(conversation_.waited());
      connector_.reset();
      conversation_.lost(words, now);
    } else {
      conversation_.timed_out(now);
    }
    pump();
  }

  void end() {
    if (tls_ && !waiting_writable_) {
      tls_->close();
      ErrorCode ignored;
      const std::string_view bytes = tls_->output();
      socket_.write_some(asio::buffer(bytes.data(), bytes.size()), ignored);
    }
    close();
    owner_.session_ended(*this);
  }

  void close() {
    ended_ = true;
    connector_.reset();
    ErrorCode ignored;
    timer_.cancel();
    socket_.close(ignored);
  }

  RelayAccess& access_;
  const std::weak_ptr<asio::io_context> io_;  // for what other threads post
  SessionOwner& owner_;
  SessionWatcher* const watcher_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  std::shared_ptr<Connector> connector_;  // until it is connected
  std::unique_ptr<TlsStream> tls_;
  bool secured_ = false;
  std::size_t plain_in_tls_ = 0;  // bytes of output() in what TLS has still to send
  Conversation conversation_;
  std::optional<Moment> armed_for_;
  TokenNumber token_ = 0;
  bool fetching_ = false;
  bool waiting_writable_ = false;
  bool asked_for_dot_ = false;
  bool pumping_ = false;
  bool pump_again_ = false;
  bool pump_posted_ = false;
  bool ended_ = false;
};

}  // namespace

std::shared_ptr<Session> open_session(RelayAccess& access, Terms terms, Mail first,
                                      const std::shared_ptr<asio::io_context>& io, SessionOwner& owner,
                                      SessionWatcher* watcher) {
  auto session = std::make_shared<SocketSession>(access, std::move(terms), io, owner, watcher);
  session->open(std::move(first), io);
  return session;
}

}  // namespace jobd::smtp
