// Door: listens on one socket and serves its connections, each with a dialogue of its own. It knows no language: what a
// client's first byte begins, the maker of dialogues decides.
//
// A connection is read from only while its dialogue wants more, so that a client is slowed to what it reads itself;
// nothing is lost and nobody else waits.
#pragma once

#include <functional>
#include <memory>

#include "daemon/net/crowd.h"
#include "daemon/net/dialogue.h"
#include "daemon/net/io_loop.h"
#include "shared/descriptor.h"

namespace jobd {

// Gives the dialogue that a client's first byte asks for.
using MakeDialogue = std::function<std::shared_ptr<Dialogue>(char first_byte, Caller caller, Wake wake)>;

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
  class Connection;
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace jobd
