#include "daemon/core/acceptance.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "daemon/core/kept_email.h"
#include "shared/address.h"
#include "shared/codec.h"
#include "shared/unicode.h"

namespace jobd {
namespace {

std::string told(const Mailbox& mailbox) {
  return mailbox.name.empty() ? mailbox.address : mailbox.name + " <" + mailbox.address + ">";
}

// Each address once, compared without case, in the order to, cc, bcc.
std::vector<Recipient> recipients_of(const Email& email) {
  std::vector<Recipient> out;
  std::unordered_set<std::string> known;
  for (const auto* mailboxes : {&email.to, &email.cc, &email.bcc}) {
    for (const Mailbox& mailbox : *mailboxes) {
      if (!known.insert(lower_case(mailbox.address)).second) continue;
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

// Of the canonical JSON, however emails are kept: a key may be older than the way. Without one nothing is compared.
boost::uuids::uuid fingerprint_of(const SubmitEmail& submit) {
  if (submit.idempotency_key.empty()) return {};
  return digest("submit_email", encode_email(submit.email) + encode_submit_options(submit));
}

// What a submitter's own words must not be, a template's must not either.
std::optional<Error> problem_with(const RenderedMail& mail) {
  const auto problem = [](const char* what, const std::string& why) {
    return Error{Code::invalid_field, std::string("the template's ") + what + " " + why, what};
  };
  if (mail.subject && has_control(*mail.subject))
    return problem("subject", "contains a control character, such as a line end");
  if (mail.subject && mail.subject->size() > limits::kHeaderBytes)
    return problem("subject", "is longer than " + std::to_string(limits::kHeaderBytes) + " bytes");
  if (mail.text && mail.text->find('\0') != std::string::npos) return problem("text", "contains a NUL character");
  if (mail.html && mail.html->find('\0') != std::string::npos) return problem("html", "contains a NUL character");
  return std::nullopt;
}

// The template's words become the email's, under the rules of those.
std::optional<Error> render_into(Email& email, const TemplateCall& call, const AcceptanceRules& rules) {
  if (rules.templates == nullptr) {
    return Error{Code::invalid_field, "template cannot be used: jobd is given no folder of templates (mail.templates)",
                 "template"};
  }
  std::size_t room = rules.content_bytes;
  for (const Attachment& each : email.attachments) room -= std::min(room, each.content.size());
  Result<RenderedMail> mail = rules.templates->render(call, email.subject.empty(), room);
  if (!mail) return std::move(mail).error();
  if (std::optional<Error> problem = problem_with(*mail)) return problem;
  if (mail->subject) email.subject = *std::move(mail->subject);
  email.text = std::move(mail->text);
  email.html = std::move(mail->html);
  return std::nullopt;
}

std::optional<Error> impossible_domain(std::string_view address, std::string field, DomainInAscii in_ascii) {
  const std::string_view domain = address.substr(std::min(address.rfind('@') + 1, address.size()));
  const bool is_ascii = std::ranges::all_of(domain, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (is_ascii || in_ascii(domain)) return std::nullopt;
  return Error{Code::invalid_field, field + " has a domain that can be no name (IDNA 2008): " + std::string(domain),
               std::move(field)};
}

// The first one among the submit's addresses. It would fail at every attempt, and take others down with it.
std::optional<Error> impossible_domain(const SubmitEmail& submit, DomainInAscii in_ascii) {
  if (in_ascii == nullptr) return std::nullopt;
  const Email& email = submit.email;
  std::optional<Error> found;
  if (email.from) found = impossible_domain(email.from->address, "from", in_ascii);
  if (!found) found = impossible_domain(submit.envelope_from.value_or(""), "envelope_from", in_ascii);
  const auto look = [&](const std::string& name, const std::vector<Mailbox>& mailboxes) {
    for (std::size_t i = 0; i < mailboxes.size() && !found; ++i) {
      const std::string path = mailboxes.size() == 1 ? name : name + "[" + std::to_string(i) + "]";
      found = impossible_domain(mailboxes[i].address, path, in_ascii);
    }
  };
  look("to", email.to);
  look("cc", email.cc);
  look("bcc", email.bcc);
  look("reply_to", email.reply_to);
  return found;
}

}  // namespace

void divide(Record& record, const Router& router) {
  std::vector<Part> parts;
  std::unordered_map<LaneId, std::size_t> filling;  // the place of the part of a lane that still has room
  for (std::uint32_t place = 0; place < record.recipients.size(); ++place) {
    const LaneId lane = router.lane_of(record.envelope_from, record.recipients[place].address);
    const auto [part, is_new] = filling.try_emplace(lane, parts.size());
    const bool full = !is_new && parts[part->second].recipients.size() >= router.recipients_max(lane);
    if (full) part->second = parts.size();
    if (is_new || full) {
      parts.emplace_back();
      parts.back().lane = lane;
      parts.back().state = record.state;
    }
    parts[part->second].recipients.push_back(place);
  }
  record.lane = parts.front().lane;
  if (parts.size() > 1) record.parts = std::move(parts);
}

Result<EncodedEmail> encode(SubmitEmail& submit, const AcceptanceRules& rules) {
  const boost::uuids::uuid fingerprint = fingerprint_of(submit);
  if (!submit.email.from) {
    if (!rules.default_from && rules.sends_mail) {
      return Error{Code::missing_field, "from is missing, and the configuration has no mail.from", "from"};
    }
    submit.email.from = rules.default_from.value_or(Mailbox{"", "jobd@" + rules.host});
  }
  std::optional<Error> refusal = impossible_domain(submit, rules.in_ascii);
  if (submit.from_template && !refusal) refusal = render_into(submit.email, *submit.from_template, rules);
  return EncodedEmail{pack_email(submit.email), fingerprint, std::move(refusal)};
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
  if (!refusal) refusal = std::move(encoded->refusal);
  set_idempotency(record, submit, *encoded);
  record.from = told(*submit.email.from);
  record.envelope_from = submit.envelope_from.value_or(submit.email.from->address);
  record.recipients = recipients_of(submit.email);
  record.subject = std::move(submit.email.subject);
  record.tags = std::move(submit.tags);
  record.metadata = std::move(submit.metadata);
  record.traceparent = std::move(submit.traceparent);
  record.dsn = submit.dsn;
  record.priority = submit.priority.value_or(limits::kPriorityDefault);
  record.on_uncertain = submit.on_uncertain.value_or(OnUncertain::retry);
  record.max_attempts = submit.max_attempts.value_or(rules.retry.max_attempts);
  record.content_bytes = encoded->content.size();
  if (rules.router != nullptr) divide(record, *rules.router);
  return AcceptedEmail{std::move(record), std::move(encoded->content), std::move(refusal)};
}

}  // namespace jobd
