#include "daemon/core/attempt.h"

#include <array>

namespace jobd {

bool is_to_be_tried(const Recipient& recipient) {
  return recipient.status == RecipientStatus::pending || recipient.status == RecipientStatus::uncertain;
}

Attempt attempt_for(const Record& record, std::shared_ptr<const std::string> content) {
  Attempt attempt;
  attempt.ref = record.in_flight();
  attempt.number = record.attempts + 1;
  attempt.created_at = record.created_at;
  attempt.expires_at = record.expires_at;
  attempt.lane = record.lane;
  attempt.on_uncertain = record.on_uncertain;
  attempt.envelope_from = record.envelope_from;
  attempt.content = std::move(content);
  for (const Recipient& recipient : record.recipients) {
    if (is_to_be_tried(recipient)) attempt.recipients.push_back(recipient.address);
  }
  return attempt;
}

std::string_view name(Trouble trouble) {
  static constexpr std::array<std::string_view, 10> kNames{
      "resolve", "connect", "tls", "greeting", "auth", "closing", "stale", "pacing", "quota", "shutdown"};
  return kNames[static_cast<std::size_t>(trouble)];
}

}  // namespace jobd
