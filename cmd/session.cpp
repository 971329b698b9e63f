#include "cmd/session.h"

#include <algorithm>
#include <variant>

namespace jobd::cmd {
namespace {

// One rule a request type: a new one without it does not compile.
struct MayBeRepeated {
  bool operator()(const SubmitEmail& submit) const { return !submit.idempotency_key.empty(); }
  bool operator()(const SubmitEmails&) const { return false; }
  bool operator()(const CancelJob&) const { return false; }
  bool operator()(const RetryJob&) const { return false; }
  bool operator()(const CancelJobs&) const { return false; }
  bool operator()(const RetryJobs&) const { return false; }
  bool operator()(const DeleteJob&) const { return false; }
  bool operator()(const GetJob&) const { return true; }
  bool operator()(const ListJobs&) const { return true; }
  bool operator()(const Watch&) const { return true; }
  bool operator()(const Unwatch&) const { return true; }
  bool operator()(const GetStats&) const { return true; }
  bool operator()(const Pause&) const { return true; }
  bool operator()(const Resume&) const { return true; }
  bool operator()(const Ping&) const { return true; }
  bool operator()(const GetReady&) const { return true; }
  bool operator()(const ProbeRelay&) const { return true; }
};

}  // namespace

Result<std::string> Session::call(const Request& request) {
  return call_line(encode_request(request, ++calls_), std::visit(MayBeRepeated{}, request));
}

// One send: a socket takes it whole however little jobd reads meanwhile, so neither side waits for the other.
void Session::call_each(std::span<const Request> requests,
                        const std::function<void(const Result<std::string>&)>& take) {
  outcome_unknown_ = false;
  std::string lines;
  for (const Request& request : requests) {
    lines += (lines.empty() ? "" : "\n") + encode_request(request, ++calls_);
  }
  std::optional<Error> lost;
  Result<Done> sent = connect();
  if (!sent) lost = sent.error();
  if (!lost) sent = client_->send_line(lines);
  for (std::size_t answered = 0; answered < requests.size(); ++answered) {
    if (lost) {
      take(*lost);
    } else if (auto reply = receive(sent)) {
      take(reply->result);
    } else {
      take(*(lost = reply.error()));
    }
  }
}

Result<std::string> Session::submit(std::string_view email_json) {
  return call_line(
      R"({"id":)" + std::to_string(++calls_) + R"(,"op":"submit_email","params":)" + std::string(email_json) + '}',
      true);
}

Result<std::string> Session::call_line(std::string_view line, bool may_be_repeated) {
  outcome_unknown_ = false;
  auto reply = call_once(line);
  const bool lost = !reply && outcome_unknown_ && reply.error().code == Code::unavailable;
  if (lost && may_be_repeated && !hung_) reply = call_once(line);
  if (!reply) return std::move(reply).error();
  outcome_unknown_ = !reply->result && (lost || reply->result.error().code == Code::unavailable);
  return std::move(reply->result);
}

Result<ReplyLine> Session::call_once(std::string_view line) {
  if (Result<Done> connected = connect(); !connected) return std::move(connected).error();
  return receive(client_->send_line(line));
}

Result<Done> Session::connect() {
  if (client_) return Done{};
  auto client = Client::connect(socket_path_, patience_);
  if (!client) return std::move(client).error();
  client_ = std::move(*client);
  return Done{};
}

// Also when jobd answered before it had read all.
Result<ReplyLine> Session::receive(const Result<Done>& sent) {
  auto reply = client_->receive();
  if (reply) return reply;
  hung_ = client_->lost_patience();
  client_.reset();
  outcome_unknown_ = true;
  Error error = sent ? std::move(reply).error() : sent.error();
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
