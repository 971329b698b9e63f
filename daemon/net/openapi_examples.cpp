#include <utility>

#include "daemon/net/openapi_parts.h"
#include "shared/codec.h"

namespace jobd::openapi {
namespace {

OrderedJson parse(std::string_view json) {
  return OrderedJson::parse(json);
}

// The one job that most examples are about, as it was taken.
OrderedJson taken() {
  return parse(R"({
    "id": "019535d9-3df7-79fb-b466-fa907fa17f9e", "kind": "email", "status": "pending",
    "attempts": 0, "max_attempts": 3, "priority": 5,
    "created_at": "2026-03-01T12:00:00.000Z", "updated_at": "2026-03-01T12:00:00.000Z",
    "started_at": null, "finished_at": null, "next_attempt_at": "2026-03-01T12:00:00.000Z",
    "expires_at": "2026-03-04T12:00:00.000Z", "duration_ms": 0,
    "from": "app@example.com", "subject": "Hello", "tags": [], "metadata": {}, "submitted_by": "uid:1000",
    "waiting_for": "slot", "error": null,
    "recipients": [{"address": "user@email.com", "status": "pending", "smtp_code": null, "enhanced_code": null,
                    "reply": null, "delivered_at": null}],
    "history": []})");
}

OrderedJson with(OrderedJson job, std::string_view changes) {
  job.update(parse(changes));
  return job;
}

OrderedJson delivered() {
  return with(taken(), R"({
    "status": "completed", "attempts": 1, "updated_at": "2026-03-01T12:00:00.045Z",
    "started_at": "2026-03-01T12:00:00.002Z", "finished_at": "2026-03-01T12:00:00.045Z", "next_attempt_at": null,
    "duration_ms": 41, "waiting_for": null,
    "recipients": [{"address": "user@email.com", "status": "delivered", "smtp_code": 250, "enhanced_code": "2.0.0",
                    "reply": "Ok: queued as 4F1B2", "delivered_at": "2026-03-01T12:00:00.043Z"}],
    "history": [{"attempt": 1, "started_at": "2026-03-01T12:00:00.002Z", "finished_at": "2026-03-01T12:00:00.043Z",
                 "duration_ms": 41, "outcome": "delivered", "relay": "smtp://relay.example.com:25", "error": null}]})");
}

OrderedJson rejected() {
  return with(taken(), R"({
    "status": "failed", "attempts": 1, "updated_at": "2026-03-01T12:00:00.045Z",
    "started_at": "2026-03-01T12:00:00.002Z", "finished_at": "2026-03-01T12:00:00.045Z", "next_attempt_at": null,
    "duration_ms": 41, "tags": ["newsletter"], "waiting_for": null,
    "error": {"code": "rejected", "message": "gone@email.com: 550 5.1.1 no such user", "at": "2026-03-01T12:00:00.043Z",
              "smtp_code": 550, "enhanced_code": "5.1.1"},
    "recipients": [{"address": "gone@email.com", "status": "failed", "smtp_code": 550, "enhanced_code": "5.1.1",
                    "reply": "no such user", "delivered_at": null}],
    "history": [{"attempt": 1, "started_at": "2026-03-01T12:00:00.002Z", "finished_at": "2026-03-01T12:00:00.043Z",
                 "duration_ms": 41, "outcome": "permanent", "relay": "smtp://relay.example.com:25",
                 "error": "gone@email.com: 550 5.1.1 no such user"}]})");
}

OrderedJson retried() {
  OrderedJson job = with(rejected(), R"({
    "status": "pending", "attempts": 0, "updated_at": "2026-03-01T12:30:00.000Z", "finished_at": null,
    "next_attempt_at": "2026-03-01T12:30:00.000Z", "expires_at": "2026-03-02T12:30:00.000Z", "waiting_for": "slot",
    "error": null})");
  job["recipients"][0]["status"] = "pending";
  return job;
}

OrderedJson problem(std::string_view title, const Error& error) {
  return parse(encode_problem(error, row(error.code).http_status, title));
}

