#include "tests/mail/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace jobd::testing {
namespace {

// Bytes up to and with the next CR LF; empty at the end of the stream.
std::string read_line(int fd, std::string& buffer) {
  for (;;) {
    const std::size_t end = buffer.find("\r\n");
    if (end != std::string::npos) {
      std::string line = buffer.substr(0, end + 2);
      buffer.erase(0, end + 2);
      return line;
    }
    std::array<char, 65536> piece;
    const ssize_t n = ::recv(fd, piece.data(), piece.size(), 0);
    if (n <= 0) return "";
    buffer.append(piece.data(), static_cast<std::size_t>(n));
  }
}

}  // namespace

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
  ::listen(listener_, 16);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (connection_ >= 0) ::shutdown(connection_, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

std::string ScriptedServer::accept_all(const std::string& command) {
  if (command == "") return "220 test";
  if (command == "DATA") return "354 go";
  if (command == "QUIT") return "221 bye";
  return "250 ok";
}

std::vector<std::string> ScriptedServer::commands() {
  const std::lock_guard lock(mutex_);
  return commands_;
}

std::vector<std::string> ScriptedServer::messages() {
  const std::lock_guard lock(mutex_);
  return messages_;
}

void ScriptedServer::wait_for(const std::string& command) {
  std::unique_lock lock(mutex_);
  noted_.wait(lock, [&] { return std::ranges::find(commands_, command) != commands_.end(); });
}

void ScriptedServer::note(std::string command) {
  const std::lock_guard lock(mutex_);
  commands_.push_back(std::move(command));
  noted_.notify_all();
}

void ScriptedServer::serve() {
  for (;;) {
    const int connection = ::accept(listener_, nullptr, nullptr);
    {
      const std::lock_guard lock(mutex_);
      connection_ = connection;
      if (stopping_ || connection < 0) break;
    }
    note("CONNECT");
    talk(connection);
    const std::lock_guard lock(mutex_);
    ::close(std::exchange(connection_, -1));
  }
  if (connection_ >= 0) ::close(connection_);
}

void ScriptedServer::talk(int connection) {
  std::string buffer;
  if (!answer(connection, "")) return;
  for (;;) {
    std::string line = read_line(connection, buffer);
    if (line.empty()) return note("CLOSED");
    line.resize(line.size() - 2);
    note(line);
    if (!answer(connection, line)) return;
    if (line != "DATA" || !script_("DATA").starts_with("354")) continue;
    std::string message;
    for (line = read_line(connection, buffer); line != ".\r\n"; line = read_line(connection, buffer)) {
      if (line.empty()) return note("CLOSED");
      message += line.starts_with('.') ? line.substr(1) : line;
    }
    {
      const std::lock_guard lock(mutex_);
      messages_.push_back(message);
    }
    if (!answer(connection, ".")) return;
  }
}

bool ScriptedServer::answer(int connection, const std::string& command) {
  const std::string reply = script_(command);
  if (reply.empty()) return false;
  const std::string line = reply + "\r\n";
  return ::send(connection, line.data(), line.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(line.size());
}

}  // namespace jobd::testing
