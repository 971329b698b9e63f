#include "tests/mail/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>
#include <utility>

namespace jobd::testing {
namespace {

template <typename T, auto kFree>
using Owned = std::unique_ptr<T, decltype([](T* held) { kFree(held); })>;

std::shared_ptr<SSL_CTX> tls_context(const ServerOptions& options) {
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  const auto bio = [](const std::string& pem) {
    return Owned<BIO, BIO_free_all>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  };
  const Owned<X509, X509_free> certificate(
      PEM_read_bio_X509(bio(options.identity->certificate).get(), nullptr, nullptr, nullptr));
  const Owned<EVP_PKEY, EVP_PKEY_free> key(
      PEM_read_bio_PrivateKey(bio(options.identity->key).get(), nullptr, nullptr, nullptr));
  if (options.old_tls) {
    SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
  }
  if (SSL_CTX_use_certificate(context.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1) {
    throw std::logic_error("a test's certificate is of no use");
  }
  return context;
}

int listen_on(const std::string& host, std::uint16_t& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener, 128) != 0) {
    throw std::runtime_error("cannot listen on " + host);
  }
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return listener;
}

}  // namespace

// A connection's bytes, in TLS or not.
class ScriptedServer::Wire {
 public:
  explicit Wire(int fd) : fd_(fd) {}

  bool secure(SSL_CTX* context) {
    ssl_.reset(SSL_new(context));
    SSL_set_fd(ssl_.get(), fd_);
    const bool done = SSL_accept(ssl_.get()) == 1;
    ERR_clear_error();
    if (!done) ssl_.reset();
    return done;
  }
  bool is_secured() const { return ssl_ != nullptr; }
  bool is_resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

  bool write(const std::string& bytes) {
    if (ssl_) return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }

  // Bytes up to and with the next CR LF; empty at the end of the stream.
  std::string read_line() {
    for (;;) {
      const std::size_t end = buffer_.find("\r\n");
      if (end != std::string::npos) {
        std::string line = buffer_.substr(0, end + 2);
        buffer_.erase(0, end + 2);
        return line;
      }
      std::array<char, 65536> piece;
      const ssize_t n =
          ssl_ ? SSL_read(ssl_.get(), piece.data(), piece.size()) : ::recv(fd_, piece.data(), piece.size(), 0);
      if (n <= 0) return "";
      buffer_.append(piece.data(), static_cast<std::size_t>(n));
    }
  }

 private:
  const int fd_;
  Owned<SSL, SSL_free> ssl_;
  std::string buffer_;
};

struct ScriptedServer::Connection {
  int fd = -1;
  std::thread thread;
};

ScriptedServer::ScriptedServer(Script script, ServerOptions options)
    : options_(std::move(options)), script_(std::move(script)) {
  std::signal(SIGPIPE, SIG_IGN);  // as jobd does: OpenSSL writes to sockets that have ended
  if (options_.identity) tls_ = tls_context(options_);
  listener_ = listen_on(options_.address, port_);
  thread_ = std::thread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
  close_all();
  for (Connection& connection : connections_) {
    connection.thread.join();
    ::close(connection.fd);
  }
}

std::string ScriptedServer::accept_all(const std::string& command) {
  if (command.empty()) return "220 test";
  if (command == "DATA") return "354 go";
  if (command == "STARTTLS") return "220 go";
  if (command.starts_with("AUTH")) return "235 welcome";
  if (command == "QUIT") return "221 bye";
  return "250 ok";
}

ScriptedServer::Script ScriptedServer::offering(std::vector<std::string> extensions) {
  std::string reply = "250-test";
  for (std::size_t i = 0; i < extensions.size(); ++i) {
    reply += std::string("\r\n250") + (i + 1 < extensions.size() ? "-" : " ") + extensions[i];
  }
  return but(accept_all, "EHLO", reply);
}

ScriptedServer::Script ScriptedServer::but(Script script, std::string command, std::string answer) {
  return
      [script = std::move(script), command = std::move(command), answer = std::move(answer)](const std::string& asked) {
        const bool meant = command.empty() ? asked.empty() : asked.starts_with(command);
        return meant ? answer : script(asked);
      };
}

