// RunTest: jobctl whole, in this process, against a jobd that says what the test tells it to.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <functional>
#include <memory>
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
using jobd::testing::then_close;

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

inline std::string watching(std::uint64_t seq, const std::vector<Event>& events = {}) {
  std::string lines = encode_reply({}, Watching{seq});
  for (const Event& event : events) lines += '\n' + encode_event({}, event);
  return lines;
}
inline Event became(std::uint64_t seq, const Job& job) {
  return {seq, std::make_shared<const Job>(job)};
}
inline Event reset_at(std::uint64_t seq) {
  return {seq, nullptr};
}

// Time passes only in the waits that are told, a person answers what the test says.
class FakeOutside final : public Outside {
 public:
  Woken wait(int descriptor, std::optional<Duration> limit) override {
    if (descriptor < 0) {
      pauses.push_back(*limit);
      return Woken::by_time;
    }
    pollfd item{descriptor, POLLIN, 0};
    const bool may_block = !limit && !is_output_closed();
    if (::poll(&item, 1, may_block ? -1 : 0) > 0) return Woken::by_bytes;
    return limit ? Woken::by_time : Woken::by_closed_output;
  }
  bool has_person() override { return person.has_value(); }
  std::string ask(const std::string& question) override {
    asked.push_back(question);
    return *person;
  }

  // Asked where it would stand still for ever.
  std::function<bool()> is_output_closed = [] { return false; };
  std::optional<std::string> person;  // what they say; none: nobody is there
  std::vector<Duration> pauses;
  std::vector<std::string> asked;
};

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
    Console console{in, in_is_terminal_, out, err, screen_, {}};
    const int code = run(arguments, console, outside_, clock, 42);
    return {code, out.str(), err.str()};
  }
  Outcome submit(std::vector<std::string> options, const Clock& clock = SteppingClock()) {
    options.insert(options.begin(), {"submit-email", "--to", "user@example.com", "--subject", "Hello"});
    return jobctl(options, clock);
  }

  // Nobody reads the output any more once jobd has been asked so often.
  void close_output_after(std::size_t requests) {
    outside_.is_output_closed = [this, requests] { return server_->lines().size() >= requests; };
  }
  std::string socket() const { return folder_.file("s"); }
  SubmitEmail heard(std::size_t number) const {
    const auto line = decode_request(server_->lines().at(number));
    return std::get<SubmitEmail>(*line.request);
  }
  template <typename T>
  T heard_as(std::size_t number) const {
    const auto line = decode_request(server_->lines().at(number));
    return std::get<T>(*line.request);
  }
  Duration heard_wait(std::size_t number) const { return heard_as<GetJob>(number).wait; }

  TemporaryFolder folder_;
  std::optional<ScriptedServer> server_;
  std::string input_;
  bool in_is_terminal_ = false;
  Screen screen_;
  FakeOutside outside_;
};

}  // namespace jobd::cmd
