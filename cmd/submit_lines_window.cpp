#include "cmd/submit_lines_window.h"

#include <algorithm>
#include <utility>

#include "cmd/exit_code.h"
#include "cmd/session.h"
#include "cmd/submit_lines_json.h"
#include "cmd/submit_lines_text.h"
#include "shared/codec.h"
#include "shared/names.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

constexpr Duration kFirstPause{50};
constexpr Duration kLongestPause{3000};

std::optional<JobStatus> status_of_job(std::string_view job) {
  return named<JobStatus>(plain_string(find_member(job, "status")));
}

// Only a job that was not simply delivered is worth a closer look.
int exit_code_of_ended(std::string_view job, JobStatus status) {
  if (status == JobStatus::completed) return kDone;
  const auto decoded = decode_job(job);
  return decoded ? exit_code_awaited(*decoded) : kSoftware;
}

// As a member that follows others.
std::string key_of(std::string_view request) {
  return ",\"idempotency_key\":" + std::string(find_member(email_of_request(request), "idempotency_key"));
}

}  // namespace

void LineWindow::add(const NumberedLine& line, Time now) {
  const std::uint64_t seq = first_seq_ + entries_.size();
  Entry& entry = entries_.emplace_back();
  entry.line = line.number;
  if (line.too_long) {
    const Error error{Code::too_large, "the line is too long"};
    return finish_with_error(entry, error_json(error), exit_code(error));
  }
  auto request = submit_request(line.text, seq, [&] { return keys_.next(now, bits_()).text(); });
  if (!request) return finish_with_error(entry, error_json(request.error()), exit_code(request.error()));
  set_text(entry, *std::move(request));
}

void LineWindow::set_text(Entry& entry, std::string text) {
  bytes_ = bytes_ - entry.text.size() + text.size();
  entry.text = std::move(text);
}

bool LineWindow::has_requests() const {
  for (std::uint64_t seq = std::max(next_seq_, first_seq_); is_under_way(seq); ++seq) {
    const Stage stage = entries_[static_cast<std::size_t>(seq - first_seq_)].stage;
    if (stage == Stage::to_await) return true;
    if (stage == Stage::to_submit) return submitting_.size() < allowed_;
  }
  return false;
}

std::optional<std::uint64_t> LineWindow::next_to_send() {
  for (next_seq_ = std::max(next_seq_, first_seq_); is_under_way(next_seq_); ++next_seq_) {
    const Stage stage = entry(next_seq_).stage;
    if (stage == Stage::to_submit && submitting_.size() >= allowed_) return std::nullopt;
    if (stage == Stage::to_submit || stage == Stage::to_await) return next_seq_;
  }
  return std::nullopt;
}

void LineWindow::write_requests(std::string& out, std::size_t bytes, Time now) {
  if (now < resume_at_) return;
  while (out.size() < bytes) {
    const auto seq = next_to_send();
    if (!seq) return;
    Entry& next = entry(*seq);
    if (next.stage == Stage::to_await) {
      out += await_request(next, *seq, now);
      next.stage = Stage::awaiting;
      ++awaiting_;
    } else {
      out += next.text;
      next.stage = Stage::submitting;
      submitting_.push_back(*seq);
    }
  }
}

std::string LineWindow::await_request(Entry& entry, std::uint64_t seq, Time now) const {
  const Duration left = entry.wait_until ? std::max(Duration{}, *entry.wait_until - now) : Duration::max();
  entry.asked = now;
  entry.asked_wait = std::min<Duration>(left, limits::kWaitMax);
  return encode_request(GetJob{entry.id, entry.asked_wait}, static_cast<std::int64_t>(seq)) + '\n';
}

Result<Done> LineWindow::hear(std::string_view line, Time now) {
  const auto reply = read_reply(line);
  if (!reply) return Error{Code::internal, "jobd's answer cannot be understood; is another program listening there?"};
  if (!reply->id && submitting_.empty() && !reply->error.empty()) return Done{};  // of the connection as a whole
  const bool next_submit = !submitting_.empty() && (!reply->id || *reply->id == submitting_.front());
  if (next_submit) {
    const std::uint64_t seq = submitting_.front();
    submitting_.pop_front();
    if (reply->error.empty()) {
      hear_submitted(seq, reply->result, now);
    } else {
      hear_error(seq, line, now);
    }
    return Done{};
  }
  if (!reply->id || !is_under_way(*reply->id) || entry(*reply->id).stage != Stage::awaiting) {
    return Error{Code::internal, "jobd answered what was not asked; is another program listening there?"};
  }
  --awaiting_;
  if (reply->error.empty()) {
    hear_awaited(*reply->id, reply->result, now);
  } else {
    hear_error(*reply->id, line, now);
  }
  return Done{};
}

