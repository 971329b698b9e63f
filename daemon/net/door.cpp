#include "daemon/net/door.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace jobd {

namespace asio = boost::asio;
using Protocol = asio::generic::stream_protocol;
using Socket = Protocol::socket;
using Acceptor = asio::basic_socket_acceptor<Protocol>;
using boost::system::error_code;

namespace {

// A connection reads so much at once at first, and four times more each time it got all it asked for.
constexpr std::size_t kFirstReadBytes = 4UL << 10;
constexpr std::size_t kReadBytes = 64UL << 10;
// When accept fails for want of descriptors: how long until the next try.
constexpr std::chrono::milliseconds kAcceptAgainAfter{100};
// A client of TCP, who may be anybody, says something so soon or is let go; the socket's may take their time.
constexpr Duration kGreetingPatience = limits::kIdleTime;
// One too many is heard for so long, to be refused in its own language.
constexpr Duration kRefusalPatience = std::chrono::seconds(1);
// How long, and how much, a client that is answered for good may go on sending.
constexpr Duration kLingerPatience = std::chrono::seconds(2);
constexpr std::size_t kLingerBytes = 64UL << 20;

int family_of(int descriptor) {
  int family = AF_UNIX;
  socklen_t size = sizeof family;
  ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size);
  return family;
}

// On TCP nobody knows who it is.
std::optional<uid_t> uid_of(int descriptor, int family) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (family != AF_UNIX) return std::nullopt;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
  return credentials.uid;
}

Caller caller_of(int family, std::optional<uid_t> uid) {
  if (family != AF_UNIX) return {"http"};
  return {"uid:" + (uid ? std::to_string(*uid) : "unknown")};
}

Error too_many(Crowd::Entry entry) {
  const bool of_uid = entry == Crowd::Entry::refused_of_uid;
  return {Code::busy,
          of_uid ? "your user has too many connections; close some" : "too many connections; try again shortly", "",
          std::chrono::seconds(1)};
}

}  // namespace

struct Door::Parts {
  Parts(IoLoop& loop_in, const Clock& clock_in, Descriptor listener, DoorLimits limits, MakeDialogue make)
      : loop(loop_in),
        clock(clock_in),
        family(family_of(listener.get())),
        acceptor(loop.context(), Protocol(family, 0), listener.release()),
        pause(loop.context()),
        crowd(limits),
        make_dialogue(std::move(make)) {
    acceptor.non_blocking(true);  // one that was handed to jobd may not be
  }

  IoLoop& loop;
  const Clock& clock;
  const int family;
  Acceptor acceptor;
  asio::steady_timer pause;
  Crowd crowd;
  const MakeDialogue make_dialogue;
  std::unordered_set<std::shared_ptr<Connection>> connections;
  bool closing = false;
  std::function<void()> closed;

  void listen_no_more() {
    closing = true;
    error_code ignored;
    acceptor.close(ignored);
    pause.cancel();
  }

  std::vector<std::shared_ptr<Connection>> all() const { return {connections.begin(), connections.end()}; }

  void forget(const std::shared_ptr<Connection>& connection);
};