RelaySettings ScriptedServer::relay() const {
  RelaySettings relay;
  relay.name = url();
  relay.url = url();
  relay.host = options_.address;
  relay.port = port_;
  relay.tls = TlsLevel::none;
  relay.ehlo_name = "client.example.com";
  return relay;
}

std::vector<std::string> ScriptedServer::commands() {
  const std::lock_guard lock(mutex_);
  return commands_;
}

std::vector<std::string> ScriptedServer::messages() {
  const std::lock_guard lock(mutex_);
  return messages_;
}

long ScriptedServer::count(const std::string& command) {
  const std::lock_guard lock(mutex_);
  return std::ranges::count(commands_, command);
}

std::vector<std::string> ScriptedServer::peers() {
  const std::lock_guard lock(mutex_);
  return peers_;
}

int ScriptedServer::resumed() {
  const std::lock_guard lock(mutex_);
  return resumed_;
}

void ScriptedServer::wait_for(const std::string& command, long times) {
  std::unique_lock lock(mutex_);
  noted_.wait(lock, [&] { return std::ranges::count(commands_, command) >= times; });
}

void ScriptedServer::close_all() {
  const std::lock_guard lock(mutex_);
  for (const Connection& connection : connections_) ::shutdown(connection.fd, SHUT_RDWR);
}

void ScriptedServer::note(std::string command) {
  const std::lock_guard lock(mutex_);
  commands_.push_back(std::move(command));
  noted_.notify_all();
}

void ScriptedServer::serve() {
  for (;;) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const int fd = ::accept(listener_, reinterpret_cast<sockaddr*>(&peer), &size);
    const std::lock_guard lock(mutex_);
    if (stopping_ || fd < 0) {
      if (fd >= 0) ::close(fd);
      return;
    }
    std::array<char, INET_ADDRSTRLEN> address{};
    peers_.emplace_back(::inet_ntop(AF_INET, &peer.sin_addr, address.data(), address.size()));
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Connection& connection = connections_.emplace_back();
    connection.fd = fd;
    connection.thread = std::thread([this, fd] {
      note("CONNECT");
      Wire wire(fd);
      if (!options_.implicit_tls || secure(wire)) talk(wire);
      ::shutdown(fd, SHUT_RDWR);
    });
  }
}

bool ScriptedServer::secure(Wire& wire) {
  if (!wire.secure(static_cast<SSL_CTX*>(tls_.get()))) {
    note("NO TLS");
    return false;
  }
  if (wire.is_resumed()) {
    const std::lock_guard lock(mutex_);
    ++resumed_;
  }
  note("TLS");
  return true;
}

void ScriptedServer::talk(Wire& wire) {
  std::string reply;
  if (!answer(wire, "", reply)) return;
  for (;;) {
    std::string line = wire.read_line();
    if (line.empty()) return note("CLOSED");
    line.resize(line.size() - 2);
    note(line);
    if (!answer(wire, line, reply)) return;
    if (line == "STARTTLS" && reply.starts_with("220") && tls_ && !secure(wire)) return;
    if (line == "DATA" && reply.starts_with("354") && !take_message(wire)) return;
  }
}

bool ScriptedServer::take_message(Wire& wire) {
  std::string message;
  for (std::string line = wire.read_line(); line != ".\r\n"; line = wire.read_line()) {
    if (line.empty()) {
      note("CLOSED");
      return false;
    }
    message += line.starts_with('.') ? line.substr(1) : line;
  }
  {
    const std::lock_guard lock(mutex_);
    messages_.push_back(message);
  }
  std::string reply;
  return answer(wire, ".", reply);
}

bool ScriptedServer::answer(Wire& wire, const std::string& command, std::string& reply) {
  {
    const std::lock_guard lock(script_mutex_);
    reply = script_(command);
  }
  if (reply.empty()) return false;
  return reply == kSilence || wire.write(reply + "\r\n");
}

}  // namespace jobd::testing
