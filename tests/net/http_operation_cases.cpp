#include "tests/net/http_cases.h"
#include "tests/net/http_world.h"

namespace jobd::testing {
namespace {

const std::string kId = "019ca945-0a00-7000-910a-2dec89025cc1";

std::string typed(std::string_view type, std::string_view body, std::string_view path = "/jobs/email") {
  return request("POST " + std::string(path), "Content-Type: " + std::string(type) + "\n", body);
}

std::vector<HttpCase> type_cases() {
  const auto mail = std::string(kMail);
  return {
      {"submit", post("/jobs/email", mail), "202"},
      {"submit with a charset", typed("application/json; charset=UTF-8", mail), "202"},
      {"submit with a quoted charset", typed("Application/JSON;charset=\"utf-8\"", mail), "202"},
      {"submit in another charset", typed("application/json; charset=latin1", mail), "415 unsupported_media_type"},
      {"submit as text", typed("text/plain", mail), "415 unsupported_media_type"},
      {"submit as a form", typed("application/x-www-form-urlencoded", "to=a"), "415 unsupported_media_type"},
      {"submit without a type", request("POST /jobs/email", "", mail), "415 unsupported_media_type"},
      {"submit with two types", typed("application/json\nContent-Type: application/json", mail),
       "415 unsupported_media_type"},
      {"submit with lines", typed("application/x-ndjson", mail), "415 unsupported_media_type"},
      {"submit compressed", typed("application/json\nContent-Encoding: gzip", mail), "415 unsupported_media_type"},
      {"submit as it is", typed("application/json\nContent-Encoding: identity", mail), "202"},
      {"chunks without a type", request("POST /jobs/email", "Transfer-Encoding: chunked\n") + "2\r\n{}\r\n0\r\n\r\n",
       "415 unsupported_media_type end"},
      {"no chunk without a type", request("POST /queue/pause", "Transfer-Encoding: chunked\n") + "0\r\n\r\n", "200"},
      {"a refused body is dropped", request("POST /jobs/email", "", mail) + request("GET /healthz"),
       "415 unsupported_media_type | 200"},
      {"a long refused body is not waited for", request("POST /jobs/email", "Content-Length: 65537\n"),
       "415 unsupported_media_type end"},
      {"submit nothing", request("POST /jobs/email"), "415 unsupported_media_type"},
      {"submit nothing as JSON", request("POST /jobs/email", "Content-Type: application/json\n"),
       "422 missing_field to"},
      {"submit no chunk without a type", request("POST /jobs/email", "Transfer-Encoding: chunked\n") + "0\r\n\r\n",
       "415 unsupported_media_type end"},
      {"submit with an empty type", typed(";application/json", mail), "415 unsupported_media_type"},
      {"submit with an empty parameter", typed("application/json;; charset=utf-8", mail), "202"},
      {"submit nothing of a form",
       request("POST /jobs/email", "Content-Type: application/x-www-form-urlencoded\nContent-Length: 0\n"),
       "415 unsupported_media_type"},
      {"submit by query", request("POST /jobs/email?to=a@x.org&subject=a+b"), "422 unknown_field to"},
      {"submit half by query", post("/jobs/email?subject=a", R"({"to":"a@x.org"})"), "422 unknown_field subject"},
  };
}

std::vector<HttpCase> email_cases() {
  const auto mail = std::string(kMail);
  return {
      {"no JSON", post("/jobs/email", "{"), "400 invalid_json"},
      {"no object", post("/jobs/email", "[]"), "422 invalid_field"},
      {"no address", post("/jobs/email", R"({"to":["a@x.org","b"]})"), "422 invalid_field to[1]"},
      {"no such field", post("/jobs/email", R"({"to":"a@x.org","colour":1})"), "422 unknown_field colour"},
      {"no UTF-8", post("/jobs/email", "{\"to\":\"\xff\"}"), "400 invalid_json"},
      {"a key", post("/jobs/email", mail, "Idempotency-Key: k\n"), "202"},
      {"a key twice the same",
       post("/jobs/email", R"({"to":"a@x.org","idempotency_key":"k"})", "Idempotency-Key: \"k\"\n"), "202"},
      {"two keys", post("/jobs/email", R"({"to":"a@x.org","idempotency_key":"k"})", "Idempotency-Key: l\n"),
       "422 invalid_field idempotency_key"},
      {"two headers of keys", post("/jobs/email", mail, "Idempotency-Key: k\nIdempotency-Key: l\n"),
       "422 invalid_field idempotency_key"},
      {"an empty key", post("/jobs/email", mail, "Idempotency-Key:\n"), "422 invalid_field idempotency_key"},
      {"an empty quoted key", post("/jobs/email", mail, "Idempotency-Key: \"\"\n"),
       "422 invalid_field idempotency_key"},
      {"a key that ends too early", post("/jobs/email", mail, "Idempotency-Key: \"a\n"),
       "422 invalid_field idempotency_key"},
      {"a key with more behind", post("/jobs/email", mail, "Idempotency-Key: \"a\" b\n"),
       "422 invalid_field idempotency_key"},
      {"a key with a tab", post("/jobs/email", mail, "Idempotency-Key: a\tb\n"), "422 invalid_field idempotency_key"},
      {"a key that is no UTF-8", post("/jobs/email", mail, "Idempotency-Key: \xff\n"),
       "422 invalid_field idempotency_key"},
      {"a long key", post("/jobs/email", mail, "Idempotency-Key: " + std::string(256, 'k') + "\n"),
       "422 invalid_field idempotency_key"},
  };
}

std::vector<HttpCase> batch_cases() {
  return {
      {"batch", post("/jobs/email/batch", R"({"emails":[{"to":"a@x.org"},{"to":1}]})"), "200"},
      {"batch of lines", typed("application/x-ndjson", "{\"to\":\"a@x.org\"}\n\n{", "/jobs/email/batch"), "200"},
      {"batch of lines with a field", typed("application/x-ndjson", "{}\n", "/jobs/email/batch?tag=a"),
       "422 unknown_field tag"},
      {"batch of nothing", request("POST /jobs/email/batch"), "415 unsupported_media_type"},
      {"batch of no lines", request("POST /jobs/email/batch", "Content-Type: application/x-ndjson\n"), "200"},
      {"batch of what", post("/jobs/email/batch", R"({"mails":[]})"), "422 missing_field emails"},
      {"batch with a key", post("/jobs/email/batch", R"({"emails":[]})", "Idempotency-Key: k\n"),
       "422 invalid_field idempotency_key"},
  };
}

std::vector<HttpCase> other_cases() {
  return {
      {"cancel nothing", request("POST /jobs/" + kId + "/cancel"), "404 not_found"},
      {"cancel with an empty body", post("/jobs/" + kId + "/cancel", "{}"), "404 not_found"},
      {"cancel with a word", post("/jobs/" + kId + "/cancel", R"({"why":"so"})"), "422 unknown_field why"},
      {"retry nothing", post("/jobs/" + kId + "/retry", R"({"ttl":"1h"})"), "404 not_found"},
      {"delete nothing", request("DELETE /jobs/" + kId), "404 not_found"},
      {"delete with a body", request("DELETE /jobs/" + kId, "Content-Type: application/json\n", "{}"),
       "400 invalid_request"},
      {"get with a body", request("GET /healthz", "Content-Type: application/json\n", "{}"), "400 invalid_request"},
      {"get with an empty body", request("GET /healthz", "Content-Length: 0\n"), "200"},
      {"get with chunks", request("GET /healthz", "Transfer-Encoding: chunked\n") + "1\r\n \r\n0\r\n\r\n",
       "400 invalid_request end"},
      {"get with no chunk", request("GET /healthz", "Transfer-Encoding: chunked\n") + "0\r\n\r\n", "200"},
      {"cancel all", request("POST /jobs/cancel"), "422 missing_field status"},
      {"cancel some", post("/jobs/cancel", R"({"status":"pending"})"), "200"},
      {"retry some by query", request("POST /jobs/retry?status=failed&limit=5"), "422 unknown_field status"},
      {"retry some", post("/jobs/retry", R"({"status":"failed","limit":5})"), "200"},
      {"pause", request("POST /queue/pause"), "200"},
      {"resume with a null", post("/queue/resume", "null"), "422 invalid_field"},
      {"probe where there is no relay", request("POST /relays/probe"), "422 invalid_field relay"},
      {"probe for no address", post("/relays/probe", R"({"to":"nobody"})"), "422 invalid_field to"},
      {"probe by reading", request("GET /relays/probe"), "405 method_not_allowed"},
      {"watch for what", request("GET /events?what=1"), "422 unknown_field what"},
      {"watch after a word", request("GET /events", "Last-Event-ID: x\n"), "422 invalid_field after"},
      {"watch no job", request("GET /events?job=1"), "422 invalid_field job"},
  };
}

}  // namespace

std::vector<HttpCase> operation_cases() {
  return joined({type_cases(), email_cases(), batch_cases(), other_cases()});
}

}  // namespace jobd::testing
