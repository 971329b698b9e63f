#include "daemon/core/parts.h"

#include <algorithm>
#include <utility>

namespace jobd::parts {
namespace {

// The state that tells the whole: the first of these that some part is in.
JobStatus status_together(const std::vector<Part>& parts) {
  for (const JobStatus status :
       {JobStatus::processing, JobStatus::pending, JobStatus::held, JobStatus::cancelled, JobStatus::failed}) {
    if (std::ranges::any_of(parts, [status](const Part& part) { return status_of(part.state) == status; }))
      return status;
  }
  return JobStatus::completed;
}

State state_together(const std::vector<Part>& parts, JobStatus status) {
  const auto time = [](const Part& part) { return time_of(part.state); };
  const auto same = [status](const Part& part) { return status_of(part.state) == status; };
  Time last = Time::min();
  Time first = Time::max();
  bool past_dot = false;
  for (const Part& part : parts) {
    last = std::max(last, time(part));
    if (!same(part)) continue;
    first = std::min(first, time(part));
    if (const auto* processing = std::get_if<Processing>(&part.state)) past_dot = past_dot || processing->past_dot;
  }
  switch (status) {
    case JobStatus::pending: return Pending{first};
    case JobStatus::processing: return Processing{first, past_dot};
    case JobStatus::completed: return Completed{last};
    case JobStatus::failed: return Failed{last};
    case JobStatus::held: return Held{last};
    case JobStatus::cancelled: break;
  }
  return Cancelled{last};
}

std::optional<JobError> error_together(const std::vector<Part>& parts, JobStatus status) {
  const bool at_rest = status == JobStatus::held || status == JobStatus::failed;
  const JobError* last = nullptr;
  for (const Part& part : parts) {
    if (!part.error || (at_rest && status_of(part.state) != status)) continue;
    if (last == nullptr || part.error->at > last->at) last = &*part.error;
  }
  return last == nullptr ? std::nullopt : std::optional(*last);
}

}  // namespace

Record take_out(Record& whole, std::uint32_t index) {
  const Part& part = whole.parts[index];
  Record alone;
  alone.id = whole.id;
  alone.created_at = whole.created_at;
  alone.on_uncertain = whole.on_uncertain;
  alone.lane = part.lane;
  alone.content_dropped = whole.content_dropped;
  alone.updated_at = whole.updated_at;
  alone.expires_at = whole.expires_at;
  alone.started_at = whole.started_at;
  alone.duration = whole.duration;
  alone.max_attempts = whole.max_attempts;
  alone.history = std::move(whole.history);
  alone.state = part.state;
  alone.attempts = part.attempts;
  alone.claims = part.claims;
  alone.crashes = part.crashes;
  alone.uncounted = part.uncounted;
  alone.uncounted_since = part.uncounted_since;
  alone.error = part.error;
  for (const std::uint32_t place : part.recipients) alone.recipients.push_back(whole.recipients[place]);
  return alone;
}

void put_back(Record& whole, std::uint32_t index, Record alone) {
  Part& part = whole.parts[index];
  part.state = alone.state;
  part.attempts = alone.attempts;
  part.claims = alone.claims;
  part.crashes = alone.crashes;
  part.uncounted = alone.uncounted;
  part.uncounted_since = alone.uncounted_since;
  part.error = std::move(alone.error);
  for (std::size_t i = 0; i < part.recipients.size(); ++i) {
    whole.recipients[part.recipients[i]] = std::move(alone.recipients[i]);
  }
  whole.updated_at = alone.updated_at;
  whole.expires_at = alone.expires_at;
  whole.started_at = alone.started_at;
  whole.duration = alone.duration;
  whole.history = std::move(alone.history);
  sum_up(whole);
}

void sum_up(Record& whole) {
  const JobStatus status = status_together(whole.parts);
  whole.state = state_together(whole.parts, status);
  whole.error = error_together(whole.parts, status);
  whole.lane = whole.parts.front().lane;
  whole.attempts = 0;
  whole.claims = 0;
  whole.crashes = 0;
  for (const Part& part : whole.parts) {
    whole.attempts = std::max(whole.attempts, part.attempts);
    whole.claims += part.claims;
    whole.crashes = std::max(whole.crashes, part.crashes);
  }
}

}  // namespace jobd::parts
