#include "daemon/mail/staging.h"

#include <algorithm>

#include "daemon/mail/idn.h"
#include "daemon/mail/smtp/reply.h"

namespace jobd {
namespace {

// As it is where it has no domain that could be one.
std::string comparable(const std::string& address) {
  return comparable_address(address).value_or(address);
}

}  // namespace

bool Staging::is_allowed(const std::string& recipient) const {
  const std::string address = comparable(recipient);
  return std::ranges::any_of(rules_.allow_recipients, [&address](const std::string& rule) {
    const std::string allowed = comparable(rule);
    if (!allowed.starts_with('@')) return address == allowed;
    return std::string_view(address).substr(address.rfind('@')) == allowed;
  });
}

Staging::Places Staging::divert(Attempt& attempt) const {
  Places places;
  std::vector<std::string> given;
  const auto place_of = [&given](const std::string& address) {
    const auto found = std::ranges::find(given, comparable(address), &comparable);
    if (found == given.end()) return given.push_back(address), given.size() - 1;
    return static_cast<std::size_t>(found - given.begin());
  };
  for (std::string& recipient : attempt.recipients) {
    if (is_allowed(recipient)) {
      places.push_back({place_of(recipient), false});
    } else if (rules_.redirect_all_to.empty()) {
      places.push_back({std::nullopt, false});
    } else {
      places.push_back({place_of(rules_.redirect_all_to), true});
      attempt.redirected_from.push_back(std::move(recipient));
    }
  }
  // All get one message, and one of the recipients who is allowed must not read there who else was to get a blind copy.
  if (given.size() > 1) attempt.redirected_from.clear();
  attempt.recipients = std::move(given);
  return places;
}

void Staging::start(Attempt attempt) {
  Places places = divert(attempt);
  if (!attempt.recipients.empty()) {
    diverted_.insert_or_assign({attempt.ref.id, attempt.ref.part}, std::move(places));
    return processor_->start(std::move(attempt));
  }
  AttemptResult result;
  result.ref = attempt.ref;
  result.started_at = result.finished_at = clock_.now();
  result.relay_spoke = false;
  result.recipients.assign(places.size(), refused());
  sink_.finished(std::move(result));
}

void Staging::finished(AttemptResult result) {
  const auto found = diverted_.find({result.ref.id, result.ref.part});
  if (found != diverted_.end() && !result.trouble) {
    std::vector<RecipientResult> all;
    for (const Place& place : found->second) {
      if (!place.given) {
        all.push_back(refused());
      } else if (place.redirected) {
        all.push_back(redirected(result.recipients[*place.given]));
      } else {
        all.push_back(result.recipients[*place.given]);
      }
    }
    result.recipients = std::move(all);
  }
  if (found != diverted_.end()) diverted_.erase(found);
  sink_.finished(std::move(result));
}

RecipientResult Staging::refused() const {
  return {Verdict::permanent, 0, "", "not among mail.allow_recipients; nothing was sent"};
}

RecipientResult Staging::redirected(RecipientResult result) const {
  result.reply =
      smtp::cut_to_reply("redirected to " + rules_.redirect_all_to + " (mail.redirect_all_to): " + result.reply);
  return result;
}

}  // namespace jobd
