// Attempts to hand to a processor, and the sink that collects what becomes of them.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/processor.h"

namespace jobd::testing {

// The n-th attempt of a test: ids ascend with n. A plain text mail from app@example.com.
Attempt an_attempt(int n, std::vector<std::string> recipients = {"user@example.com"}, std::string subject = "Hello");

// One whose content is a whole message, and a message of 8 MB with lines that begin with a dot.
Attempt an_attempt_of(int n, const std::string& raw);
std::string large_raw_mail();

// Thread-safe. Waits without a limit of its own: a test that hangs is ended by ctest.
class CollectingSink final : public AttemptSink {
 public:
  void finished(AttemptResult result) override;
  void before_dot(AttemptRef ref, std::function<void(bool)> go) override;

  // All results so far, at least n, in the order of their ids.
  std::vector<AttemptResult> wait_for(std::size_t n);
  AttemptResult wait_for_one() { return wait_for(1).front(); }
  // The oldest question not yet taken.
  std::function<void(bool)> wait_for_question();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<AttemptResult> results_;
  std::vector<std::function<void(bool)>> questions_;
};

}  // namespace jobd::testing
