#include "daemon/core/acceptance.h"

#include <algorithm>
#include <unordered_set>

#include "shared/address.h"
#include "shared/codec.h"

namespace jobd {
namespace {

std::string told(const Mailbox& mailbox) {
  return mailbox.name.empty() ? mailbox.address : mailbox.name + " <" + mailbox.address + ">";
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Each address once, compared without case, in the order to, cc, bcc.
std::vector<Recipient> recipients_of(const Email& email) {
  std::vector<Recipient> out;
  std::unordered_set<std::string> known;
  for (const auto* mailboxes : {&email.to, &email.cc, &email.bcc}) {
    for (const Mailbox& mailbox : *mailboxes) {
      if (!known.insert(lower(mailbox.address)).second) continue;
      Recipient recipient;
      recipient.address = mailbox.address;
      out.push_back(std::move(recipient));
    }
  }
  return out;
}

// A time to live counts from the first moment the job could run.
std::optional<Error> set_times(Record& record, const SubmitEmail& submit, const RetryPolicy& policy, Time now) {
  Time due = now;
  if (submit.delay) due = now + *submit.delay;
  if (submit.scheduled_at) due = std::max(now, *submit.scheduled_at);
  if (due > now + limits::kHorizon) {
    return Error{Code::invalid_field, "scheduled_at is more than a year away", "scheduled_at"};
  }
  record.state = Pending{due};
  record.expires_at = submit.expires_at.value_or(due + submit.ttl.value_or(policy.ttl));
  if (record.expires_at <= due) {
    return Error{Code::invalid_field, "expires_at is not after the time of the first attempt", "expires_at"};
  }
  if (record.expires_at > due + limits::kHorizon) {
    return Error{Code::invalid_field, "expires_at is more than a year after the first attempt", "expires_at"};
  }
  return std::nullopt;
}

void set_idempotency(Record& record, const SubmitEmail& submit, const EncodedEmail& encoded) {
  record.fingerprint = encoded.fingerprint;
  if (submit.idempotency_key.empty()) return;
  const auto ordered = JobId::parse(submit.idempotency_key);
  record.idempotency = ordered ? ordered->uuid() : digest("idempotency_key", submit.idempotency_key);
}

}  // namespace

Result<EncodedEmail> encode(SubmitEmail& submit, const AcceptanceRules& rules) {
  std::string content = encode_email(submit.email);
  const boost::uuids::uuid fingerprint = digest("submit_email", content + encode_submit_options(submit));
  if (!submit.email.from) {
    if (!rules.default_from && rules.sends_mail) {
      return Error{Code::missing_field, "from is missing, and the configuration has no mail.from", "from"};
    }
    submit.email.from = rules.default_from.value_or(Mailbox{"", "jobd@" + rules.host});
    content = encode_email(submit.email);
  }
  return EncodedEmail{std::move(content), fingerprint};
}

Result<AcceptedEmail> accept(SubmitEmail submit, const AcceptanceRules& rules, const std::string& scope, JobId id,
                             Time now) {
  Record record;
  record.id = id;
  record.created_at = record.updated_at = now;
  record.scope = scope;
  std::optional<Error> refusal = set_times(record, submit, rules.retry, now);
  Result<EncodedEmail> encoded =
      submit.encoded ? Result<EncodedEmail>(*std::move(submit.encoded)) : encode(submit, rules);
  if (!encoded) return std::move(encoded).error();
  set_idempotency(record, submit, *encoded);
  record.from = told(*submit.email.from);
  record.envelope_from = submit.envelope_from.value_or(submit.email.from->address);
  record.recipients = recipients_of(submit.email);
  record.subject = std::move(submit.email.subject);
  record.tags = std::move(submit.tags);
  record.metadata = std::move(submit.metadata);
  record.traceparent = std::move(submit.traceparent);
  record.priority = submit.priority.value_or(limits::kPriorityDefault);
  record.on_uncertain = submit.on_uncertain.value_or(OnUncertain::retry);
  record.max_attempts = submit.max_attempts.value_or(rules.retry.max_attempts);
  record.content_bytes = encoded->content.size();
  return AcceptedEmail{std::move(record), std::move(encoded->content), std::move(refusal)};
}

}  // namespace jobd
