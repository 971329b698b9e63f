#include "daemon/net/openapi_parts.h"
#include "daemon/net/openapi_schema.h"
#include "shared/limits.h"

namespace jobd::openapi {
namespace {

OrderedJson smtp_code() {
  return nullable(integer("The server's reply code; null where no reply stands behind it.", 200, 599));
}
OrderedJson enhanced_code() {
  return nullable(text("Its enhanced code (RFC 3463), like `5.1.1`."));
}

OrderedJson job_error() {
  return reply(
      "What went wrong last.",
      {{"code", one_of<Failure>("Another attempt follows `temporary`, `relay_trouble` and `interrupted`. A failed "
                                "job has one of the others; `in_doubt` a held one too.")},
       {"message", text("A sentence for a person.")},
       {"at", time("When.")},
       {"smtp_code", smtp_code()},
       {"enhanced_code", enhanced_code()}});
}

OrderedJson recipient() {
  return reply("What became of one recipient.",
               {{"address", text("The bare address.")},
                {"status", one_of<RecipientStatus>("`delivered` means accepted by the relay.")},
                {"smtp_code", smtp_code()},
                {"enhanced_code", enhanced_code()},
                {"reply", nullable(text("The server's last words about it.", {.max = limits::kReplyBytes}))},
                {"delivered_at", nullable(time("When the server accepted it."))}});
}

OrderedJson history_entry() {
  return reply("One attempt.", {{"attempt", count("Its number; one that did not count shares it with the next.")},
                                {"started_at", time("When it began.")},
                                {"finished_at", time("When it ended.")},
                                {"duration_ms", count("How long it took.")},
                                {"outcome", one_of<AttemptOutcome>("What it came to.")},
                                {"relay", text("Where it went.")},
                                {"error", nullable(text("A sentence, null when all went well."))}});
}

OrderedJson job() {
  const std::string ends = std::to_string(limits::kHistoryEnds);
  return reply(
      "An email on its way, or at its end.",
      {{"id", uuid("UUID version 7, made when the job was taken.")},
       {"kind", text("`email`.")},
       {"status",
        one_of<JobStatus>("`completed`: the relay accepted it for every recipient. `held`: a person must decide.")},
       {"attempts", count("Those that counted since the submit or the last retry.")},
       {"max_attempts", count("As submitted, or by default.")},
       {"priority", integer("As submitted, or by default.", 0, limits::kPriorityMax)},
       {"created_at", time("When it was taken.")},
       {"updated_at", time("When it last changed.")},
       {"started_at", nullable(time("When its first attempt began."))},
       {"finished_at", nullable(time("When it was completed, failed or cancelled."))},
       {"next_attempt_at",
        nullable(time("Of a pending job: when it is due. Past while something else keeps it waiting."))},
       {"expires_at", time("The end of its time to live.")},
       {"duration_ms", count("Time spent in attempts.")},
       {"from", text("The author: an address, with the name where it has one.")},
       {"subject", text("Of the email.")},
       {"tags", list("Of the submit.", text(""))},
       {"metadata", map("Of the submit.", text(""), 0)},
       {"submitted_by", text("Who: `uid:1000` of the Unix socket's callers, `http` of others.")},
       {"waiting_for", nullable(one_of<WaitingFor>("Why a pending job does not run."))},
       {"error", nullable(ref("JobError", "Null, or what went wrong last."))},
       {"recipients", list("In the order to, cc, bcc.", ref("Recipient"))},
       {"history", list("Attempts: the first " + ends + " and the last " + ends + ".", ref("HistoryEntry"))}},
      {{"content", ref("Content", "Only where it was asked for.")}});
}

std::vector<std::string_view> code_names() {
  std::vector<std::string_view> names;
  for (const CodeRow& row : all_codes()) names.push_back(row.name);
  return names;
}

// The keys that an error has through either door.
Properties error_properties() {
  return {{"code", one_of_names("What kind of error it is, for programs.", code_names())},
          {"retryable", boolean("Whether the same request may simply be repeated later.")}};
}
Properties sometimes_in_errors() {
  return {{"field", text("The parameter it is about: `to[1]`, `attachments[0].content`, `emails[3].subject`.")},
          {"retry_after_ms", count("When to repeat it, where that helps.")}};
}

OrderedJson problem() {
  Properties always{{"type", text("Always `about:blank`: `code` says more.")},
                    {"title", text("The status in words.")},
                    {"status", integer("The HTTP status.", 400, 599)},
                    {"detail", text("A sentence for a person: what happened and what to do about it.")}};
  for (Property& property : error_properties()) always.push_back(std::move(property));
  return reply("Why a request was not done (RFC 9457).", std::move(always), sometimes_in_errors());
}

OrderedJson error() {
  Properties always = error_properties();
  always.push_back({"message", text("A sentence for a person: what happened and what to do about it.")});
  return reply("Why an email was not taken.", std::move(always), sometimes_in_errors());
}

OrderedJson batch_item() {
  return reply("What became of one email of a batch: it has a result or an error.",
               {{"status", integer("As submit_email would have answered.", 200, 599)}},
               {{"result", ref("Job", "The job that was made, or found under the key.")},
                {"error", ref("Error", "Why this email was not taken.")}});
}

OrderedJson relay() {
  return reply(
      "A relay that mails go to.",
      {{"name", text("Its name.")},
       {"url", text("Where it is.")},
       {"state", text("`open`; `throttled`: it asked for less; `down`; `auth`: it refuses the login; `quota`: it takes "
                      "no more for now; `probing`: one mail tries whether it serves again.")},
       {"since", nullable(time("Since when, unless it is open."))},
       {"reopens_at", nullable(time("When one that is closed is tried again."))},
       {"last_error", nullable(text("Why, unless it is open."))},
       {"connections", reply("Those to it.", {{"in_use", count("Now.")},
                                              {"allowed", count("For now; less than `max` while it refuses some.")},
                                              {"max", count("Configured.")}})},
       {"rates", list("Configured, like `14/s`.", text("A rate."))},
       {"rate_now", nullable(number("Recipients a second, while it is throttled."))},
       {"sent", reply("Recipients delivered to.", {{"last_minute", count("")}, {"last_day", count("")}})},
       {"delivered", count("Recipients, since jobd began.")},
       {"failed", count("Recipients that it refused for good.")}});
}

OrderedJson route() {
  return reply("A route, in the order in which they are asked; the last one takes all that is left.",
               {{"sender", nullable(text("What a sender has to be like."))},
                {"recipient", nullable(text("What a recipient has to be like."))},
                {"relays", list("Names, in the order of their priority.", text("A name."))},
                {"in_use", list("Those that mails go to now.", text("A name."))}});
}

OrderedJson domain() {
  return reply("A recipients' domain with limits of its own.",
               {{"name", text("The domain.")},
                {"connections", reply("For it.", {{"in_use", count("Now.")}, {"max", nullable(count("Configured."))}})},
                {"rates", list("Configured, like `500/min`.", text("A rate."))},
                {"sent", reply("Recipients tried.", {{"last_minute", count("")}})}});
}

OrderedJson probe_report() {
  return reply(
      "How far a probe came.",
      {{"relay", text("The relay's name.")},
       {"url", text("Where it is, without secrets.")},
       {"ok", boolean("Whether all steps succeeded.")},
       {"steps", list("In their order; one that does not apply is left out, one that failed is the last.",
                      reply("A step.", {{"name", text("What was done: `addresses`, `connect`, `tls`, `greeting`, "
                                                      "`extensions`, `auth`, `limits`, `mail`, `rcpt`.")},
                                        {"ok", boolean("Whether it succeeded.")},
                                        {"detail", text("What was found, for people.")},
                                        {"duration_ms", count("How long it took.")}}))},
       {"error", nullable(text("What went wrong and what to do about it."))},
       {"transcript", list("What either side said, secrets blanked.", text("`S:` the server, `C:` jobd."),
                           limits::kTranscriptLines)}});
}

OrderedJson jobs_by_status() {
  Properties counts;
  for (const std::string_view name : every_name<JobStatus>()) counts.push_back({name, count("")});
  return reply("The number of jobs by status.", std::move(counts));
}

OrderedJson stats() {
  return reply(
      "The daemon and its queue.",
      {{"version", text("Of jobd.")},
       {"started_at", time("When this jobd began.")},
       {"paused", boolean("Whether attempts are held back until resume.")},
       {"draining", boolean("Whether jobd is about to stop.")},
       {"jobs", jobs_by_status()},
       {"slots", count("Attempts that may be under way at once: sent, or claimed to be sent next.")},
       {"rates", reply("Over the last minute.", {{"submitted_per_second", number("Jobs taken.")},
                                                 {"finished_per_second", number("Jobs that came to their end.")}})},
       {"limits", reply("Those in force.", {{"line_bytes", count("Of one request.")},
                                            {"content_bytes", count("Of one email's texts and attachments.")},
                                            {"recipients", count("Of one email.")},
                                            {"max_queued_jobs", count("Jobs not at their end; past it `busy`.")}})},
       {"store", text("Where jobs are kept.")},
       {"transport", text("Where mails go, without secrets.")},
       {"relays", list("Each relay.", relay())},
       {"routes", list("Each route.", route())},
       {"domains", list("Each domain with limits.", domain())}});
}

}  // namespace

void add_reply_schemas(OrderedJson& schemas) {
  schemas["Job"] = job();
  schemas["Recipient"] = recipient();
  schemas["HistoryEntry"] = history_entry();
  schemas["JobError"] = job_error();
  schemas["JobPage"] = reply(
      "A page of jobs. It may be short, even empty, where many jobs had to be looked at; only a null cursor means the "
      "end.",
      {{"jobs", list("The newest first.", ref("Job"))},
       {"next_cursor", nullable(text("The `cursor` of the next page."))}});
  schemas["BatchResult"] =
      reply("The fate of each email.", {{"items", list("In the order of the emails.", ref("BatchItem"))}});
  schemas["BatchItem"] = batch_item();
  schemas["Changed"] = reply("How far a filter reached.", {{"matched", count("Jobs that it found.")},
                                                           {"changed", count("Those that could be changed.")}});
  schemas["Stats"] = stats();
  schemas["QueueState"] =
      reply("Whether attempts are made.", {{"paused", boolean("Whether they are held back until resume.")}});
  schemas["Pong"] = reply("A sign of life.", {{"version", text("Of jobd.")}});
  schemas["Readiness"] = reply("Jobs are taken.", {{"ready", {{"const", true}}}});
  schemas["ProbeReport"] = probe_report();
  schemas["Error"] = error();
  schemas["Problem"] = problem();
}

}  // namespace jobd::openapi
