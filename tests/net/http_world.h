// HttpWorld: an HTTP dialogue on a service with a fake store. Requests are written with plain line ends; the head's
// become CR LF on the way. Each world is new, so that the same bytes give the same answers.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/net/http_dialogue.h"
#include "shared/codec.h"
#include "tests/net/hall_fixture.h"

namespace jobd::testing {

// The bytes of a request: LF of its head as CR LF, the body as it is.
inline std::string crlf(std::string_view text) {
  const std::size_t head_end = std::min(text.find("\n\n"), text.size());
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && i <= head_end + 1) out += '\r';
    out += text[i];
  }
  return out;
}

// A request without a body, or with a JSON one.
inline std::string request(std::string_view line, std::string_view fields = "", std::string_view body = "") {
  std::string text = std::string(line) + " HTTP/1.1\nHost: box\n" + std::string(fields);
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\n";
  return crlf(text + "\n") + std::string(body);
}
inline std::string post(std::string_view path, std::string_view body, std::string_view fields = "") {
  return request("POST " + std::string(path), "Content-Type: application/json\n" + std::string(fields), body);
}
inline constexpr std::string_view kMail = R"({"to":"a@x.org","subject":"Hello"})";

struct Answer {
  int status = 0;
  std::string head;
  std::map<std::string, std::string> fields;  // names as they came
  std::string body;

  std::string field(const std::string& name) const { return fields.contains(name) ? fields.at(name) : "none"; }
  // The text of a key of a JSON body.
  std::string text(const std::string& key) const {
    const std::string begin = "\"" + key + "\":\"";
    const std::size_t at = body.find(begin);
    return at == std::string::npos
               ? ""
               : body.substr(at + begin.size(), body.find('"', at + begin.size()) - at - begin.size());
  }
  // "422 invalid_field to[0]"
  std::string outcome() const {
    std::string out = std::to_string(status);
    if (status < 400) return out;
    if (!text("code").empty()) out += " " + text("code");
    if (!text("field").empty()) out += " " + text("field");
    return out;
  }
};

// Takes the first answer off what a client reads. is_head: it has no body, whatever its length says.
inline Answer take_answer(std::string_view& bytes, bool is_head = false) {
  Answer answer;
  const std::size_t head_bytes = bytes.find("\r\n\r\n") + 4;
  answer.head = bytes.substr(0, head_bytes);
  answer.status = std::atoi(answer.head.substr(9, 3).c_str());
  for (std::size_t at = answer.head.find("\r\n") + 2; at + 2 < answer.head.size();) {
    const std::size_t end = answer.head.find("\r\n", at);
    const std::size_t colon = answer.head.find(": ", at);
    answer.fields.emplace(answer.head.substr(at, colon - at), answer.head.substr(colon + 2, end - colon - 2));
    at = end + 2;
  }
  bytes.remove_prefix(head_bytes);
  if (is_head || !answer.fields.contains("Content-Length")) return answer;
  answer.body = bytes.substr(0, std::stoul(answer.field("Content-Length")));
  bytes.remove_prefix(answer.body.size());
  return answer;
}
inline std::vector<Answer> answers_in(std::string_view bytes) {
  std::vector<Answer> answers;
  while (!bytes.empty()) answers.push_back(take_answer(bytes));
  return answers;
}

class HttpWorld final : public HallFixture {
 public:
  explicit HttpWorld(std::string scope = "http") : scope_(std::move(scope)) {
    hall_.request_bytes = 100'000;
    dial();
  }
  void TestBody() override {}

  // A connection of its own for what follows.
  void dial() {
    dialogue_ = make_http_dialogue(hall_, rule_, {scope_}, [this] { ++wakes_; });
  }

  std::string say(std::string_view bytes) { return HallFixture::say(*dialogue_, bytes); }
  std::string say_one_by_one(std::string_view bytes) {
    std::string out;
    for (const char byte : bytes) out += say({&byte, 1});
    return out;
  }
  std::string hear() { return HallFixture::hear(*dialogue_); }
  std::string end() {
    dialogue_->input_ended();
    return hear();
  }
  // The first answer to a request.
  Answer ask(std::string_view bytes) {
    const std::string out = say(bytes);
    std::string_view rest = out;
    return out.empty() ? Answer{} : take_answer(rest, bytes.starts_with("HEAD "));
  }
  std::string submit(std::string_view mail = kMail) { return ask(post("/jobs/email", mail)).text("id"); }
  // Time passes, with what that brings.
  std::string wait(Duration time) {
    clock_.advance(time);
    if (dialogue_->deadline() && *dialogue_->deadline() <= clock_.now()) dialogue_->step(clock_.now());
    service_.step(clock_.now());
    return hear();
  }
  void pause() { ask(request("POST /queue/pause")); }

  using HallFixture::clock_;
  using HallFixture::desk_;
  using HallFixture::hall_;
  using HallFixture::held;
  using HallFixture::service_;
  using HallFixture::wakes_;
  using HallFixture::work;
  HostRule rule_{false, {"box", "box:8025"}, {"jobs.example"}};
  std::shared_ptr<Dialogue> dialogue_;

 private:
  const std::string scope_;
};

}  // namespace jobd::testing
