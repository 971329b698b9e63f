#include "cmd/session.h"

#include <algorithm>
#include <variant>

namespace jobd::cmd {
namespace {

// Longer than jobd may take for any answer, its longest wait included: past this it hangs.
constexpr Duration kPatience = limits::kWaitMax * 2;
// jobd's milliseconds and ours are rounded apart, and clocks are set: an answer so little too early is on time.
constexpr Duration kClockSlack{1000};

bool may_be_repeated(const Request& request) {
  if (const auto* submit = std::get_if<SubmitEmail>(&request)) return !submit->idempotency_key.empty();
  const bool changes = std::holds_alternative<SubmitEmails>(request) || std::holds_alternative<CancelJob>(request) ||
                       std::holds_alternative<RetryJob>(request);
  return !changes;
}

}  // namespace

Result<std::string> Session::call(const Request& request) {
  outcome_unknown_ = false;
  auto reply = call_once(request);
  const bool lost = !reply && outcome_unknown_ && reply.error().code == Code::unavailable;
  if (lost && may_be_repeated(request)) reply = call_once(request);
  if (!reply) return std::move(reply).error();
  outcome_unknown_ = !reply->result && reply->result.error().code == Code::unavailable;
  return std::move(reply->result);
}

Result<ReplyLine> Session::call_once(const Request& request) {
  if (!client_) {
    auto client = Client::connect(socket_path_, kPatience);
    if (!client) return std::move(client).error();
    client_ = std::move(*client);
  }
  auto reply = client_->call(request);
  if (reply) return reply;
  client_.reset();
  outcome_unknown_ = true;
  Error error = std::move(reply).error();
  if (error.code == Code::invalid_json) {
    error = {Code::internal, "jobd's answer cannot be understood: " + error.message};
  }
  return error;
}

Result<Awaited> await_settled(Session& session, const Clock& clock, JobId id, std::optional<Duration> limit) {
  const Time start = clock.now();
  for (Time asked = start;;) {
    const Duration left = limit ? std::max(Duration{}, *limit - (asked - start)) : Duration::max();
    const Duration wait = std::min<Duration>(left, limits::kWaitMax);
    auto json = session.call(GetJob{id, wait});
    auto job = understand(json, decode_job);
    if (!job) return std::move(job).error();
    const Time answered = clock.now();
    const bool settled = is_settled(job->status);
    const bool early = answered - asked + kClockSlack < wait;
    if (settled || early || left == wait) return Awaited{*std::move(json), *std::move(job), early && !settled};
    asked = answered;
  }
}

}  // namespace jobd::cmd
