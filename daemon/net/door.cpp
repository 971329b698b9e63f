#include "daemon/net/door.h"

#include <sys/socket.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace jobd {

namespace asio = boost::asio;
using Protocol = asio::generic::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<Protocol>;
using boost::system::error_code;

namespace {

// When accept fails for want of descriptors: how long until the next try.
constexpr std::chrono::milliseconds kAcceptAgainAfter{100};
// A client of TCP, who may be anybody, says something so soon or is let go; the socket's may take their time.
constexpr Duration kGreetingPatience = limits::kIdleTime;

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

// Whoever went away meanwhile leaves nobody, which is no failure.
bool is_nobody(int error) {
  return error == EAGAIN || error == EINTR || error == ECONNABORTED;
}

}  // namespace

// Kept alive by its pending operations and by its connections.
struct Door::Parts : std::enable_shared_from_this<Parts> {
  Parts(IoLoop& loop_in, const Clock& clock_in, Descriptor listener, DoorLimits limits, MakeDialogue make)
      : loop(loop_in),
        clock(clock_in),
        family(family_of(listener.get())),
        acceptor(loop.context(), Protocol(family, 0), listener.release()),
        pause(loop.context()),
        make_dialogue(std::move(make)),
        crowd(limits) {
    acceptor.non_blocking(true);  // one that was handed to jobd may not be
  }

  // Not Asio's accept, which makes descriptors that a child would inherit.
  void accept_next() {
    acceptor.async_wait(Acceptor::wait_read, [self = shared_from_this()](error_code stopped) {
      if (stopped == asio::error::operation_aborted || !self->acceptor.is_open()) return;
      Descriptor socket(::accept4(self->acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      const int error = errno;
      const bool has_come = socket.get() >= 0;
      if (has_come) self->let_in(std::move(socket));
      if (has_come || is_nobody(error)) return self->accept_next();
      self->pause.expires_after(kAcceptAgainAfter);
      self->pause.async_wait([self](error_code cancelled) {
        if (!cancelled) self->accept_next();
      });
    });
  }

  void let_in(Descriptor socket) {
    const std::optional<uid_t> uid = uid_of(socket.get(), family);
    const Crowd::Entry entry = crowd.enter(uid);
    if (entry == Crowd::Entry::unheard) return;
    const auto connection =
        make_connection(loop, clock, {std::move(socket), family, caller_of(family, uid)}, make_dialogue,
                        [self = shared_from_this(), uid, entry](const Connection* gone) {
                          self->crowd.leave(uid, entry);
                          self->forget(gone);
                        });
    if (connection == nullptr) return crowd.leave(uid, entry);
    connections.emplace(connection.get(), connection);
    if (entry != Crowd::Entry::served) return connection->refuse(too_many(entry));
    connection->serve(family == AF_UNIX ? std::nullopt : std::optional(kGreetingPatience));
  }

  void forget(const Connection* gone) {
    connections.erase(gone);
    if (closing && connections.empty() && closed) std::exchange(closed, nullptr)();
  }

  void listen_no_more() {
    closing = true;
    error_code ignored;
    acceptor.close(ignored);
    pause.cancel();
  }

  // They go while one looks at them.
  std::vector<std::shared_ptr<Connection>> all() const {
    std::vector<std::shared_ptr<Connection>> out;
    for (const auto& [key, connection] : connections) out.push_back(connection);
    return out;
  }

  IoLoop& loop;
  const Clock& clock;
  const int family;
  Acceptor acceptor;
  asio::steady_timer pause;
  const MakeDialogue make_dialogue;
  Crowd crowd;
  std::unordered_map<const Connection*, std::shared_ptr<Connection>> connections;
  bool closing = false;
  std::function<void()> closed;
};

Door::Door(IoLoop& loop, const Clock& clock, Descriptor listener, DoorLimits limits, MakeDialogue make_dialogue)
    : parts_(std::make_shared<Parts>(loop, clock, std::move(listener), limits, std::move(make_dialogue))) {
  parts_->accept_next();
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
