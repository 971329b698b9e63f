// LineWindowTest: a window of lines, its jobd and its clock played by the test.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/submit_lines_window.h"
#include "shared/codec.h"
#include "shared/json.h"
#include "tests/cmd/run_fixture.h"

namespace jobd::cmd {

using jobd::testing::FakeClock;

inline constexpr const char* kEmail = R"({"to":"user@example.com","subject":"Hello","body":"Test email"})";

class LineWindowTest : public ::testing::Test {
 protected:
  void wait_for_ends(std::optional<Duration> limit = std::nullopt) { window_.emplace(Wait{limit}, 42); }
  LineWindow& window() { return *window_; }
  Time now() const { return clock_.now(); }

  void add(std::string_view text = kEmail) { window_->add({++lines_, text}, now()); }
  void add_many(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) add();
  }

  // The requests that may be sent now.
  std::vector<std::string> requests() {
    std::string bytes;
    window_->write_requests(bytes, SIZE_MAX, now());
    std::istringstream stream(bytes);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }
  static std::int64_t id_of(const std::string& request) { return std::get<std::int64_t>(decode_request(request).id); }
  static SubmitEmail submit_in(const std::string& request) {
    return std::get<SubmitEmail>(*decode_request(request).request);
  }
  static Duration wait_in(const std::string& request) {
    return std::get<GetJob>(*decode_request(request).request).wait;
  }

  void hear(const std::string& reply) {
    const auto heard = window_->hear(reply, now());
    EXPECT_TRUE(heard) << reply;
  }
  void accept(const std::string& request) { hear(encode_reply(id_of(request), Submitted{a_job(JobStatus::pending)})); }
  void refuse(const std::string& request, const Error& error) { hear(encode_reply(id_of(request), error)); }
  void tell(const std::string& request, const Job& job) { hear(encode_reply(id_of(request), job)); }
  void accept_all() {
    for (const std::string& request : requests()) accept(request);
  }

  // "1 pending", "2 busy": the lines of the results that may leave, with the state or the error's code.
  std::vector<std::string> results() {
    std::string bytes;
    window_->take_results(bytes);
    std::istringstream stream(bytes);
    std::vector<std::string> told;
    for (std::string line; std::getline(stream, line);) {
      const Json json = *parse_json(line);
      last_ = json;
      const bool good = json.contains("job");
      told.push_back(std::to_string(json["line"].get<int>()) + ' ' +
                     (good ? json["job"]["status"] : json["error"]["code"]).get<std::string>());
    }
    return told;
  }

  FakeClock clock_;
  std::optional<LineWindow> window_{std::in_place, std::nullopt, 42};
  std::uint64_t lines_ = 0;
  Json last_;
};

}  // namespace jobd::cmd