// Kept alive by its door until it is closed, then by its pending operations.
class Door::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Parts> door, Socket socket, std::optional<uid_t> uid_in, Crowd::Entry entry_in)
      : uid(uid_in), entry(entry_in), door_(std::move(door)), socket_(std::move(socket)), alarm_(door_->loop) {
    if (door_->family == AF_UNIX) return;
    const int on = 1;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  void start() {
    if (door_->family != AF_UNIX) give_up_at_ = door_->clock.now() + kGreetingPatience;
    go_on();
  }

  // To be told so as soon as its first byte says in what language.
  void refuse(Error error) {
    refusal_ = std::move(error);
    give_up_at_ = door_->clock.now() + kRefusalPatience;
    go_on();
  }

  void close() {
    if (std::exchange(closed_, true)) return;
    if (dialogue_ != nullptr) dialogue_->abandon();
    alarm_.set(std::nullopt, Time{}, nullptr);
    error_code ignored;
    socket_.close(ignored);
    door_->forget(shared_from_this());
  }

  // No more requests; gone when its answers are written.
  void finish() {
    if (dialogue_ == nullptr) return close();
    dialogue_->finish();
    finishing_ = true;
    go_on();
  }

  const std::optional<uid_t> uid;
  const Crowd::Entry entry;

 private:
  // All that can be done now: give out what is written, take in what is wanted.
  void go_on() {
    if (closed_ || lingering_) return;
    if (dialogue_ != nullptr && dialogue_->gave_up()) return close();
    if (dialogue_ != nullptr) next_ += dialogue_->output(written_.size() + next_.size());
    write();
    read();
    if (dialogue_ != nullptr && dialogue_->over() && written_.empty()) return end();
    watch_deadline();
  }

  // Once per round of the loop, so that many answers share one write.
  void go_on_soon() {
    if (going_on_soon_) return;
    going_on_soon_ = true;
    asio::post(door_->loop.context(), [self = shared_from_this()] {
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
    dialogue_ = door_->make_dialogue(greeting_.front(), caller_of(door_->family, uid), Wake(wake));
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
    alarm_.set(next, door_->clock.now(), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->ring();
    });
  }

  void ring() {
    rings_at_.reset();
    const Time now = door_->clock.now();
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
    give_up_at_ = door_->clock.now() + kLingerPatience;
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

  const std::shared_ptr<Parts> door_;
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

void Door::Parts::forget(const std::shared_ptr<Connection>& connection) {
  if (connections.erase(connection) == 1) crowd.leave(connection->uid, connection->entry);
  if (closing && connections.empty() && closed) std::exchange(closed, nullptr)();
}

namespace {

// Whoever went away meanwhile leaves nobody, which is no failure.
bool is_nobody(int error) {
  return error == EAGAIN || error == EINTR || error == ECONNABORTED;
}

// Not Asio's accept, which makes descriptors that a child would inherit.
template <typename Parts, typename Open>
void accept_next(const std::shared_ptr<Parts>& parts, Open open) {
  parts->acceptor.async_wait(Acceptor::wait_read, [parts, open](error_code stopped) {
    if (stopped == asio::error::operation_aborted || !parts->acceptor.is_open()) return;
    Descriptor accepted(::accept4(parts->acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    error_code failure(accepted.get() < 0 ? errno : 0, boost::system::system_category());
    Socket socket(parts->loop.context());
    if (!failure) socket.assign(Protocol(parts->family, 0), accepted.get(), failure);
    if (!failure) {
      accepted.release();
      open(parts, std::move(socket));
    }
    if (!failure || is_nobody(failure.value())) return accept_next(parts, open);
    parts->pause.expires_after(kAcceptAgainAfter);
    parts->pause.async_wait([parts, open](error_code cancelled) {
      if (!cancelled) accept_next(parts, open);
    });
  });
}

}  // namespace

Door::Door(IoLoop& loop, const Clock& clock, Descriptor listener, DoorLimits limits, MakeDialogue make_dialogue)
    : parts_(std::make_shared<Parts>(loop, clock, std::move(listener), limits, std::move(make_dialogue))) {
  accept_next(parts_, [](const std::shared_ptr<Parts>& parts, Socket accepted) {
    const std::optional<uid_t> uid = uid_of(accepted.native_handle(), parts->family);
    const Crowd::Entry entry = parts->crowd.enter(uid);
    if (entry == Crowd::Entry::unheard) return;
    const auto connection = std::make_shared<Connection>(parts, std::move(accepted), uid, entry);
    parts->connections.insert(connection);
    if (entry == Crowd::Entry::served) return connection->start();
    connection->refuse(too_many(entry));
  });
}

Door::~Door() {
  parts_->listen_no_more();
  parts_->closed = nullptr;
  for (const auto& connection : parts_->all()) connection->close();
}

void Door::close(std::function<void()> closed) {
  parts_->listen_no_more();
  if (parts_->connections.empty()) return closed();
  parts_->closed = std::move(closed);
  for (const auto& connection : parts_->all()) connection->finish();
}

}  // namespace jobd