void LineWindow::hear_submitted(std::uint64_t seq, std::string_view job, Time now) {
  Entry& accepted = entry(seq);
  allowed_ = std::min(allowed_ + 1, kLines);
  pause_ = {};
  refusal_.reset();
  if (!wait_) return finish_with_job(accepted, job, kDone);
  const auto status = status_of_job(job);
  const auto id = JobId::parse(plain_string(find_member(job, "id")));
  if (!status || !id) return finish_with_job(accepted, job, kUnfinished);
  if (is_settled(*status)) return finish_with_job(accepted, job, exit_code_of_ended(job, *status));
  accepted.id = *id;
  if (wait_->limit) accepted.wait_until = now + *wait_->limit;
  set_text(accepted, std::string(job));
  again(seq, Stage::to_await);
}

void LineWindow::hear_awaited(std::uint64_t seq, std::string_view job, Time now) {
  Entry& awaited = entry(seq);
  const JobStatus status = status_of_job(job).value_or(JobStatus::pending);
  if (is_settled(status)) return finish_with_job(awaited, job, exit_code_of_ended(job, status));
  const bool early = now - awaited.asked + kClockSlack < awaited.asked_wait;
  const bool over = awaited.wait_until && now + kClockSlack >= *awaited.wait_until;
  if (over && !early) return finish_with_job(awaited, job, kUnfinished);
  set_text(awaited, std::string(job));
  if (early) {
    hold({Code::draining, "jobd is stopping"}, now);
  } else {
    refusal_.reset();
  }
  again(seq, Stage::to_await);
}

void LineWindow::hear_error(std::uint64_t seq, std::string_view reply, Time now) {
  Entry& refused = entry(seq);
  const Error error = error_of_reply(reply);
  const bool was_submit = refused.stage == Stage::submitting;
  if (was_submit && error.code == Code::unavailable) refused.in_doubt = true;
  if (row(error.code).retryable) {
    hold(error, now);
    return again(seq, was_submit ? Stage::to_submit : Stage::to_await);
  }
  if (was_submit && error.code == Code::invalid_json) {  // said of the whole request: of the line it is clearer
    const Error clearer = explain_bad_json(email_of_request(refused.text), error);
    return finish_with_error(refused, error_json(clearer), exit_code(clearer));
  }
  finish_with_error(refused, find_member(reply, "error"), exit_code(error),
                    refused.in_doubt ? key_of(refused.text) : "");
}

// The first refusal after a pause makes the next one longer; the others of its time change nothing.
void LineWindow::hold(const Error& error, Time now) {
  allowed_ = 1;
  if (!refusal_) refusal_ = Refusal{now, {}};
  refusal_->message = error.message;
  if (now < resume_at_) return;
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  resume_at_ = now + error.retry_after.value_or(pause_);
}

void LineWindow::again(std::uint64_t seq, Stage stage) {
  entry(seq).stage = stage;
  next_seq_ = std::min(next_seq_, seq);
}

void LineWindow::lose_connection() {
  for (Entry& each : entries_) {
    if (each.stage == Stage::submitting) {
      each.stage = Stage::to_submit;
      each.in_doubt = true;
    }
    if (each.stage == Stage::awaiting) each.stage = Stage::to_await;
  }
  submitting_.clear();
  awaiting_ = 0;
  next_seq_ = first_seq_;
}

void LineWindow::take_results(std::string& out) {
  while (!entries_.empty() && entries_.front().stage == Stage::done) {
    out += entries_.front().text;
    bytes_ -= entries_.front().text.size();
    entries_.pop_front();
    ++first_seq_;
    ++tally_.done;
  }
}

void LineWindow::give_up(const Error& why) {
  for (Entry& each : entries_) {
    if (each.stage == Stage::done) continue;
    if (each.stage == Stage::to_await || each.stage == Stage::awaiting) {
      finish_with_job(each, std::string(each.text), kUnfinished);
      continue;
    }
    Error error = why;
    std::string more;
    if (each.in_doubt || each.stage == Stage::submitting) {
      error.message += "; it is unknown whether jobd has the email: repeat it with this idempotency_key";
      more = key_of(each.text);
    }
    finish_with_error(each, error_json(error), exit_code(error), more);
  }
  submitting_.clear();
  awaiting_ = 0;
}

void LineWindow::finish_with_job(Entry& entry, std::string_view job, int exit_code) {
  set_text(entry, "{\"line\":" + std::to_string(entry.line) + ",\"job\":" + printable_json(job) + "}\n");
  entry.stage = Stage::done;
  tally_.exit_code = worse(tally_.exit_code, exit_code);
}

void LineWindow::finish_with_error(Entry& entry, std::string_view error_json, int exit_code, std::string_view more) {
  if (tally_.refused++ == 0 || entry.line < tally_.first_refused_line) tally_.first_refused_line = entry.line;
  set_text(entry, "{\"line\":" + std::to_string(entry.line) + ",\"error\":" + printable_json(error_json) +
                      printable_json(more) + "}\n");
  entry.stage = Stage::done;
  tally_.exit_code = worse(tally_.exit_code, exit_code);
}

}  // namespace jobd::cmd
