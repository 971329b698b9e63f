#include "tests/bench/pipelining_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string_view>
#include <vector>

namespace jobd::testing {
namespace {

const std::string kEnvelope = "MAIL FROM:<app@example.com>\r\nRCPT TO:<user@example.com>\r\nDATA\r\n";

// Replies of one connection, in turn: greeting, EHLO; then for each mail MAIL, RCPT, DATA, the dot.
class Client {
 public:
  Client(const YardstickLoad& load, int& begun) : load_(load), begun_(begun) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(load.port);
    ok_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(fd_); }

  int fd() const { return fd_; }
  bool ok() const { return ok_; }
  int delivered() const { return delivered_; }

  void on_readable() {
    std::array<char, 16384> buffer;
    const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (n <= 0) return give_up();
    buffer_.append(buffer.data(), static_cast<std::size_t>(n));
    std::size_t begin = 0;
    for (std::size_t end = buffer_.find('\n'); end != std::string::npos; end = buffer_.find('\n', begin)) {
      on_line(std::string_view(buffer_).substr(begin, end - begin));
      begin = end + 1;
    }
    buffer_.erase(0, begin);
    if (!out_.empty() && ::send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(out_.size())) {
      give_up();
    }
    out_.clear();
  }

 private:
  enum class Awaits { greeting, ehlo, mail, rcpt, data, dot };

  void on_line(std::string_view line) {
    if (line.size() > 3 && line[3] == '-') return;
    if (line.empty() || line[0] > '3') return give_up();
    switch (awaits_) {
      case Awaits::greeting:
        out_ += "EHLO bench\r\n";
        awaits_ = Awaits::ehlo;
        break;
      case Awaits::ehlo: begin_next(); break;
      case Awaits::mail: awaits_ = Awaits::rcpt; break;
      case Awaits::rcpt: awaits_ = Awaits::data; break;
      case Awaits::data:
        out_ += load_.message + ".\r\n";
        awaits_ = Awaits::dot;
        ahead_ = begun_ < load_.mails;
        if (ahead_) out_ += kEnvelope;
        begun_ += ahead_ ? 1 : 0;
        break;
      case Awaits::dot:
        ++delivered_;
        awaits_ = ahead_ ? Awaits::mail : Awaits::ehlo;
        break;
    }
  }

  void begin_next() {
    if (begun_ == load_.mails) return;
    ++begun_;
    out_ += kEnvelope;
    awaits_ = Awaits::mail;
  }

  void give_up() { ok_ = false; }

  const YardstickLoad& load_;
  int& begun_;
  int fd_ = -1;
  bool ok_ = false;
  bool ahead_ = false;
  int delivered_ = 0;
  Awaits awaits_ = Awaits::greeting;
  std::string buffer_;
  std::string out_;
};

int delivered_by(const std::vector<std::unique_ptr<Client>>& clients) {
  int sum = 0;
  for (const auto& client : clients) sum += client->delivered();
  return sum;
}

}  // namespace

bool send_all(const YardstickLoad& load) {
  const int poller = ::epoll_create1(EPOLL_CLOEXEC);
  int begun = 0;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < load.connections; ++i) {
    clients.push_back(std::make_unique<Client>(load, begun));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = clients.back().get();
    ::epoll_ctl(poller, EPOLL_CTL_ADD, clients.back()->fd(), &event);
  }
  bool good = true;
  while (good && delivered_by(clients) < load.mails) {
    std::array<epoll_event, 64> events{};
    const int n = ::epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i) {
      auto* client = static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
      client->on_readable();
      good = good && client->ok();
    }
  }
  ::close(poller);
  return good;
}

}  // namespace jobd::testing
