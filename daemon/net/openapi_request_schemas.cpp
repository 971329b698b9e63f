#include "daemon/core/retry_policy.h"
#include "daemon/net/openapi_parts.h"
#include "daemon/net/openapi_schema.h"
#include "shared/clock.h"
#include "shared/limits.h"

namespace jobd::openapi {
namespace {

std::string horizon() {
  return format_duration(limits::kHorizon);
}

OrderedJson addresses(std::string_view description, std::size_t max = 0) {
  return either(description, {ref("Address"), list("", ref("Address"), max)});
}

OrderedJson address() {
  return either(
      "`user@example.com`, `Name <user@example.com>`, or the two apart.",
      {like(text("An address, with or without a name.", {.min = 3}), "Ann Lee <ann@example.com>"), ref("Mailbox")});
}

OrderedJson mailbox() {
  return request(
      "An address and the name that goes with it.",
      {{"email", like(text("The bare address.", {.min = 3, .max = limits::kAddressBytes}), "ann@example.com")}},
      {{"name", text("Without line ends.", {.max = limits::kHeaderBytes})}});
}

OrderedJson attachment() {
  OrderedJson content =
      like(text("The bytes in base64 (RFC 4648 section 4, with padding); white space in it is skipped."), "SGVsbG8=");
  content["contentEncoding"] = "base64";
  return request(
      "A file that goes with an email.",
      {{"filename", text("Its name, without a path.", {.min = 1, .max = limits::kFilenameBytes})},
       {"content", std::move(content)}},
      {{"content_type", like(text("Its media type, `application/octet-stream` by default; no multipart type.",
                                  {.max = limits::kContentTypeBytes}),
                             "image/png")},
       {"content_id", text("Makes it part of the HTML text, which names it as `cid:...`; without `<`, `>` and spaces.",
                           {.max = limits::kContentIdBytes})}});
}

OrderedJson headers() {
  return map(
      "Further header fields. Those that have a field here or belong to the transport are refused: From, To, Cc, Bcc, "
      "Subject, Reply-To, Date, Message-ID, MIME-Version, Content-*, Received, Return-Path, DKIM-Signature, ARC-*, "
      "Resent-*.",
      text("", {.max = limits::kHeaderValueBytes}), limits::kHeaders);
}

// The email itself, as submit_email takes it and as the content of a job gives it back.
Properties message_properties() {
  OrderedJson base64 =
      like(text("A whole message (RFC 5322) in base64, header first, instead of `subject`, `body`, `html`, "
                "`headers`, `attachments`, `cc` and `reply_to`. Recipients are `to` and `bcc`, or, without "
                "them, those of its To, Cc and Bcc."),
           "VG86IGFubkBleGFtcGxlLmNvbQoKSGVsbG8K");
  base64["contentEncoding"] = "base64";
  return {
      {"to", addresses("To whom it goes. All recipients together: " + std::to_string(limits::kRecipients) +
                       " at most unless configured otherwise; one that is named twice gets one copy.")},
      {"cc", addresses("Further recipients that the email names.")},
      {"bcc", addresses("Further recipients that the email does not name.")},
      {"from", ref("Address", "The author. Without it `mail.from` of the configuration is.")},
      {"reply_to", addresses("Where answers go.", limits::kReplyToAddresses)},
      {"subject", text("One line.", {.max = limits::kHeaderBytes})},
      {"body", text("The plain text.")},
      {"html", text("The text as HTML; beside a plain text it is the alternative to it.")},
      {"headers", headers()},
      {"attachments", list("Files that go with it.", ref("Attachment"), limits::kAttachments)},
      {"raw_base64", std::move(base64)},
  };
}

Properties schedule_properties() {
  static const RetryPolicy kRetry;
  return {
      {"scheduled_at", time("When the first attempt is made: at most " + horizon() + " ahead; a past time means now.")},
      {"delay",
       duration("How long from now the first attempt is made, instead of `scheduled_at`; " + horizon() + " at most.")},
      {"ttl", duration("How long the job may take from the time it is due first: 1s to " + horizon() + ", " +
                       format_duration(kRetry.ttl) + " unless configured otherwise.")},
      {"expires_at", time("When the job ends in failure at the latest, instead of `ttl`.")},
      {"priority", integer(std::to_string(limits::kPriorityMax) + " goes first; " +
                               std::to_string(limits::kPriorityDefault) + " by default.",
                           0, limits::kPriorityMax)},
      {"max_attempts", integer("Attempts that count until the job fails; " + std::to_string(kRetry.max_attempts) +
                                   " unless configured otherwise.",
                               1, limits::kMaxAttempts)},
      {"on_uncertain",
       one_of<OnUncertain>(
           "What happens when the server's reply to the whole email is lost: `retry` (the default) sends "
           "it again, so it may arrive twice; `hold` leaves the job for a person to decide.")},
  };
}

OrderedJson template_name() {
  OrderedJson name =
      like(text("A template of `mail.templates`, which gives the text, and the subject where none is given, "
                "instead of `body`, `html` and `raw`.",
                {.min = 1, .max = limits::kTemplateNameBytes}),
           "welcome");
  name["pattern"] = "^[a-z0-9_-]+$";
  return name;
}

OrderedJson variables() {
  OrderedJson object = map("What the template shows: texts, numbers, booleans, lists and objects; " +
                               std::to_string(limits::kVariablesBytes >> 10) + " KiB at most.",
                           OrderedJson::object(), 0);
  object["examples"] = OrderedJson::array({OrderedJson{{"name", "Ann"}}});
  return object;
}

// RFC 3461.
OrderedJson dsn() {
  static constexpr std::array<std::string_view, 4> kNotify{"failure", "delay", "success", "never"};
  static constexpr std::array<std::string_view, 2> kReturn{"headers", "full"};
  return request("Delivery status notifications: mails that the relays send to the author.",
                 {{"notify", list("Of what; `never` stands alone.", one_of_names("", kNotify), kNotify.size())}},
                 {{"return", one_of_names("How much of the message they carry.", kReturn)}});
}

Properties submit_properties() {
  return {
      {"tags", list("Words to find the job by.", text("", {.min = 1, .max = limits::kTagBytes}), limits::kTags)},
      {"metadata",
       map("Kept with the job and told with it. Keys of 1 to " + std::to_string(limits::kMetadataKeyBytes) + " bytes.",
           text("", {.max = limits::kMetadataValueBytes}), limits::kMetadataKeys)},
      {"idempotency_key", text("Repeating a submit with the same key makes no second job.",
                               {.min = 1, .max = limits::kIdempotencyKeyBytes})},
      {"envelope_from",
       like(text("The bare address that failures of delivery are reported to, that of `from` by default; "
                 "empty for the null sender.",
                 {.max = limits::kAddressBytes}),
            "bounces@example.com")},
      {"traceparent", trace_context("A W3C trace context, kept with the job.")},
      {"template", template_name()},
      {"variables", variables()},
      {"dsn", ref("Dsn", "Which notifications the relays are asked for; none by default, then their custom holds.")},
  };
}

Properties joined(Properties first, Properties second) {
  for (Property& property : second) first.push_back(std::move(property));
  return first;
}

OrderedJson email() {
  Properties all = joined(joined(message_properties(), schedule_properties()), submit_properties());
  all.push_back({"text", text("The same as `body`; both together are refused.")});
  all.push_back(
      {"raw", like(text("As `raw_base64`, for a message that is UTF-8."), "To: ann@example.com\r\n\r\nHello\r\n")});
  OrderedJson out = request(
      "An email to send. A recipient is all that must be given, in `to`, `cc`, `bcc` or a raw message. "
      "Texts and attachments together have " +
          std::to_string(limits::kContentBytes >> 20) + " MiB at most, decoded, unless configured otherwise.",
      {}, std::move(all));
  out["minProperties"] = 1;
  return out;
}

OrderedJson content() {
  return reply("The email of a job as it was submitted, in the fields of `Email`.", {}, message_properties());
}

OrderedJson new_ttl() {
  return duration("A new time to live from now, 1s to " + horizon() + "; an expired job needs one.");
}

OrderedJson filter(std::string_view description, Properties more) {
  Properties all = filter_properties();
  all.push_back({"limit", integer("So many of them, the newest; all by default.", 1, limits::kJsonIntegerMax)});
  OrderedJson out = request(description, {}, joined(std::move(all), std::move(more)));
  out["minProperties"] = 1;
  return out;
}

}  // namespace

Properties filter_properties() {
  return {
      {"status", one_of<JobStatus>("Jobs of this status.")},
      {"tag", text("Jobs with this tag.", {.max = limits::kTagBytes})},
      {"recipient", text("Jobs to this address, compared without case.", {.max = limits::kAddressBytes})},
      {"since", time("Jobs created at this time or later.")},
      {"until", time("Jobs created before this time.")},
  };
}

void add_request_schemas(OrderedJson& schemas) {
  schemas["Email"] = email();
  schemas["Emails"] =
      request("Many emails, stored in one transaction. A bad one fails alone.",
              {{"emails", list("With " + std::to_string(limits::kBatchRecipients) + " recipients together at most.",
                               ref("Email"), limits::kBatchItems)}},
              {});
  schemas["Address"] = address();
  schemas["Mailbox"] = mailbox();
  schemas["Attachment"] = attachment();
  schemas["Dsn"] = dsn();
  schemas["Content"] = content();
  schemas["CancelFilter"] = filter("Which jobs to cancel. At least one beside `limit` must be given.", {});
  schemas["RetryFilter"] =
      filter("Which jobs to retry. At least one beside `limit` and `ttl` must be given.", {{"ttl", new_ttl()}});
  schemas["ProbeOptions"] = request(
      "Which relay to probe, and how far.", {},
      {{"relay", like(text("Its name; the first by default.", {.max = limits::kRelayNameBytes}), "ses")},
       {"to", like(text("An address to ask for; without it nothing is asked.", {.max = limits::kAddressBytes}),
                   "user@example.com")},
       {"timeout",
        like(duration("Of the whole probe, 1s to " + format_duration(limits::kProbeTime) + "; that much by default."),
             "30s")}});
  schemas["RetryOptions"] = request("How to retry.", {}, {{"ttl", new_ttl()}});
}

}  // namespace jobd::openapi
