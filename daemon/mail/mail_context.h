// What every processor is given.
#pragma once

#include <memory>
#include <string>

#include "daemon/core/processor.h"
#include "shared/clock.h"

namespace boost::asio {
class io_context;
}

namespace jobd {

// io is shared because a go() of AttemptSink::before_dot may come from another thread after the processor is gone: it
// must still find something to post to. sink and clock outlive the processor.
struct MailContext {
  std::shared_ptr<boost::asio::io_context> io;
  AttemptSink& sink;
  const Clock& clock;
  std::string message_id_domain;
};

}  // namespace jobd
