// Processor: the port to whatever delivers. Three implementations: maildir, simulate, smtp (daemon/mail).
#pragma once

#include <functional>
#include <memory>

#include "daemon/core/attempt.h"

namespace jobd {

// Where a processor hands its results in. Thread-safe, never refuses, never blocks for long: the place in the
// store's inbox was reserved when the job was claimed.
class AttemptSink {
 public:
  virtual ~AttemptSink() = default;
  virtual void finished(AttemptResult result) = 0;
  // Before the dot of a `hold` job: go(true) is called on the processor's thread once the step is committed, go(false)
  // when the attempt no longer counts and must be abandoned before the dot (Trouble::shutdown).
  virtual void before_dot(AttemptRef ref, std::function<void(bool)> go) = 0;
};

// All calls on its own thread; it reports each started attempt to the sink exactly once.
class Processor {
 public:
  virtual ~Processor() = default;
  virtual void start(Attempt attempt) = 0;
  // The time of grace is over: attempts before their dot end now with Trouble::shutdown, those past it as uncertain.
  // All are reported before it returns or soon after.
  virtual void abort_all() = 0;
};

}  // namespace jobd
