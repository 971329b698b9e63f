// UnixDoor: the controller of the Unix socket. Bytes become lines, lines become typed requests for the
// service, its answers become lines again: in the order of the requests, but for a get_job that waits,
// whose answer comes when it comes and is known by its id.
//
// A connection whose client asks faster than it reads is not read from until it has caught up; nothing
// is lost and nobody else waits. A client that closes its writing half still gets all its answers.
#pragma once

#include <memory>
#include <string>

#include "daemon/core/service.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/socket_file.h"
#include "shared/codec.h"

namespace jobd {

struct DoorSettings {
  SocketFile file;
  std::size_t line_bytes = limits::kLineBytes;
  std::size_t connections = limits::kConnections;
  CodecLimits codec;
};

// Loop's thread only.
class UnixDoor {
 public:
  // socket: what listen_on(settings.file) gave. Loop and service outlive it.
  UnixDoor(IoLoop& loop, Service& service, DoorSettings settings, ListeningSocket socket);
  ~UnixDoor();
  UnixDoor(const UnixDoor&) = delete;
  UnixDoor& operator=(const UnixDoor&) = delete;

  // Listens no more, removes the socket's file, lets every connection go once its replies are written.
  // closed is called when the last one is gone.
  void close(std::function<void()> closed);

 private:
  class Connection;
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace jobd
