#include "daemon/net/unix_door.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <unordered_set>
#include <utility>
#include <vector>

#include "daemon/net/reply_queue.h"
#include "shared/framing.h"

namespace jobd {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;
using boost::system::error_code;

namespace {

// A connection reads so much at once at first, and four times more each time it got all it asked for.
constexpr std::size_t kFirstReadBytes = 4UL << 10;
constexpr std::size_t kReadBytes = 64UL << 10;
// When accept fails for want of descriptors: how long until the next try.
constexpr std::chrono::milliseconds kAcceptAgainAfter{100};

Caller caller_of(Socket& socket) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return {"uid:unknown"};
  return {"uid:" + std::to_string(credentials.uid)};
}

}  // namespace

struct UnixDoor::Parts {
  Parts(IoLoop& loop, Service& service_in, DoorSettings settings_in, ListeningSocket socket)
      : context(loop.context()),
        acceptor(context, asio::local::stream_protocol(), socket.listener.release()),
        pause(context),
        lock(std::move(socket.lock)),
        service(service_in),
        settings(std::move(settings_in)) {}

  void forget(Connection* connection) {
    connections.erase(connection);
    if (closing && connections.empty() && closed) std::exchange(closed, nullptr)();
  }

  asio::io_context& context;
  asio::local::stream_protocol::acceptor acceptor;
  asio::steady_timer pause;
  Descriptor lock;
  Service& service;
  const DoorSettings settings;
  std::unordered_set<Connection*> connections;
  bool closing = false;
  std::function<void()> closed;
};

// Kept alive by its pending operations and by the replies that are still to come.
class UnixDoor::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Parts> door, Socket socket)
      : door_(std::move(door)),
        socket_(std::move(socket)),
        caller_(caller_of(socket_)),
        reader_(door_->settings.line_bytes) {
    door_->connections.insert(this);
  }
  ~Connection() { door_->forget(this); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start() { read(); }

  void refuse(const Error& error) {
    out_ += encode_reply({}, error) + '\n';
    finish();
  }

  // No more requests; gone when its replies are written.
  void finish() {
    input_over_ = true;
    error_code ignored;
    socket_.shutdown(Socket::shutdown_receive, ignored);
    flush();
  }

 private:
  void read() {
    if (reading_ || input_over_) return;
    reading_ = true;
    const std::span<char> room = reader_.prepare(read_bytes_);
    socket_.async_read_some(asio::buffer(room.data(), room.size()),
                            [self = shared_from_this()](error_code error, std::size_t n) {
                              self->reading_ = false;
                              if (error == asio::error::operation_aborted) return;
                              self->reader_.commit(n);
                              if (n == self->read_bytes_) self->read_bytes_ = std::min(n * 4, kReadBytes);
                              if (error) self->at_end_ = true;
                              self->take_lines();
                            });
  }

  bool has_room() const {
    return replies_.waiting() + waits_ < limits::kConnectionRequests &&
           out_.size() + written_.size() < limits::kConnectionReplyBytes;
  }

  void take_lines() {
    while (!input_over_ && has_room()) {
      const auto line = reader_.next();
      if (line) {
        take(*line);
      } else if (reader_.overflowed()) {
        take_overflow();
      } else if (at_end_) {
        const std::string rest(reader_.rest());
        input_over_ = true;
        if (rest.find_first_not_of(" \t\r") != std::string::npos) take(rest);
      } else {
        break;
      }
    }
    if (has_room()) {
      reader_.shrink();
      read();
    }
    flush_soon();
  }

  void take_overflow() {
    const Error error{Code::too_large, "the line is longer than " + std::to_string(door_->settings.line_bytes) +
                                           " bytes; the connection is closed"};
    replies_.fill(replies_.reserve(), encode_reply({}, error), out_);
    input_over_ = true;
  }

  void take(std::string_view line) {
    RequestLine request = decode_request(line, door_->settings.codec);
    const auto* get = request.request ? std::get_if<GetJob>(&*request.request) : nullptr;
    if (get != nullptr && get->wait > Duration(0)) return take_wait(std::move(request));
    const std::uint64_t place = replies_.reserve();
    if (!request.request) return replies_.fill(place, encode_reply(request.id, request.request.error()), out_);
    door_->service.handle(*std::move(request.request), caller_,
                          [self = shared_from_this(), place, id = std::move(request.id)](Result<Response> response) {
                            self->replies_.fill(place, encoded(id, response), self->out_);
                            self->replied();
                          });
  }

  // Its reply takes no place among the others.
  void take_wait(RequestLine request) {
    ++waits_;
    door_->service.handle(*std::move(request.request), caller_,
                          [self = shared_from_this(), id = std::move(request.id)](Result<Response> response) {
                            --self->waits_;
                            self->out_ += encoded(id, response) + '\n';
                            self->replied();
                          });
  }

  static std::string encoded(const RequestId& id, const Result<Response>& response) {
    return response ? encode_reply(id, *response) : encode_reply(id, response.error());
  }

  void replied() {
    if (!taking_soon_ && !input_over_ && !reading_ && has_room()) {
      taking_soon_ = true;
      asio::post(door_->context, [self = shared_from_this()] {
        self->taking_soon_ = false;
        self->take_lines();
      });
    }
    flush_soon();
  }

  // Once per round of the loop, so that many replies share one write.
  void flush_soon() {
    if (flushing_soon_) return;
    flushing_soon_ = true;
    asio::post(door_->context, [self = shared_from_this()] {
      self->flushing_soon_ = false;
      self->flush();
    });
  }

  void flush() {
    if (!written_.empty() || !socket_.is_open()) return;
    if (out_.empty()) {
      const bool all_answered = input_over_ && replies_.waiting() == 0 && waits_ == 0;
      if (all_answered) close();
      return;
    }
    written_.swap(out_);
    asio::async_write(socket_, asio::buffer(written_),
                      [self = shared_from_this()](error_code error, std::size_t /*n*/) {
                        self->written_.clear();
                        if (self->written_.capacity() > kReadBytes) self->written_.shrink_to_fit();
                        if (error) return self->close();
                        self->replied();
                      });
  }

  void close() {
    input_over_ = true;
    error_code ignored;
    socket_.close(ignored);
  }

  std::shared_ptr<Parts> door_;
  Socket socket_;
  const Caller caller_;
  LineReader reader_;
  ReplyQueue replies_;
  std::string out_;      // ready to be written
  std::string written_;  // under way
  std::size_t waits_ = 0;
  std::size_t read_bytes_ = kFirstReadBytes;
  bool reading_ = false;
  bool at_end_ = false;      // the client sends nothing more
  bool input_over_ = false;  // nothing more is taken from it
  bool taking_soon_ = false;
  bool flushing_soon_ = false;

  friend class UnixDoor;
};

