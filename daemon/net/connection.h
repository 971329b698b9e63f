// Connection: moves the bytes of one client, and knows nothing of what they say: its dialogue does, which the client's
// first byte begins.
//
// It reads only while its dialogue wants more, so that a client is slowed to what it reads itself; nothing is lost and
// nobody else waits.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "daemon/net/dialogue.h"
#include "daemon/net/io_loop.h"
#include "shared/descriptor.h"

namespace jobd {

// Gives the dialogue that a client's first byte asks for.
using MakeDialogue = std::function<std::shared_ptr<Dialogue>(char first_byte, Caller caller, Wake wake)>;

// Loop's thread only. It lives until it is gone, then while its operations end.
class Connection {
 public:
  virtual ~Connection() = default;

  // patience: with one who says nothing at first; none: without end.
  virtual void serve(std::optional<Duration> patience) = 0;
  // To be told so as soon as its first byte says in what language.
  virtual void refuse(Error error) = 0;
  // No more requests; gone when its answers are written.
  virtual void finish() = 0;
  // Gone now.
  virtual void close() = 0;
};

struct Peer {
  Descriptor socket;
  int family;  // AF_UNIX, AF_INET...
  Caller caller;
};

// Loop and clock outlive it. gone: called once, when the socket is closed. None where the system watches no more
// sockets.
std::shared_ptr<Connection> make_connection(IoLoop& loop, const Clock& clock, Peer peer, MakeDialogue make_dialogue,
                                            std::function<void(const Connection*)> gone);

}  // namespace jobd
