#include "daemon/net/openapi_parts.h"
#include "daemon/net/openapi_schema.h"
#include "shared/clock.h"
#include "shared/limits.h"

namespace jobd::openapi {
namespace {

constexpr std::string_view kJson = "application/json";

std::vector<Content> json(std::string_view schema) {
  return {{kJson, ref(schema)}};
}

std::vector<Content> lines(std::string_view schema, std::string_view of_items, std::string_view description) {
  return {{kJson, ref(schema)}, {"application/x-ndjson", text(description), ref(of_items)}};
}

Parameter job_id() {
  return {"id", "path", uuid("The job's id.")};
}

Route submit_email() {
  return {
      .operation = "submit_email",
      .tag = "jobs",
      .description =
          "The answer comes when the job is safe on disk; the email is delivered afterwards. Without an answer it is "
          "unknown whether there is a job: repeat the request with the same idempotency key, and there is one.",
      .parameters = {{"Idempotency-Key", "header",
                      text("Repeating a submit with the same key makes no second job; as the field of the body.",
                           {.min = 1, .max = limits::kIdempotencyKeyBytes})},
                     {"traceparent", "header", trace_context("As the field of the body, which says more.")}},
      .body = json("Email"),
      .body_required = true,
      .answers = {{202, "The job is on disk.", json("Job"), {"Location"}},
                  {200, "The same request under the same key made this job before.", json("Job"), {"Location"}}},
      .errors = {Code::missing_field, Code::idempotency_mismatch, Code::draining, Code::unavailable,
                 Code::storage_full},
  };
}

Route submit_emails() {
  return {
      .operation = "submit_emails",
      .tag = "jobs",
      .description =
          "One transaction for all, and one answer for each, in their order; a bad email fails alone. Each may "
          "have an idempotency key of its own.",
      .parameters = {},
      .body = lines("Emails", "Email", "An email a line."),
      .body_required = true,
      .answers = {{200, "Each email has its own status.",
                   lines("BatchResult", "BatchItem", "An item a line, for those whose Accept asks for it.")}},
      .errors = {Code::missing_field, Code::draining},
  };
}

Route get_job() {
  const std::string longest = format_duration(limits::kWaitMax);
  return {
      .operation = "get_job",
      .tag = "jobs",
      .description =
          "With `wait` the answer comes when the job is completed, failed, cancelled or held, or after that "
          "time with the job as it then is.",
      .parameters =
          {job_id(),
           {"wait", "query",
            duration("How long to wait for the job's end; more than " + longest + " is taken as " + longest + ".")},
           {"include", "query", {{"type", "string"}, {"enum", {"content"}}, {"description", "Tell the email too."}}},
           {"Prefer", "header", like(text("As `wait`, which says more, in seconds (RFC 7240)."), "wait=30")},
           {"If-None-Match", "header", text("The ETag of an earlier answer.")}},
      .body = {},
      .answers = {{200, "The job.", json("Job"), {"ETag", "Preference-Applied"}},
                  {304, "The job is as the ETag says.", {}, {"ETag"}}},
      .errors = {Code::not_found},
  };
}

Route list_jobs() {
  std::vector<Parameter> parameters;
  for (Property& property : filter_properties())
    parameters.push_back({property.name, "query", std::move(property.schema)});
  parameters.push_back({"limit", "query",
                        integer("Jobs of one page; " + std::to_string(limits::kListLimitDefault) + " by default.", 1,
                                limits::kListLimit)});
  parameters.push_back(
      {"cursor", "query", text("The `next_cursor` of the page before.", {.max = limits::kCursorBytes})});
  return {
      .operation = "list_jobs",
      .tag = "jobs",
      .description =
          "Pages stay right while jobs change: none comes twice, and none that was there all the while is left "
          "out.",
      .parameters = std::move(parameters),
      .body = {},
      .answers = {{200, "A page.", json("JobPage"), {"Link"}}},
  };
}

Route cancel_job() {
  return {
      .operation = "cancel_job",
      .tag = "jobs",
      .description = "A job whose attempt runs can no longer be cancelled.",
      .parameters = {job_id()},
      .body = {},
      .answers = {{200, "The job, cancelled.", json("Job")}},
      .errors = {Code::not_found, Code::conflict, Code::unavailable},
  };
}

Route retry_job() {
  return {
      .operation = "retry_job",
      .tag = "jobs",
      .description = "Attempts count from 0 again; recipients that have the email are left out.",
      .parameters = {job_id()},
      .body = json("RetryOptions"),
      .answers = {{200, "The job, pending and due now.", json("Job")}},
      .errors = {Code::not_found, Code::conflict, Code::gone, Code::unavailable},
  };
}

Route change_jobs(std::string_view operation, std::string_view filter) {
  return {
      .operation = operation,
      .tag = "jobs",
      .description =
          "The jobs that `list_jobs` gives for this filter, the newest first; those whose status forbids it "
          "stay as they are.",
      .parameters = {},
      .body = json(filter),
      .body_required = true,
      .answers = {{200, "How many.", json("Changed")}},
      .errors = {Code::missing_field, Code::draining, Code::unavailable, Code::storage_full},
  };
}

Route delete_job() {
  return {
      .operation = "delete_job",
      .tag = "jobs",
      .description = "Only a completed, failed or cancelled job. Its idempotency key is free again.",
      .parameters = {job_id()},
      .body = {},
      .answers = {{204, "It is gone.", {}}},
      .errors = {Code::not_found, Code::conflict, Code::unavailable},
  };
}

Route probe_relay() {
  return {
      .operation = "probe_relay",
      .tag = "daemon",
      .description =
          "With the secrets that jobd has, step by step: the addresses, TLS and its certificate, the login, the "
          "limits, the reply to a recipient. Nothing is sent. A relay that fails is a report too, with `ok` false.",
      .parameters = {},
      .body = json("ProbeOptions"),
      .answers = {{200, "What was found.", json("ProbeReport")}},
      .errors = {Code::busy, Code::draining},
  };
}

OrderedJson event() {
  const auto data = [](OrderedJson schema) {
    return OrderedJson{
        {"type", "string"}, {"contentMediaType", "application/json"}, {"contentSchema", std::move(schema)}};
  };
  const auto kind = [&](std::string_view name, std::string_view description, OrderedJson schema) {
    OrderedJson id = text("The event's number, to go on from after a lost connection.");
    id["pattern"] = "^[0-9]+$";
    return reply(description, {{"event", {{"const", name}}}, {"id", std::move(id)}, {"data", data(std::move(schema))}});
  };
  return either("", {kind("job", "A job changed; the data are the job as it then was.", ref("Job")),
                     kind("reset", "Some events are lost to this reader, who should look anew at what it cares for.",
                          {{"type", "object"}})});
}

Route watch() {
  return {
      .operation = "watch",
      .tag = "events",
      .description =
          "Server-sent events, as `EventSource` reads them, until either side closes the connection. Without "
          "`after` or Last-Event-ID they begin with the next change, and before it comes an `id` to resume from.",
      .parameters = {{"job", "query", uuid("Events of this job only.")},
                     {"after", "query",
                      integer("The events after the one with this number first.", 0, limits::kJsonIntegerMax)},
                     {"Last-Event-ID", "header", text("As `after`; `EventSource` sends it when it connects again.")}},
      .body = {},
      .answers = {{200, "The events.", {{"text/event-stream", text("Server-sent events."), event()}}}},
  };
}

// Of what has neither parameters nor a body.
Route plain(std::string_view operation, std::string_view tag, std::string_view schema, std::string_view description,
            std::vector<Code> errors) {
  return {
      .operation = operation,
      .tag = tag,
      .description = description,
      .parameters = {},
      .body = {},
      .answers = {{200, "So it is.", json(schema)}},
      .errors = std::move(errors),
  };
}

}  // namespace

std::vector<Route> routes() {
  return {
      submit_email(),
      submit_emails(),
      get_job(),
      list_jobs(),
      cancel_job(),
      retry_job(),
      change_jobs("cancel_jobs", "CancelFilter"),
      change_jobs("retry_jobs", "RetryFilter"),
      delete_job(),
      watch(),
      plain("stats", "daemon", "Stats", "For people and for monitoring.", {}),
      plain("pause", "queue", "QueueState", "Attempts under way end; submits are taken.", {Code::unavailable}),
      plain("resume", "queue", "QueueState", "What is due is attempted at once.", {Code::unavailable}),
      plain("ping", "daemon", "Pong", "Answered without the store.", {}),
      plain("ready", "daemon", "Readiness", "For a load balancer or a start script.",
            {Code::draining, Code::unavailable}),
      probe_relay(),
  };
}

OrderedJson tags() {
  return {{{"name", "jobs"}, {"description", "Emails on their way, from submit to end."}},
          {{"name", "events"}, {"description", "Changes of jobs as they happen."}},
          {{"name", "queue"}, {"description", "Holding all attempts back, and letting them go."}},
          {{"name", "daemon"}, {"description", "How jobd is."}}};
}

}  // namespace jobd::openapi
