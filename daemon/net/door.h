// Door: listens on one socket, lets in who comes, each to a connection of his own, and says to one too many that he is.
#pragma once

#include <functional>
#include <memory>

#include "daemon/net/connection.h"
#include "daemon/net/crowd.h"
#include "daemon/net/io_loop.h"
#include "shared/descriptor.h"

namespace jobd {

// Loop's thread only.
class Door {
 public:
  // listener: a listening stream socket, Unix or TCP. Loop and clock outlive it.
  Door(IoLoop& loop, const Clock& clock, Descriptor listener, DoorLimits limits, MakeDialogue make_dialogue);
  ~Door();
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  // Listens no more and lets every connection go once its answers are written. closed is called when the last is gone.
  void close(std::function<void()> closed);

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace jobd
