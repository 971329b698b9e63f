#include "daemon/doors.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "daemon/net/line_dialogue.h"

namespace jobd {
namespace {

// Files and what else is neither a client's nor a relay's: a maildir round opens some 64.
constexpr std::size_t kDescriptorsForOthers = 256;

// One user's share of the connections that there can be.
std::size_t connections_per_uid(const Config& config, std::size_t connections) {
  const auto share =
      static_cast<std::size_t>(config.connections_per_uid) * connections / static_cast<std::size_t>(config.connections);
  return std::max<std::size_t>(share, 1);
}

// Raises the limit of open descriptors to what is allowed, and gives how many connections that leaves room for.
std::size_t connections_possible(const Config& config) {
  std::size_t others = kDescriptorsForOthers;
  for (const RelayConfig& relay : relays_of(config).relays) others += static_cast<std::size_t>(relay.connections);
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return SIZE_MAX;
  descriptors.rlim_cur = descriptors.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &descriptors) != 0) ::getrlimit(RLIMIT_NOFILE, &descriptors);
  const std::size_t all = descriptors.rlim_cur;
  return all > 2 * others ? all - others : all / 2;
}

bool is_letter(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

// A browser on this machine calls a loopback port by these names; the rest is configured.
HostRule tcp_hosts(const TcpListener& http, const Config& config) {
  HostRule rule{false, {http.address}, config.http_hosts};
  for (const char* name : {"localhost", "127.0.0.1", "[::1]"}) {
    rule.hosts.push_back(std::string(name) + ":" + http.port);
    if (http.port == "80") rule.hosts.emplace_back(name);
  }
  return rule;
}

}  // namespace

Result<Listeners> open_listeners(const Config& config) {
  Result<ListeningSocket> socket = listen_on({config.socket, socket_mode_of(config), config.socket_group});
  if (!socket) return std::move(socket).error();
  Listeners listeners{*std::move(socket), std::nullopt};
  if (config.http_listen.empty()) return listeners;
  Result<TcpListener> http = listen_on_tcp(config.http_listen);
  if (http) {
    listeners.http = *std::move(http);
    return listeners;
  }
  ::unlink(config.socket.c_str());
  return std::move(http).error();
}

Doors::Doors(IoLoop& loop, Service& service, const Clock& clock, const Config& config, Listeners listeners)
    : workbench_(loop),
      hall_{service,
            clock,
            {static_cast<std::size_t>(config.content_bytes), static_cast<std::size_t>(config.recipients)},
            static_cast<std::size_t>(config.line_bytes),
            std::make_shared<std::size_t>(0),
            [this](auto work, auto done) { workbench_.run(std::move(work), std::move(done)); }},
      socket_path_(config.socket),
      places_(config.socket),
      socket_lock_(std::move(listeners.socket.lock)),
      on_socket_{true, {}} {
  const std::size_t doors = listeners.http ? 2 : 1;
  const std::size_t connections =
      std::min(static_cast<std::size_t>(config.connections), connections_possible(config) / doors);
  const DoorLimits door_limits{connections, connections_per_uid(config, connections)};
  socket_door_.emplace(loop, clock, std::move(listeners.socket.listener), door_limits,
                       [this](char first_byte, Caller caller, Wake wake) {
                         return is_letter(first_byte)
                                    ? make_http_dialogue(hall_, on_socket_, std::move(caller), std::move(wake))
                                    : make_line_dialogue(hall_, std::move(caller), std::move(wake));
                       });
  if (!listeners.http) return;
  on_tcp_ = tcp_hosts(*listeners.http, config);
  places_ += " and http://" + listeners.http->address;
  tcp_door_.emplace(loop, clock, std::move(listeners.http->listener), door_limits,
                    [this](char /*first_byte*/, Caller caller, Wake wake) {
                      return make_http_dialogue(hall_, on_tcp_, std::move(caller), std::move(wake));
                    });
}

void Doors::close(std::function<void()> closed) {
  const auto open = std::make_shared<int>(tcp_door_ ? 2 : 1);
  const auto one_closed = [open, closed = std::move(closed)] {
    if (--*open == 0) closed();
  };
  socket_door_->close(one_closed);
  ::unlink(socket_path_.c_str());
  if (tcp_door_) tcp_door_->close(one_closed);
}

}  // namespace jobd
