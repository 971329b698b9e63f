#include "tests/cmd/scripted_server.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace jobd::testing {

TemporaryFolder::TemporaryFolder() : path_("/tmp/jobctl.XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& content) const {
  std::ofstream(file(name), std::ios::binary) << content;
  return file(name);
}

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

ScriptedServer::ScriptedServer(const std::string& path, Answer answer)
    : answer_(std::move(answer)), listener_(listen_at(path)), thread_([this] { serve(); }) {}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_, SHUT_RDWR);  // wakes accept
  thread_.join();
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
    serve_connection(descriptor);
    ::close(descriptor);
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
  std::size_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = lines_.size();
    lines_.push_back(line);
  }
  const auto reply = answer_(line, number);
  if (!reply) return false;
  const std::string bytes = *reply + "\n";
  return ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

}  // namespace jobd::testing
