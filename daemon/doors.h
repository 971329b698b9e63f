// Doors: all that clients come in by. The Unix socket speaks both languages, a first byte that is a letter begins HTTP;
// the TCP port, where one is configured, speaks HTTP alone.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "daemon/config.h"
#include "daemon/net/door.h"
#include "daemon/net/http_dialogue.h"
#include "daemon/net/socket_file.h"
#include "daemon/net/tcp_listener.h"
#include "daemon/net/workbench.h"

namespace jobd {

struct Listeners {
  ListeningSocket socket;
  std::optional<TcpListener> http;
};
// Errors: those of listen_on and listen_on_tcp.
Result<Listeners> open_listeners(const Config& config);

// Loop's thread only.
class Doors {
 public:
  // All but the listeners outlive it.
  Doors(IoLoop& loop, Service& service, const Clock& clock, const Config& config, Listeners listeners);

  // The stop has begun: HTTP connections end with their next answer, all others go on.
  void stopping() { hall_.stopping = true; }
  // Listens no more, removes the socket's file, lets every connection go once its answers are written. closed is called
  // when the last one is gone.
  void close(std::function<void()> closed);

  // For people: "/run/jobd/jobd.sock and http://127.0.0.1:8025".
  const std::string& places() const { return places_; }

 private:
  Workbench workbench_;
  Hall hall_;
  const std::string socket_path_;
  std::string places_;
  Descriptor socket_lock_;
  HostRule on_socket_;
  HostRule on_tcp_;
  std::optional<Door> socket_door_;
  std::optional<Door> tcp_door_;
};

}  // namespace jobd
