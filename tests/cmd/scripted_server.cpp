#include "tests/cmd/scripted_server.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace jobd::testing {
namespace {

constexpr char kClose = '\x04';

}  // namespace

int listen_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(descriptor, 8) != 0) {
    throw std::runtime_error("cannot listen at " + path);
  }
  return descriptor;
}

std::string then_close(const std::string& reply) {
  return reply + kClose;
}

ScriptedServer::ScriptedServer(const std::string& path, Answer answer)
    : listener_(listen_at(path)), answer_(std::move(answer)), thread_([this] { serve(); }) {}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_, SHUT_RDWR);  // wakes accept
  thread_.join();
  for (std::thread& connection : connections_) connection.join();
  ::close(listener_);
}

std::vector<std::string> ScriptedServer::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

void ScriptedServer::serve() {
  for (;;) {
    const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) return;
    connections_.emplace_back([this, descriptor] {
      serve_connection(descriptor);
      ::close(descriptor);
    });
  }
}

void ScriptedServer::serve_connection(int descriptor) {
  std::string buffer;
  std::array<char, 65536> part{};
  for (;;) {
    const ssize_t got = ::recv(descriptor, part.data(), part.size(), 0);
    if (got <= 0) return;
    buffer.append(part.data(), static_cast<std::size_t>(got));
    for (std::size_t end = 0; (end = buffer.find('\n')) != std::string::npos; buffer.erase(0, end + 1)) {
      if (!answer_line(descriptor, buffer.substr(0, end))) return;
    }
  }
}

bool ScriptedServer::answer_line(int descriptor, const std::string& line) {
  std::optional<std::string> reply;
  {
    const std::lock_guard lock(mutex_);
    lines_.push_back(line);
    reply = answer_(line, lines_.size() - 1);
  }
  if (!reply) return false;
  const bool closes = reply->ends_with(kClose);
  const std::string bytes = reply->substr(0, reply->size() - (closes ? 1 : 0)) + "\n";
  const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(bytes.size()) && !closes;
}

}  // namespace jobd::testing
