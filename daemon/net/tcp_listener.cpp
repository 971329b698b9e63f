#include "daemon/net/tcp_listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace jobd {
namespace {

union Address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

struct Parsed {
  Address address{};
  socklen_t size = 0;
};

std::optional<std::uint16_t> parse_port(const std::string& text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return port;
}

bool is_loopback(const Address& address) {
  if (address.any.sa_family == AF_INET6) return IN6_IS_ADDR_LOOPBACK(&address.v6.sin6_addr) != 0;
  return (ntohl(address.v4.sin_addr.s_addr) >> 24U) == 127;
}

std::optional<Parsed> parse(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::optional<std::uint16_t> port = parse_port(text.substr(colon + 1));
  std::string host = text.substr(0, colon);
  if (!port) return std::nullopt;
  if (host == "localhost") host = "127.0.0.1";
  Parsed out;
  if (host.starts_with('[') && host.ends_with(']')) {
    out.address.v6.sin6_family = AF_INET6;
    out.address.v6.sin6_port = htons(*port);
    out.size = sizeof out.address.v6;
    host = host.substr(1, host.size() - 2);
    if (::inet_pton(AF_INET6, host.c_str(), &out.address.v6.sin6_addr) != 1) return std::nullopt;
    return out;
  }
  out.address.v4.sin_family = AF_INET;
  out.address.v4.sin_port = htons(*port);
  out.size = sizeof out.address.v4;
  if (::inet_pton(AF_INET, host.c_str(), &out.address.v4.sin_addr) != 1) return std::nullopt;
  return out;
}

Error failed(const std::string& address, int error_number) {
  const Code code = error_number == EADDRINUSE ? Code::busy : Code::unavailable;
  return {code, "cannot listen on " + address + " (http.listen): " + std::strerror(error_number)};
}

std::string port_of(const Address& address) {
  return std::to_string(ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port));
}

std::string host_of(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.any.sa_family == AF_INET6) {
    ::inet_ntop(AF_INET6, &address.v6.sin6_addr, text.data(), text.size());
    return "[" + std::string(text.data()) + "]";
  }
  ::inet_ntop(AF_INET, &address.v4.sin_addr, text.data(), text.size());
  return text.data();
}

}  // namespace

Result<Done> check_tcp_address(const std::string& address) {
  const std::optional<Parsed> parsed = parse(address);
  const std::string field = "http.listen";
  if (!parsed) {
    return Error{Code::invalid_field, field + " must be an address and a port like \"127.0.0.1:8025\"", field};
  }
  if (!is_loopback(parsed->address)) {
    return Error{Code::invalid_field,
                 field +
                     " must be a loopback address: jobd knows no passwords on HTTP; let a proxy that does listen "
                     "to others",
                 field};
  }
  return Done{};
}

Result<TcpListener> listen_on_tcp(const std::string& address) {
  if (Result<Done> good = check_tcp_address(address); !good) return std::move(good).error();
  Parsed parsed = *parse(address);
  Descriptor socket(::socket(parsed.address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.get() < 0) return failed(address, errno);
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), &parsed.address.any, parsed.size) != 0) return failed(address, errno);
  if (::listen(socket.get(), SOMAXCONN) != 0) return failed(address, errno);
  if (::getsockname(socket.get(), &parsed.address.any, &parsed.size) != 0) return failed(address, errno);
  const std::string port = port_of(parsed.address);
  return TcpListener{std::move(socket), host_of(parsed.address) + ":" + port, port};
}

}  // namespace jobd