OrderedJson unprocessable(Code code, std::string message, std::string field) {
  return problem("Unprocessable Content", {code, std::move(message), std::move(field)});
}

OrderedJson id_of(const OrderedJson& job) {
  return {{"id", job["id"]}};
}

constexpr std::string_view kLines = "application/x-ndjson";
constexpr std::string_view kEvents = "text/event-stream";

OrderedJson hello() {
  return parse(R"({"to": "user@email.com", "subject": "Hello", "body": "Test email"})");
}

OrderedJson invoice() {
  return parse(R"({
    "to": ["Ann Lee <ann@example.com>"], "cc": {"email": "accounts@example.com", "name": "Accounts"},
    "from": "Billing <billing@example.com>", "subject": "Your invoice", "body": "It is attached.",
    "html": "<p>It is attached.</p>", "headers": {"X-Invoice": "4711"},
    "attachments": [{"filename": "invoice.txt", "content": "VG90YWw6IDQyCg==", "content_type": "text/plain"}],
    "tags": ["invoice"], "metadata": {"customer": "17"}, "priority": 7, "delay": "15m", "ttl": "1d"})");
}

OrderedJson invoice_job() {
  return with(taken(), R"({
    "priority": 7, "next_attempt_at": "2026-03-01T12:15:00.000Z", "expires_at": "2026-03-02T12:15:00.000Z",
    "from": "Billing <billing@example.com>", "subject": "Your invoice", "tags": ["invoice"],
    "metadata": {"customer": "17"}, "waiting_for": "scheduled",
    "recipients": [{"address": "ann@example.com", "status": "pending", "smtp_code": null, "enhanced_code": null,
                    "reply": null, "delivered_at": null},
                   {"address": "accounts@example.com", "status": "pending", "smtp_code": null, "enhanced_code": null,
                    "reply": null, "delivered_at": null}]})");
}

OrderedJson no_address() {
  return parse(R"({"to": "user.email.com"})");
}
std::string why_no_address(std::string_view field) {
  return std::string(field) + " has no @ and domain; give an address like user@example.com";
}

OrderedJson two_items() {
  OrderedJson error = parse(R"({"code": "invalid_field", "message": "", "field": "emails[1].to", "retryable": false})");
  error["message"] = why_no_address("emails[1].to");
  return OrderedJson::array(
      {OrderedJson{{"status", 202}, {"result", taken()}}, OrderedJson{{"status", 422}, {"error", std::move(error)}}});
}

std::vector<Example> submit_email() {
  const OrderedJson key{{"Idempotency-Key", "invoice-4711"}};
  return {
      {.name = "hello", .summary = "All it takes", .body = hello(), .status = 202, .answer = taken()},
      {.name = "invoice",
       .summary = "A text with its HTML and a file, in a quarter of an hour",
       .parameters = key,
       .body = invoice(),
       .status = 202,
       .answer = invoice_job()},
      {.name = "invoice_again",
       .summary = "The same once more",
       .parameters = key,
       .body = invoice(),
       .status = 200,
       .answer = invoice_job()},
      {.name = "wrong_address",
       .summary = "What is no address",
       .body = no_address(),
       .status = 422,
       .answer = unprocessable(Code::invalid_field, why_no_address("to"), "to")},
  };
}

std::vector<Example> submit_emails() {
  const OrderedJson items = two_items();
  return {
      {.name = "two",
       .summary = "A good one and a bad one",
       .body = {{"emails", OrderedJson::array({hello(), no_address()})}},
       .status = 200,
       .answer = {{"items", items}}},
      {.name = "two_lines",
       .summary = "The same, an email a line",
       .body = dump_json(hello()) + "\n" + dump_json(no_address()) + "\n",
       .status = 200,
       .answer = dump_json(items[0]) + "\n" + dump_json(items[1]) + "\n",
       .body_type = kLines,
       .answer_type = kLines},
  };
}

