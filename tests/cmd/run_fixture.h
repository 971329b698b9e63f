// RunTest: jobctl whole, in this process, against a jobd that says what the test tells it to.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cmd/run.h"
#include "shared/codec.h"
#include "tests/cmd/scripted_server.h"
#include "tests/support/fakes.h"

namespace jobd::cmd {

using jobd::testing::kNoon;
using jobd::testing::ScriptedServer;
using jobd::testing::TemporaryFolder;

inline constexpr const char* kId = "01953f2a-7c00-7abc-8def-0123456789ab";
inline constexpr const char* kOtherId = "01953f2a-7c00-7abd-8def-0123456789ab";

// Every look at it is a step later: how time passes in a loop that does nothing but wait.
class SteppingClock final : public Clock {
 public:
  explicit SteppingClock(Duration step = {}) : step_(step) {}
  Time now() const override { return now_ += step_; }

 private:
  Duration step_;
  mutable Time now_ = kNoon;
};

inline Job a_job(JobStatus status) {
  Job job;
  job.id = *JobId::parse(kId);
  job.status = status;
  job.max_attempts = 3;
  job.created_at = job.updated_at = kNoon;
  job.expires_at = kNoon + std::chrono::seconds(3600);
  job.from = "app@example.com";
  job.subject = "Hello";
  Recipient recipient;
  recipient.address = "user@example.com";
  job.recipients = {recipient};
  return job;
}

inline std::string accepted() {
  return encode_reply({}, Submitted{a_job(JobStatus::pending), false});
}
inline std::string told(JobStatus status) {
  return encode_reply({}, a_job(status));
}
inline std::string refused(Code code, const std::string& message) {
  return encode_reply({}, Error{code, message});
}

struct Outcome {
  int code;
  std::string out;
  std::string err;
};

class RunTest : public ::testing::Test {
 protected:
  void serve(ScriptedServer::Answer answer) { server_.emplace(socket(), std::move(answer)); }
  // Replies in this order; past the last one connections are closed.
  void serve_replies(std::vector<std::optional<std::string>> replies) {
    serve([replies = std::move(replies)](const std::string&, std::size_t number) -> std::optional<std::string> {
      return number < replies.size() ? replies[number] : std::nullopt;
    });
  }

  Outcome jobctl(std::vector<std::string> arguments, const Clock& clock = SteppingClock()) {
    arguments.insert(arguments.begin(), {"--socket", socket()});
    std::istringstream in(input_);
    std::ostringstream out;
    std::ostringstream err;
    Console console{in, in_is_terminal_, out, err};
    const int code = run(arguments, console, clock, 42);
    return {code, out.str(), err.str()};
  }
  Outcome submit(std::vector<std::string> options, const Clock& clock = SteppingClock()) {
    options.insert(options.begin(), {"submit-email", "--to", "user@example.com", "--subject", "Hello"});
    return jobctl(options, clock);
  }

  std::string socket() const { return folder_.file("s"); }
  SubmitEmail heard(std::size_t number) const {
    const auto line = decode_request(server_->lines().at(number));
    return std::get<SubmitEmail>(*line.request);
  }
  Duration heard_wait(std::size_t number) const {
    const auto line = decode_request(server_->lines().at(number));
    return std::get<GetJob>(*line.request).wait;
  }

  TemporaryFolder folder_;
  std::optional<ScriptedServer> server_;
  std::string input_;
  bool in_is_terminal_ = false;
};

}  // namespace jobd::cmd
