#include "tests/net/http_cases.h"
#include "tests/net/http_world.h"

namespace jobd::testing {
namespace {

const std::string kId = "019ca945-0a00-7000-910a-2dec89025cc1";

std::string get(std::string_view target, std::string_view fields = "") {
  return request("GET " + std::string(target), fields);
}

std::vector<HttpCase> path_cases() {
  return {
      {"health", get("/healthz"), "200"},
      {"readiness", get("/readyz"), "200"},
      {"stats", get("/stats"), "200"},
      {"jobs", get("/jobs"), "200"},
      {"the document", get("/openapi.json"), "200"},
      {"no job", get("/jobs/" + kId), "404 not_found"},
      {"the root", get("/"), "404 unknown_operation"},
      {"nowhere", get("/nowhere"), "404 unknown_operation"},
      {"posted nowhere", post("/nowhere", "{}"), "404 unknown_operation"},
      {"a slash behind", get("/jobs/"), "404 unknown_operation"},
      {"a slash before", get("//jobs"), "404 unknown_operation"},
      {"dots", get("/jobs/../healthz"), "404 unknown_operation"},
      {"one dot", get("/./healthz"), "404 unknown_operation"},
      {"capitals", get("/Jobs"), "404 unknown_operation"},
      {"an escape for a letter", get("/%6Aobs"), "404 unknown_operation"},
      {"a parameter of the path", get("/jobs;a=b"), "404 unknown_operation"},
      {"below a job", get("/jobs/" + kId + "/nowhere"), "404 unknown_operation"},
      {"no id", get("/jobs/1"), "422 invalid_field id"},
      {"an id in capitals", get("/jobs/019CA945-0A00-7000-910A-2DEC89025CC1"), "404 not_found"},
      {"an id in escapes", get("/jobs/%3019ca945-0a00-7000-910a-2dec89025cc1"), "404 not_found"},
      {"an id with an escaped slash", get("/jobs/" + kId + "%2Fcancel"), "422 invalid_field id"},
      {"an id with NUL", get("/jobs/" + kId + "%00"), "422 invalid_field id"},
      {"an id that is no UTF-8", get("/jobs/%ff"), "422 invalid_field"},
      {"dots for an id", get("/jobs/.."), "422 invalid_field id"},
      {"a bad escape in the path", get("/jobs/%zz"), "400 invalid_request"},
      {"half an escape in the path", get("/jobs/%2"), "400 invalid_request"},
  };
}

std::vector<HttpCase> query_cases() {
  return {
      {"a bad escape in the query", get("/jobs?tag=%4"), "400 invalid_request"},
      {"a bad escape in a name", get("/jobs?%=1"), "400 invalid_request"},
      {"a query", get("/jobs?status=failed&tag=a+b&limit=10"), "200"},
      {"an empty query", get("/jobs?"), "200"},
      {"empty pairs", get("/jobs?&&limit=5&"), "200"},
      {"a limit that is none", get("/jobs?limit=many"), "422 invalid_field limit"},
      {"a limit of none", get("/jobs?limit=0"), "422 invalid_field limit"},
      {"a status that is none", get("/jobs?status=gone"), "422 invalid_field status"},
      {"a field twice", get("/jobs?limit=1&limit=1"), "422 invalid_field limit"},
      {"a field without a name", get("/jobs?=1"), "422 unknown_field"},
      {"an unknown field", get("/jobs?colour=red"), "422 unknown_field colour"},
      {"an unknown field of stats", get("/stats?x=1"), "422 unknown_field x"},
      {"an id in the query too", get("/jobs/" + kId + "?id=" + kId), "422 invalid_field id"},
      {"an id in the query of a cancel", request("POST /jobs/" + kId + "/cancel?id=" + kId), "422 unknown_field id"},
      {"a query of what has a body", post("/jobs/cancel?limit=1", R"({"status":"pending"})"),
       "422 unknown_field limit"},
      {"a query of what has no body", request("POST /queue/pause?x"), "422 unknown_field x"},
      {"a query of DELETE", request("DELETE /jobs/" + kId + "?x=1"), "422 unknown_field x"},
      {"a query of POST that is no UTF-8", request("POST /queue/pause?%ff=1"), "422 invalid_field"},
      {"an empty query of POST", request("POST /queue/resume?&"), "200"},
      {"a query of HEAD", request("HEAD /jobs?limit=1"), "200"},
      {"a wait that is none", get("/jobs/" + kId + "?wait=long"), "422 invalid_field wait"},
      {"a fragment", get("/jobs#top"), "400 invalid_request end"},
      {"bytes over 127", get("/jobs?tag=\xc3\xa4"), "400 invalid_request end"},
      {"a word for a path", get("jobs"), "400 invalid_request end"},
      {"all, not of OPTIONS", get("*"), "400 invalid_request end"},
  };
}

std::vector<HttpCase> absolute_cases() {
  return {
      {"absolute", get("http://box/healthz"), "200"},
      {"absolute in capitals", get("HTTP://BOX:8025/healthz"), "200"},
      {"absolute with a query", get("http://box/jobs?limit=1"), "200"},
      {"absolute with a query only", get("http://box?limit=1"), "400 invalid_request end"},
      {"absolute without a path", get("http://box"), "404 unknown_operation"},
      {"absolute of another host", get("http://evil.example/healthz"), "403 forbidden"},
      {"absolute with a user", get("http://me@box/healthz"), "400 invalid_request end"},
      {"absolute of no host", get("http:///healthz"), "400 invalid_request end"},
      {"absolute of another scheme", get("ftp://box/healthz"), "400 invalid_request end"},
      {"absolute without Host", "GET http://box/healthz HTTP/1.1\r\n\r\n", "400 invalid_request end"},
      {"absolute beside another Host", "GET http://box/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", "200"},
      {"a tunnel", "CONNECT box:8025 HTTP/1.1\r\nHost: box\r\n\r\n", "400 invalid_request end"},
  };
}

std::vector<HttpCase> method_cases() {
  return {
      {"another method", request("PATCH /jobs"), "405 method_not_allowed"},
      {"a method in small letters", request("get /jobs"), "405 method_not_allowed"},
      {"a method nobody knows", request("BREW /jobs"), "405 method_not_allowed"},
      {"TRACE", request("TRACE /jobs"), "405 method_not_allowed"},
      {"GET of what is posted", get("/jobs/email"), "405 method_not_allowed"},
      {"DELETE of a word", request("DELETE /jobs/cancel"), "405 method_not_allowed"},
      {"POST of what is read", post("/stats", "{}"), "405 method_not_allowed"},
      {"OPTIONS", request("OPTIONS /jobs"), "204"},
      {"OPTIONS of nothing", request("OPTIONS /nowhere"), "404 unknown_operation"},
      {"OPTIONS of all", request("OPTIONS *"), "204"},
      {"OPTIONS of a host", request("OPTIONS http://box"), "204"},
  };
}

std::vector<HttpCase> sender_cases() {
  return {
      {"Host with its port", "GET /healthz HTTP/1.1\r\nHost: box:8025\r\n\r\n", "200"},
      {"Host in capitals", "GET /healthz HTTP/1.1\r\nHost: BOX\r\n\r\n", "200"},
      {"Host of another port", "GET /healthz HTTP/1.1\r\nHost: box:9999\r\n\r\n", "403 forbidden"},
      {"a foreign Host", "GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", "403 forbidden"},
      {"an address for Host", "GET /healthz HTTP/1.1\r\nHost: [fe80::1]:8025\r\n\r\n", "403 forbidden"},
      {"an empty Host", "GET /healthz HTTP/1.1\r\nHost:\r\n\r\n", "403 forbidden"},
      {"a foreign Host of 1.0", "GET /healthz HTTP/1.0\r\nHost: evil.example\r\n\r\n", "403 forbidden end"},
      {"a foreign Host of nowhere", "GET /nowhere HTTP/1.1\r\nHost: evil.example\r\n\r\n", "403 forbidden"},
      {"its own Origin", get("/healthz", "Origin: http://box\n"), "200"},
      {"a configured Host", "GET /healthz HTTP/1.1\r\nHost: Jobs.example\r\n\r\n", "200"},
      {"the Origin of a proxy", "GET /healthz HTTP/1.1\r\nHost: jobs.example\r\nOrigin: http://jobs.example\r\n\r\n",
       "200"},
      {"the Origin of a proxy with TLS",
       "GET /healthz HTTP/1.1\r\nHost: jobs.example\r\nOrigin: https://JOBS.example\r\n\r\n", "200"},
      {"an Origin with TLS where there is none", get("/healthz", "Origin: https://box\n"), "403 forbidden"},
      {"a proxy's Origin on our own Host", get("/healthz", "Origin: https://jobs.example\n"), "403 forbidden"},
      {"fetched by a page of ours", get("/healthz", "Sec-Fetch-Site: same-origin\n"), "200"},
      {"fetched by its user", get("/healthz", "Sec-Fetch-Site: none\n"), "200"},
      {"fetched by a page from elsewhere", get("/healthz", "Sec-Fetch-Site: cross-site\n"), "403 forbidden"},
      {"fetched by a page of another port", get("/healthz", "Sec-Fetch-Site: same-site\n"), "403 forbidden"},
      {"a pause by a page from elsewhere", request("POST /queue/pause", "Sec-Fetch-Site: cross-site\n"),
       "403 forbidden"},
      {"a foreign Origin", get("/healthz", "Origin: http://evil.example\n"), "403 forbidden"},
      {"an Origin that begins alike", get("/healthz", "Origin: http://box.evil.example\n"), "403 forbidden"},
      {"an Origin of another port", get("/healthz", "Origin: http://box:9999\n"), "403 forbidden"},
      {"the null Origin", get("/healthz", "Origin: null\n"), "403 forbidden"},
      {"an empty Origin", get("/healthz", "Origin:\n"), "403 forbidden"},
      {"a second Origin", get("/healthz", "Origin: http://box\nOrigin: http://evil.example\n"), "403 forbidden"},
      {"a foreign Origin's submit", post("/jobs/email", kMail, "Origin: http://evil.example\n"), "403 forbidden"},
      {"a foreign Origin's preflight", request("OPTIONS /jobs/email", "Origin: http://evil.example\n"),
       "403 forbidden"},
      {"an Origin without Host", "GET /healthz HTTP/1.0\r\nOrigin: http://\r\n\r\n", "400 invalid_request end"},
  };
}

}  // namespace

std::vector<HttpCase> target_cases() {
  return joined({path_cases(), query_cases(), absolute_cases(), method_cases(), sender_cases()});
}

}  // namespace jobd::testing