std::vector<Example> get_job() {
  return {
      {.name = "delivered",
       .summary = "Wait for the end",
       .parameters = with(id_of(taken()), R"({"wait": "30s"})"),
       .status = 200,
       .answer = delivered()},
      {.name = "unknown",
       .summary = "A job that is not there",
       .parameters = id_of(taken()),
       .status = 404,
       .answer = problem("Not Found", {Code::not_found, "there is no job 019535d9-3df7-79fb-b466-fa907fa17f9e"})},
  };
}

std::vector<Example> list_jobs() {
  return {
      {.name = "failed",
       .summary = "The last failures of a kind",
       .parameters = parse(R"({"status": "failed", "tag": "newsletter", "limit": 10})"),
       .status = 200,
       .answer = {{"jobs", OrderedJson::array({rejected()})}, {"next_cursor", nullptr}}},
      {.name = "too_many",
       .summary = "More than a page holds",
       .parameters = parse(R"({"limit": 5000})"),
       .status = 422,
       .answer = unprocessable(Code::invalid_field, "limit must be an integer from 1 to 1000", "limit")},
  };
}

std::vector<Example> cancel_job() {
  return {
      {.name = "scheduled",
       .summary = "One that is not due yet",
       .parameters = id_of(taken()),
       .status = 200,
       .answer = with(invoice_job(), R"({"status": "cancelled", "finished_at": "2026-03-01T12:01:00.000Z",
         "updated_at": "2026-03-01T12:01:00.000Z", "next_attempt_at": null, "waiting_for": null})")},
      {.name = "delivered",
       .summary = "Too late",
       .parameters = id_of(taken()),
       .status = 409,
       .answer = problem("Conflict", {Code::conflict, "the job is completed; it cannot be cancelled"})},
  };
}

std::vector<Example> retry_job() {
  return {{.name = "failed",
           .summary = "Once more, with a day for it",
           .parameters = id_of(taken()),
           .body = parse(R"({"ttl": "1d"})"),
           .status = 200,
           .answer = retried()}};
}

std::vector<Example> cancel_jobs() {
  return {
      {.name = "tagged",
       .summary = "All of a kind that are not sent yet",
       .body = parse(R"({"status": "pending", "tag": "newsletter"})"),
       .status = 200,
       .answer = parse(R"({"matched": 2, "changed": 2})")},
      {.name = "no_filter",
       .summary = "No more than a number",
       .body = parse(R"({"limit": 10})"),
       .status = 422,
       .answer = unprocessable(Code::missing_field, "status or tag, recipient, since or until must say which jobs",
                               "status")},
  };
}

std::vector<Example> retry_jobs() {
  return {{.name = "failed",
           .summary = "All failures since a day, again",
           .body = parse(R"({"status": "failed", "since": "2026-03-01T00:00:00Z", "ttl": "1d"})"),
           .status = 200,
           .answer = parse(R"({"matched": 1, "changed": 1})")}};
}

std::vector<Example> delete_job() {
  return {{.name = "delivered", .summary = "One at its end", .parameters = id_of(taken()), .status = 204}};
}

std::vector<Example> watch() {
  const std::string id = "id: 1772366400045001\n";
  return {
      {.name = "one_job",
       .summary = "The end of one job",
       .parameters = {{"job", taken()["id"]}},
       .status = 200,
       .answer = id + "event: job\ndata: " + dump_json(delivered()) + "\n\n",
       .answer_type = kEvents},
      {.name = "from_the_past",
       .summary = "After an event that is no longer known",
       .parameters = parse(R"({"after": 1})"),
       .status = 200,
       .answer = id + "event: reset\ndata: {}\n\n",
       .answer_type = kEvents},
  };
}

