#include "daemon/core/attempt.h"

#include <algorithm>
#include <array>

namespace jobd {

bool is_to_be_tried(const Recipient& recipient) {
  return recipient.status == RecipientStatus::pending || recipient.status == RecipientStatus::uncertain;
}

std::size_t count_to_try(const Record& record, std::uint32_t part) {
  if (record.parts.empty()) return static_cast<std::size_t>(std::ranges::count_if(record.recipients, is_to_be_tried));
  return static_cast<std::size_t>(std::ranges::count_if(record.parts[part].recipients, [&record](std::uint32_t place) {
    return is_to_be_tried(record.recipients[place]);
  }));
}

Attempt attempt_for(const Record& record, std::uint32_t part, std::shared_ptr<const std::string> content) {
  Attempt attempt;
  attempt.ref = record.in_flight(part);
  attempt.number = (record.parts.empty() ? record.attempts : record.parts[part].attempts) + 1;
  attempt.created_at = record.created_at;
  attempt.expires_at = record.expires_at;
  attempt.lane = record.lane_of(part);
  attempt.dsn = record.dsn;
  attempt.on_uncertain = record.on_uncertain;
  attempt.envelope_from = record.envelope_from;
  attempt.content = std::move(content);
  const auto add = [&attempt](const Recipient& recipient) {
    if (is_to_be_tried(recipient)) attempt.recipients.push_back(recipient.address);
  };
  if (record.parts.empty()) {
    std::ranges::for_each(record.recipients, add);
  } else {
    for (const std::uint32_t place : record.parts[part].recipients) add(record.recipients[place]);
  }
  return attempt;
}

bool others_go_next(const std::vector<RecipientResult>& results) {
  const auto is_delivered = [](const RecipientResult& each) { return each.verdict == Verdict::delivered; };
  return std::ranges::any_of(results, is_delivered) && std::ranges::any_of(results, &RecipientResult::goes_next);
}

std::string_view name(Trouble trouble) {
  static constexpr std::array<std::string_view, 10> kNames{"resolve", "connect", "tls",    "greeting", "auth",
                                                           "closing", "stale",   "pacing", "quota",    "shutdown"};
  return kNames[static_cast<std::size_t>(trouble)];
}

}  // namespace jobd
