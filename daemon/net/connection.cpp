#include "daemon/net/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <utility>

namespace jobd {

namespace asio = boost::asio;
using Protocol = asio::generic::stream_protocol;
using Socket = Protocol::socket;
using boost::system::error_code;

namespace {

// A connection reads so much at once at first, and four times more each time it got all it asked for.
constexpr std::size_t kFirstReadBytes = 4UL << 10;
constexpr std::size_t kReadBytes = 64UL << 10;
// One too many is heard for so long, to be refused in its own language.
constexpr Duration kRefusalPatience = std::chrono::seconds(1);
// How long, and how much, a client that is answered for good may go on sending.
constexpr Duration kLingerPatience = std::chrono::seconds(2);
constexpr std::size_t kLingerBytes = 64UL << 20;

class AsioConnection final : public Connection, public std::enable_shared_from_this<AsioConnection> {
 public:
  AsioConnection(IoLoop& loop, const Clock& clock, Socket socket, Caller caller, MakeDialogue make_dialogue,
                 std::function<void(const Connection*)> gone)
      : loop_(loop),
        clock_(clock),
        caller_(std::move(caller)),
        make_dialogue_(std::move(make_dialogue)),
        gone_(std::move(gone)),
        socket_(std::move(socket)),
        alarm_(loop) {}

  void serve(std::optional<Duration> patience) override {
    if (patience) give_up_at_ = clock_.now() + *patience;
    go_on();
  }

  void refuse(Error error) override {
    refusal_ = std::move(error);
    give_up_at_ = clock_.now() + kRefusalPatience;
    go_on();
  }

  void finish() override {
    const bool is_silent = lingering_ && dropped_bytes_ == 0 && !has_unread();
    if (dialogue_ == nullptr || is_silent) return close();
    dialogue_->finish();
    finishing_ = true;
    go_on();
  }

  void close() override {
    if (std::exchange(closed_, true)) return;
    if (dialogue_ != nullptr) dialogue_->abandon();
    alarm_.set(std::nullopt, Time{}, nullptr);
    error_code ignored;
    socket_.close(ignored);
    const auto until_all_is_done = shared_from_this();
    gone_(this);
  }

 private:
  // All that can be done now: give out what is written, take in what is wanted.
  void go_on() {
    if (closed_ || lingering_) return;
    if (dialogue_ != nullptr && dialogue_->gave_up()) return close();
    take_output();
    write();
    read();
    if (dialogue_ != nullptr && dialogue_->over() && written_.empty()) return end();
    watch_deadline();
  }

  // Without a copy where it can be: a reply may be tens of megabytes.
  void take_output() {
    if (dialogue_ == nullptr) return;
    std::string more = dialogue_->output(written_.size() + next_.size());
    if (next_.empty()) {
      next_ = std::move(more);
    } else {
      next_ += more;
    }
  }

  // Once per round of the loop, so that many answers share one write.
  void go_on_soon() {
    if (going_on_soon_) return;
    going_on_soon_ = true;
    asio::post(loop_.context(), [self = shared_from_this()] {
      self->going_on_soon_ = false;
      self->go_on();
    });
  }

  void read() {
    if (reading_ || at_end_ || (dialogue_ != nullptr && !dialogue_->wants_input())) return;
    reading_ = true;
    const std::span<char> room = dialogue_ == nullptr ? std::span<char>(greeting_) : dialogue_->room(read_bytes_);
    socket_.async_read_some(asio::buffer(room.data(), std::min(room.size(), read_bytes_)),
                            [self = shared_from_this()](error_code error, std::size_t n) { self->has_read(error, n); });
  }

  void has_read(error_code error, std::size_t n) {
    reading_ = false;
    if (closed_) return;
    if (lingering_) return error ? close() : drop();
    if (error && peer_is_gone()) return close();
    if (dialogue_ == nullptr && n > 0) {
      meet(n);
    } else if (dialogue_ != nullptr) {
      dialogue_->received(n);
    }
    if (n == read_bytes_) read_bytes_ = std::min(n * 4, kReadBytes);
    if (error) {
      at_end_ = true;
      if (dialogue_ == nullptr) return close();
      dialogue_->input_ended();
      watch_for_hangup();
    }
    go_on_soon();
  }

