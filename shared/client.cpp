#include "shared/client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace jobd {
namespace {

constexpr std::size_t kReadBytes = 64UL << 10;
// The longest reply line we take in: well past a page of jobs with a thousand recipients each.
constexpr std::size_t kReplyBytesMax = 512UL << 20;

Error unavailable(std::string message) {
  return {Code::unavailable, std::move(message)};
}

bool timed_out(int error_number) {
  return error_number == EAGAIN || error_number == EWOULDBLOCK;
}

// To connect to a file that is no socket is refused too.
int why_refused(const std::string& path, int error_number) {
  struct stat found{};
  const bool is_other = ::stat(path.c_str(), &found) == 0 && !S_ISSOCK(found.st_mode);
  return error_number == ECONNREFUSED && is_other ? ENOTSOCK : error_number;
}

void set_patience(int descriptor, Duration patience) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
  timeval time{};
  time.tv_sec = seconds.count();
  time.tv_usec = std::chrono::microseconds(patience - seconds).count();
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

}  // namespace

std::string explain_connect_error(const std::string& socket_path, int error_number) {
  const std::string start = "cannot connect to " + socket_path + ": ";
  switch (error_number) {
    case EACCES:
    case EPERM: return start + "permission denied; are you in group jobd?";
    case ENOENT:
    case ENOTDIR:
      return start + "no such file; is jobd running? (systemctl status jobd; another socket: --socket or JOBD_SOCKET)";
    case ECONNREFUSED: return start + "nobody listens; jobd died or is starting (systemctl status jobd)";
    case EAGAIN: return start + "jobd does not take connections; is it stopped or overloaded?";
    case ENAMETOOLONG: return start + "the path is too long for a socket (107 bytes at most)";
    case EPROTOTYPE:
    case ENOTSOCK: return start + "this is not jobd's socket; give another with --socket or JOBD_SOCKET";
    default: return start + std::strerror(error_number);
  }
}

Result<Client> Client::connect(const std::string& socket_path, Duration patience) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) {
    return unavailable(explain_connect_error(socket_path, ENAMETOOLONG));
  }
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  Client client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), patience);
  if (client.descriptor_ < 0) return unavailable(std::string("cannot make a socket: ") + std::strerror(errno));
  if (patience > Duration{}) set_patience(client.descriptor_, patience);
  int failed = 0;
  do {
    failed = ::connect(client.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } while (failed != 0 && errno == EINTR);
  if (failed != 0) return unavailable(explain_connect_error(socket_path, why_refused(socket_path, errno)));
  return client;
}

Client::Client(int descriptor, Duration patience)
    : descriptor_(descriptor), patience_(patience), reader_(kReplyBytesMax) {}

Client::Client(Client&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      patience_(other.patience_),
      reader_(std::move(other.reader_)),
      calls_(other.calls_),
      lost_patience_(other.lost_patience_) {}

Client& Client::operator=(Client&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(patience_, other.patience_);
  std::swap(reader_, other.reader_);
  std::swap(calls_, other.calls_);
  std::swap(lost_patience_, other.lost_patience_);
  return *this;
}

Client::~Client() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<ReplyLine> Client::call(const Request& request) {
  const auto sent = send_line(encode_request(request, ++calls_));
  auto reply = receive();
  if (!reply && !sent) return sent.error();
  return reply;
}

Result<Done> Client::send_line(std::string_view line) {
  std::string bytes(line);
  bytes += '\n';
  std::string_view left = bytes;
  while (!left.empty()) {
    const ssize_t sent = ::send(descriptor_, left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EINTR || (timed_out(errno) && waits_to_send()))) continue;
    if (sent < 0) return lost(errno);
    left.remove_prefix(static_cast<std::size_t>(sent));
  }
  return Done{};
}

// Not by the socket's own time-out: a send that it ends counts the bytes that have gone, and the next waits anew.
bool Client::waits_to_send() const {
  pollfd item{descriptor_, POLLOUT, 0};
  const int ready = ::poll(&item, 1, patience_ > Duration{} ? static_cast<int>(patience_.count()) : -1);
  if (ready == 0) errno = EAGAIN;
  return ready > 0 || (ready < 0 && errno == EINTR);
}

Result<ReplyLine> Client::receive() {
  for (;;) {
    if (const auto line = reader_.next()) return decode_reply(*line);
    if (auto more = read_more(); !more) return std::move(more).error();
  }
}

Result<std::optional<ServerLine>> Client::receive_at_hand() {
  for (;;) {
    if (const auto line = reader_.next()) {
      auto read = decode_server_line(*line);
      if (!read) return std::move(read).error();
      return std::optional(*std::move(read));
    }
    pollfd item{descriptor_, POLLIN, 0};
    if (::poll(&item, 1, 0) <= 0) return std::optional<ServerLine>();
    if (auto more = read_more(); !more) return std::move(more).error();
  }
}

Error Client::lost(int error_number) {
  lost_patience_ = timed_out(error_number);
  if (lost_patience_) return unavailable("jobd does not answer; is it stopped or overloaded?");
  return unavailable("the connection to jobd broke: " + std::string(std::strerror(error_number)));
}

Result<Done> Client::read_more() {
  if (reader_.overflowed()) return Error{Code::internal, "jobd's reply is larger than jobctl can take"};
  const auto space = reader_.prepare(kReadBytes);
  ssize_t got = 0;
  do {
    got = ::recv(descriptor_, space.data(), space.size(), lost_patience_ ? MSG_DONTWAIT : 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return lost(errno);
  if (got == 0) return unavailable("jobd closed the connection before it answered");
  reader_.commit(static_cast<std::size_t>(got));
  return Done{};
}

std::vector<std::string> socket_places(const std::string& given) {
  if (!given.empty()) return {given};
  if (const char* path = environment("JOBD_SOCKET")) return {path};
  std::vector<std::string> places;
  if (const char* directory = environment("XDG_RUNTIME_DIR"))
    places.push_back(std::string(directory) + "/jobd/jobd.sock");
  places.emplace_back(kSystemSocket);
  return places;
}

std::string first_socket(const std::vector<std::string>& places) {
  for (const std::string& path : places) {
    if (::access(path.c_str(), F_OK) == 0) return path;
  }
  return places.back();
}

}  // namespace jobd