std::vector<Example> stats() {
  return {{.name = "quiet", .summary = "A quiet daemon", .status = 200, .answer = parse(R"({
    "version": "0.1.0", "started_at": "2026-03-01T08:00:00.000Z", "paused": false, "draining": false,
    "jobs": {"pending": 1, "processing": 0, "completed": 1, "failed": 0, "held": 0, "cancelled": 0},
    "slots": 160, "rates": {"submitted_per_second": 0.03, "finished_per_second": 0.02},
    "limits": {"line_bytes": 37748736, "content_bytes": 26214400, "recipients": 1000, "max_queued_jobs": 10000000},
    "store": "sqlite:/var/lib/jobd/jobs.db", "transport": "smtp://relay.example.com:25",
    "relays": [{"name": "default", "url": "smtp://relay.example.com:25", "state": "open", "since": null,
    "reopens_at": null, "last_error": null, "connections": {"in_use": 0, "allowed": 10, "max": 10}, "rates": [], "rate_now": null,
    "sent": {"last_minute": 1, "last_day": 1}, "delivered": 1, "failed": 0}],
    "routes": [{"sender": null, "recipient": null, "relays": ["default"], "in_use": ["default"]}],
    "domains": []})")}};
}

OrderedJson probed() {
  return parse(R"({
    "relay": "default", "url": "smtp://relay.example.com:25", "ok": true,
    "steps": [{"name": "addresses", "ok": true, "detail": "192.0.2.25", "duration_ms": 4},
              {"name": "connect", "ok": true, "detail": "192.0.2.25:25", "duration_ms": 11},
              {"name": "greeting", "ok": true, "detail": "220 relay.example.com ESMTP", "duration_ms": 23},
              {"name": "extensions", "ok": true, "detail": "8BITMIME, SIZE 52428800", "duration_ms": 12},
              {"name": "limits", "ok": true, "detail": "messages of up to 52428800 bytes", "duration_ms": 0},
              {"name": "mail", "ok": true, "detail": "250 2.1.0 ok", "duration_ms": 12},
              {"name": "rcpt", "ok": true, "detail": "250 2.1.5 ok", "duration_ms": 0}],
    "error": null,
    "transcript": ["S: 220 relay.example.com ESMTP", "C: EHLO box.example.com", "S: 250-relay.example.com",
                   "S: 250-8BITMIME", "S: 250 SIZE 52428800", "C: MAIL FROM:<app@example.com>", "S: 250 2.1.0 ok",
                   "C: RCPT TO:<user@email.com>", "S: 250 2.1.5 ok", "C: RSET", "S: 250 2.0.0 ok", "C: QUIT",
                   "S: 221 2.0.0 bye"]})");
}

std::vector<Example> probe_relay() {
  return {
      {.name = "recipient",
       .summary = "Would mail for this address be taken",
       .body = parse(R"({"to": "user@email.com"})"),
       .status = 200,
       .answer = probed()},
      {.name = "unknown",
       .summary = "A relay that is not configured",
       .body = parse(R"({"relay": "nowhere"})"),
       .status = 422,
       .answer = unprocessable(Code::invalid_field, "relay nowhere is not configured; there is: default", "relay")}};
}

// Of what is asked without anything and answers one thing.
std::vector<Example> only(std::string_view name, std::string_view summary, OrderedJson answer) {
  return {{.name = name, .summary = summary, .status = 200, .answer = std::move(answer)}};
}

}  // namespace

std::map<std::string_view, std::vector<Example>> examples() {
  return {
      {"submit_email", submit_email()},
      {"submit_emails", submit_emails()},
      {"get_job", get_job()},
      {"list_jobs", list_jobs()},
      {"cancel_job", cancel_job()},
      {"retry_job", retry_job()},
      {"cancel_jobs", cancel_jobs()},
      {"retry_jobs", retry_jobs()},
      {"delete_job", delete_job()},
      {"watch", watch()},
      {"stats", stats()},
      {"pause", only("pause", "Attempts are held back", {{"paused", true}})},
      {"resume", only("resume", "Attempts are made again", {{"paused", false}})},
      {"ping", only("alive", "It lives", {{"version", JOBD_VERSION}})},
      {"probe_relay", probe_relay()},
      {"ready", only("ready", "Jobs are taken", {{"ready", true}})},
  };
}

}  // namespace jobd::openapi
