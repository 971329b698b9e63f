// The listening Unix socket as a file: made so that at no moment anyone can connect whom its mode keeps
// out, replacing what a dead daemon left, never what a living one listens on.
//
// Two daemons that start at the same moment are kept apart by a lock on PATH.lock, which stays held (and
// the file in place) for as long as the socket is served: without it both could find the same stale
// socket, and the slower would remove the faster one's.
#pragma once

#include <string>

#include "shared/descriptor.h"
#include "shared/result.h"

namespace jobd {

struct SocketFile {
  std::string path;
  unsigned mode = 0660;
  std::string group;  // empty: the process's
};

struct ListeningSocket {
  Descriptor listener;
  Descriptor lock;
};

// Errors: busy when a living daemon listens there; unavailable with what the system said; invalid_field
// for a path longer than a socket's can be (107 bytes) or a group that does not exist.
Result<ListeningSocket> listen_on(const SocketFile& file);

}  // namespace jobd
