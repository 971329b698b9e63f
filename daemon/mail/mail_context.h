// What every processor is given.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/core/processor.h"
#include "daemon/mail/relay.h"
#include "shared/clock.h"

namespace boost::asio {
class io_context;
}

namespace jobd {

// io is shared so that what comes from another thread, a go() of AttemptSink::before_dot for one, can hold it weakly:
// it may come after the processor is gone. Nothing that io may come to own, a handler or what a handler holds, may own
// io: neither would ever end. sink and clock outlive the processor.
struct MailContext {
  std::shared_ptr<boost::asio::io_context> io;
  AttemptSink& sink;
  const Clock& clock;
  std::string message_id_domain;
  std::function<void(std::string)> trace = {};  // a line of a transcript; empty: nobody listens
  LookUp look_up = {};                          // of host names; empty: the system's
  std::function<void(std::string)> warn = {};   // what a person should mend; empty: nobody listens
};

}  // namespace jobd
