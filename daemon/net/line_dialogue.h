// LineDialogue: the socket's own language (jobd-protocol(7)). Lines become typed requests for the service, its answers
// become lines again, in the order of the requests; only a get_job that waits answers when it comes, known by its id,
// and the events of a watch stand among the replies.
//
// A client that asks faster than it reads is not read from until it has caught up: nothing is lost and nobody else
// waits. One that closes its writing half still gets all its answers. A watcher that does not read loses events, and is
// told so.
#pragma once

#include <memory>

#include "daemon/net/dialogue.h"

namespace jobd {

std::shared_ptr<Dialogue> make_line_dialogue(Hall& hall, Caller caller, Wake wake);

}  // namespace jobd
