#include "daemon/net/unix_door.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <optional>
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

// What a reply may weigh, as far as its request tells.
struct ReplyWeight {
  std::size_t content_bytes;  // of one email at most

  std::size_t operator()(const SubmitEmails& batch) const { return limits::kJobBytes * (batch.emails.size() + 1); }
  std::size_t operator()(const ListJobs& list) const { return limits::kJobBytes * (list.limit + 1); }
  std::size_t operator()(const GetJob& get) const {
    return limits::kJobBytes + (get.include_content ? content_bytes / 3 * 4 : 0);
  }
  template <typename Other>
  std::size_t operator()(const Other& /*request*/) const {
    return limits::kJobBytes;
  }
};

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
  std::unordered_set<Connection*> connections;  // not closed
  std::size_t line_bytes = 0;                   // of lines under way on them
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
  ~Connection() {
    door_->line_bytes -= line_bytes_;
    door_->forget(this);
  }
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
                              if (error && self->peer_is_gone()) return self->close();
                              if (error) self->at_end_ = true;
                              self->take_lines();
                            });
  }

  // Not only done with writing: nobody will read an answer.
  bool peer_is_gone() {
    pollfd state{socket_.native_handle(), 0, 0};
    return ::poll(&state, 1, 0) == 1 && (state.revents & (POLLHUP | POLLERR)) != 0;
  }

  bool has_room() const {
    return replies_.waiting() + waits_ < limits::kConnectionRequests &&
           expected_bytes_ < limits::kConnectionExpectedBytes &&
           replies_.bytes() + out_.size() + written_.size() < limits::kConnectionReplyBytes;
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
    count_line_bytes();
    if (has_room()) {
      reader_.shrink();
      read();
    }
    flush_soon();
  }

  // The long lines that are under way on all connections share one budget.
  void count_line_bytes() {
    const std::size_t bytes = input_over_ ? 0 : reader_.rest().size();
    door_->line_bytes += bytes - std::exchange(line_bytes_, bytes);
    if (door_->line_bytes <= limits::kLinesBytes || bytes <= limits::kShortLineBytes || !has_room()) return;
    const Error error{Code::busy, "too many long lines are under way; try again shortly", "", std::chrono::seconds(1)};
    replies_.fill(replies_.reserve(), encode_reply({}, error), out_);
    input_over_ = true;
    count_line_bytes();
  }

  void take_overflow() {
    const Error error{Code::too_large, "the line is longer than " + std::to_string(door_->settings.line_bytes) +
                                           " bytes; the connection is closed"};
    replies_.fill(replies_.reserve(), encode_reply({}, error), out_);
    input_over_ = true;
  }

  void take(std::string_view line) {
    RequestLine request = decode_request(line, door_->settings.codec);
    if (!request.request) {
      return replies_.fill(replies_.reserve(), encode_reply(request.id, request.request.error()), out_);
    }
    const auto* get = std::get_if<GetJob>(&*request.request);
    const bool waits = get != nullptr && get->wait > Duration(0);
    const std::size_t weight = std::visit(ReplyWeight{door_->settings.codec.content_bytes}, *request.request);
    expected_bytes_ += weight;
    if (waits) ++waits_;
    // One that waits takes no place among the others.
    const std::optional<std::uint64_t> place = waits ? std::nullopt : std::optional(replies_.reserve());
    door_->service.handle(
        *std::move(request.request), caller_,
        [self = shared_from_this(), place, weight, id = std::move(request.id)](Result<Response> response) {
          self->expected_bytes_ -= weight;
          self->put(place, encoded(id, response));
          self->replied();
        });
  }

  void put(std::optional<std::uint64_t> place, std::string reply) {
    if (place) return replies_.fill(*place, std::move(reply), out_);
    --waits_;
    out_ += reply;
    out_ += '\n';
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
    count_line_bytes();
    door_->forget(this);
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
  std::size_t line_bytes_ = 0;      // our part of the door's
  std::size_t expected_bytes_ = 0;  // what the replies under way may weigh
  std::size_t read_bytes_ = kFirstReadBytes;
  bool reading_ = false;
  bool at_end_ = false;      // the client sends nothing more
  bool input_over_ = false;  // nothing more is taken from it
  bool taking_soon_ = false;
  bool flushing_soon_ = false;
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
