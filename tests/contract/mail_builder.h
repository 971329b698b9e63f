// a_mail().to("a@b").priority(9).due_in(1min): submits, as acceptance would make them.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/repository.h"
#include "tests/support/records.h"

namespace jobd::testing {

class MailBuilder {
 public:
  MailBuilder& to(std::vector<std::string> addresses) { return recipients_ = std::move(addresses), *this; }
  MailBuilder& priority(int value) { return priority_ = value, *this; }
  MailBuilder& lane(LaneId value) { return lane_ = value, *this; }
  // One part for each lane, a recipient each.
  MailBuilder& parts(std::vector<LaneId> lanes) { return parts_ = std::move(lanes), *this; }
  MailBuilder& due_in(Duration value) { return due_in_ = value, *this; }
  MailBuilder& living(Duration value) { return ttl_ = value, *this; }
  MailBuilder& tag(std::string value) { return tags_.push_back(std::move(value)), *this; }
  MailBuilder& hold() { return on_uncertain_ = OnUncertain::hold, *this; }
  MailBuilder& content(std::string value) { return content_ = std::move(value), *this; }
  // Mails with the same words have the same fingerprint.
  MailBuilder& key(std::string value, std::string words = "words") {
    return key_ = std::move(value), words_ = std::move(words), *this;
  }
  // As if jobd had died in it so often.
  MailBuilder& crashes(std::uint32_t value) { return crashes_ = value, *this; }
  MailBuilder& scope(std::string value) { return scope_ = std::move(value), *this; }

  Submit build(Time now) const {
    Submit submit{a_record(now, recipients_), std::make_shared<const std::string>(content_), 0};
    Record& record = submit.record;
    record.priority = priority_;
    record.lane = lane_;
    record.state = Pending{now + due_in_};
    record.expires_at = now + ttl_;
    record.tags = tags_;
    record.on_uncertain = on_uncertain_;
    record.content_bytes = content_.size();
    record.scope = scope_;
    record.crashes = crashes_;
    for (const LaneId lane : parts_) {
      const auto place = static_cast<std::uint32_t>(record.parts.size());
      record.recipients.resize(place);
      record.recipients.emplace_back().address = "user" + std::to_string(place) + "@example.com";
      Part& part = record.parts.emplace_back();
      part.lane = lane;
      part.recipients = {place};
      part.state = record.state;
      record.lane = record.parts.front().lane;
    }
    if (!key_.empty()) record.idempotency = digest("key", key_);
    record.fingerprint = digest("words", words_);
    return submit;
  }

 private:
  std::vector<std::string> recipients_ = {"user@example.com"};
  int priority_ = limits::kPriorityDefault;
  LaneId lane_ = kDefaultLane;
  std::vector<LaneId> parts_;
  Duration due_in_{};
  Duration ttl_ = std::chrono::hours(72);
  std::vector<std::string> tags_;
  std::uint32_t crashes_ = 0;
  OnUncertain on_uncertain_ = OnUncertain::retry;
  std::string content_ = "{\"subject\":\"Hello\"}";
  std::string key_;
  std::string words_ = "words";
  std::string scope_ = "uid:1000";
};

inline MailBuilder a_mail() {
  return {};
}

}  // namespace jobd::testing