namespace {

template <typename Parts, typename Open>
void accept_next(const std::shared_ptr<Parts>& parts, Open open) {
  parts->acceptor.async_accept([parts, open](error_code error, Socket socket) {
    if (error == asio::error::operation_aborted || !parts->acceptor.is_open()) return;
    if (!error) {
      open(parts, std::move(socket));
      return accept_next(parts, open);
    }
    parts->pause.expires_after(kAcceptAgainAfter);
    parts->pause.async_wait([parts, open](error_code stopped) {
      if (!stopped) accept_next(parts, open);
    });
  });
}

}  // namespace

UnixDoor::UnixDoor(IoLoop& loop, Service& service, DoorSettings settings, ListeningSocket socket)
    : parts_(std::make_shared<Parts>(loop, service, std::move(settings), std::move(socket))) {
  accept_next(parts_, [](const std::shared_ptr<Parts>& parts, Socket accepted) {
    const bool full = parts->connections.size() >= parts->settings.connections;
    const auto connection = std::make_shared<Connection>(parts, std::move(accepted));
    if (full) {
      connection->refuse({Code::busy, "too many connections; try again shortly", "", std::chrono::seconds(1)});
    } else {
      connection->start();
    }
  });
}

UnixDoor::~UnixDoor() = default;

void UnixDoor::close(std::function<void()> closed) {
  error_code ignored;
  parts_->acceptor.close(ignored);
  parts_->pause.cancel();
  ::unlink(parts_->settings.file.path.c_str());
  parts_->closing = true;
  if (parts_->connections.empty()) return closed();
  parts_->closed = std::move(closed);
  const std::vector<Connection*> open(parts_->connections.begin(), parts_->connections.end());
  for (Connection* connection : open) connection->shared_from_this()->finish();
}

}  // namespace jobd