  // The first bytes tell the language.
  void meet(std::size_t n) {
    const auto wake = [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->go_on_soon();
    };
    dialogue_ = make_dialogue_(greeting_.front(), caller_, Wake(wake));
    if (refusal_) return dialogue_->refuse(*refusal_);
    give_up_at_.reset();
    const std::span<char> room = dialogue_->room(n);
    std::copy_n(greeting_.begin(), n, room.begin());
    dialogue_->received(n);
  }

  bool has_unread() {
    error_code ignored;
    return socket_.available(ignored) > 0;
  }

  // Not only done with writing: nobody will read an answer.
  bool peer_is_gone() {
    pollfd state{socket_.native_handle(), 0, 0};
    return ::poll(&state, 1, 0) == 1 && (state.revents & (POLLHUP | POLLERR)) != 0;
  }

  // Nothing is read any more that would tell.
  void watch_for_hangup() {
    socket_.async_wait(Socket::wait_error, [self = shared_from_this()](error_code error) {
      if (!error && !self->closed_ && self->peer_is_gone()) self->close();
    });
  }

  void write() {
    if (!written_.empty() || next_.empty()) return;
    written_.swap(next_);
    asio::async_write(socket_, asio::buffer(written_),
                      [self = shared_from_this()](error_code error, std::size_t /*n*/) {
                        self->written_.clear();
                        if (self->written_.capacity() > kReadBytes) self->written_.shrink_to_fit();
                        if (error) return self->close();
                        self->go_on();
                      });
  }

  void watch_deadline() {
    if (closed_) return;
    const std::optional<Time> next = give_up_at_ ? give_up_at_ : dialogue_ ? dialogue_->deadline() : std::nullopt;
    // One that rings too early looks again: most deadlines move on before they come.
    if (!next || (rings_at_ && *rings_at_ <= *next)) return;
    rings_at_ = next;
    alarm_.set(next, clock_.now(), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->ring();
    });
  }

  void ring() {
    rings_at_.reset();
    const Time now = clock_.now();
    if (give_up_at_ && *give_up_at_ <= now) return close();
    if (dialogue_ != nullptr && !lingering_) dialogue_->step(now);
    go_on();
    watch_deadline();
  }

  // All is said and written.
  void end() {
    // At the stop nobody is waited for who has not begun.
    const bool may_be_sending = dialogue_->left_input() && !at_end_ && (!finishing_ || has_unread());
    if (!may_be_sending) return close();
    lingering_ = true;
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    give_up_at_ = clock_.now() + kLingerPatience;
    watch_deadline();
    if (!reading_) drop();
  }

  void drop() {
    dropped_.resize(kReadBytes);
    socket_.async_read_some(asio::buffer(dropped_), [self = shared_from_this()](error_code error, std::size_t n) {
      self->dropped_bytes_ += n;
      if (self->closed_) return;
      if (error || self->dropped_bytes_ > kLingerBytes) return self->close();
      self->drop();
    });
  }

  IoLoop& loop_;
  const Clock& clock_;
  const Caller caller_;
  const MakeDialogue make_dialogue_;
  const std::function<void(const Connection*)> gone_;
  Socket socket_;
  Alarm alarm_;
  std::shared_ptr<Dialogue> dialogue_;  // none until the first byte
  std::array<char, 256> greeting_{};
  std::string next_;     // to be written
  std::string written_;  // under way
  std::size_t read_bytes_ = kFirstReadBytes;
  std::optional<Error> refusal_;
  std::optional<Time> give_up_at_;
  std::optional<Time> rings_at_;
  std::string dropped_;
  std::size_t dropped_bytes_ = 0;
  bool reading_ = false;
  bool at_end_ = false;
  bool finishing_ = false;
  bool lingering_ = false;
  bool closed_ = false;
  bool going_on_soon_ = false;
};

}  // namespace

std::shared_ptr<Connection> make_connection(IoLoop& loop, const Clock& clock, Peer peer, MakeDialogue make_dialogue,
                                            std::function<void(const Connection*)> gone) {
  Socket socket(loop.context());
  error_code error;
  socket.assign(Protocol(peer.family, 0), peer.socket.get(), error);
  if (error) return nullptr;
  peer.socket.release();
  const int on = 1;
  if (peer.family != AF_UNIX) ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return std::make_shared<AsioConnection>(loop, clock, std::move(socket), std::move(peer.caller),
                                          std::move(make_dialogue), std::move(gone));
}

}  // namespace jobd
