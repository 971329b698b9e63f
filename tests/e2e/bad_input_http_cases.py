"""Requests that only HTTP can get wrong, as bytes: what it is, the bytes, the status and the code of the answer, and
whether the connection stays. @HOST@ stands for what the door is called."""

from bad_input_cases import NOBODY

MAIL = b'{"to":"user@example.com","subject":"Hello","body":"x"}'
JSON = "Content-Type: application/json"
HOST = "Host: @HOST@"
STAYS, ENDS = True, False
LONG_PORT, OTHER_PORT = 10**6, 1  # in names only: nobody goes there


def head(line, *fields):
    """A request line and its fields; Host is among them."""
    return "\r\n".join((line, HOST, *fields, "", "")).encode("latin-1")


def get(target):
    return head(f"GET {target} HTTP/1.1")


def post(*fields, body=MAIL, target="/jobs/email", length=None):
    length = len(body) if length is None else length
    return head(f"POST {target} HTTP/1.1", f"Content-Length: {length}", *fields) + body


def in_chunks(body, *fields):
    return head("POST /jobs/email HTTP/1.1", JSON, "Transfer-Encoding: chunked", *fields) + body


def lines(*all_lines):
    return "\r\n".join((*all_lines, "", "")).encode("latin-1")


def told_in_body(fields):
    """A good submit but for how it says where its body ends."""
    return lines("POST /jobs/email HTTP/1.1", HOST, JSON, *fields) + MAIL


FRAMING = [(what, told_in_body(fields), status, "invalid_request", ENDS) for what, status, fields in [
    ("Transfer-Encoding and Content-Length", 400, ["Transfer-Encoding: chunked", "Content-Length: 5"]),
    ("Content-Length and Transfer-Encoding", 400, ["Content-Length: 5", "Transfer-Encoding: chunked"]),
    ("two Content-Lengths", 400, ["Content-Length: 5", "Content-Length: 6"]),
    ("the same Content-Length twice", 400, ["Content-Length: 5", "Content-Length: 5"]),
    ("a list of Content-Lengths", 400, ["Content-Length: 5, 5"]),
    ("a Content-Length with a sign", 400, ["Content-Length: +5"]),
    ("a negative Content-Length", 400, ["Content-Length: -5"]),
    ("a hexadecimal Content-Length", 400, ["Content-Length: 0x5"]),
    ("a Content-Length with a unit", 400, ["Content-Length: 5b"]),
    ("a Content-Length with a space in it", 400, ["Content-Length: 5 4"]),
    ("an empty Content-Length", 400, ["Content-Length:"]),
    ("a Content-Length beyond 64 bits", 400, ["Content-Length: 18446744073709551617"]),
    ("a Content-Length of full-width digits", 400, ["Content-Length: \xb2"]),
    ("Transfer-Encoding: gzip", 501, ["Transfer-Encoding: gzip"]),
    ("Transfer-Encoding: gzip, chunked", 501, ["Transfer-Encoding: gzip, chunked"]),
    ("Transfer-Encoding: chunked, gzip", 501, ["Transfer-Encoding: chunked, gzip"]),
    ("Transfer-Encoding: identity", 501, ["Transfer-Encoding: identity"]),
    ("Transfer-Encoding: xchunked", 501, ["Transfer-Encoding: xchunked"]),
    ("Transfer-Encoding: \"chunked\"", 501, ['Transfer-Encoding: "chunked"']),
    ("Transfer-Encoding: chunked, chunked", 501, ["Transfer-Encoding: chunked, chunked"]),
    ("an empty Transfer-Encoding", 400, ["Transfer-Encoding:"]),
    ("a vertical tab before chunked", 400, ["Transfer-Encoding: \x0bchunked"]),
]] + [
    ("Transfer-Encoding twice", told_in_body(["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"]), (400, 501),
     "invalid_request", ENDS),
    ("Transfer-Encoding in HTTP/1.0", lines("POST /jobs/email HTTP/1.0", HOST, JSON, "Transfer-Encoding: chunked") +
     b"0\r\n\r\n", 400, "invalid_request", ENDS),
]

GRAMMAR = [(what, data, status, "invalid_request", ENDS) for what, status, data in [
    ("no Host", 400, lines("GET /healthz HTTP/1.1")),
    ("Host twice", 400, lines("GET /healthz HTTP/1.1", HOST, HOST)),
    ("Host twice in other letters", 400, lines("GET /healthz HTTP/1.1", HOST, "hOST: other")),
    ("two hosts in one", 400, lines("GET /healthz HTTP/1.1", "Host: a, b")),
    ("a Host with a space", 400, lines("GET /healthz HTTP/1.1", "Host: a b")),
    ("a Host with a user", 400, lines("GET /healthz HTTP/1.1", "Host: user@@HOST@")),
    ("a Host with a path", 400, lines("GET /healthz HTTP/1.1", "Host: @HOST@/x")),
    ("a Host with a port in words", 400, lines("GET /healthz HTTP/1.1", "Host: localhost:http")),
    ("a Host with a port too long", 400, lines("GET /healthz HTTP/1.1", f"Host: localhost:{LONG_PORT}")),
    ("half an IPv6 address", 400, lines("GET /healthz HTTP/1.1", "Host: [::1")),
    ("a Host that is no ASCII", 400, lines("GET /healthz HTTP/1.1", "Host: \xe4")),
    ("a folded field", 400, head("GET /healthz HTTP/1.1", "X-A: b", " c")),
    ("a folded field with a tab", 400, head("GET /healthz HTTP/1.1", "X-A: b", "\tc")),
    ("a folded first field", 400, lines("GET /healthz HTTP/1.1", f" {HOST}")),
    ("a space before the colon", 400, head("GET /healthz HTTP/1.1", "X-A : b")),
    ("a tab before the colon", 400, head("GET /healthz HTTP/1.1", "X-A\t: b")),
    ("a space before the colon of Content-Length", 400, told_in_body(["Content-Length : 5"])),
    ("a field without a colon", 400, head("GET /healthz HTTP/1.1", "X-A")),
    ("a field without a name", 400, head("GET /healthz HTTP/1.1", ": b")),
    ("a field with a name that is none", 400, head("GET /healthz HTTP/1.1", "X(A): b")),
    ("a field with a name that is no ASCII", 400, head("GET /healthz HTTP/1.1", "X-\xe4: b")),
    ("a bare LF behind the request line", 400, b"GET /healthz HTTP/1.1\nHost: @HOST@\r\n\r\n"),
    ("a bare LF behind a field", 400, b"GET /healthz HTTP/1.1\r\nHost: @HOST@\nX-A: b\r\n\r\n"),
    ("a bare LF for the empty line", 400, b"GET /healthz HTTP/1.1\r\nHost: @HOST@\r\n\n"),
    ("CR CR LF", 400, b"GET /healthz HTTP/1.1\r\nHost: @HOST@\r\r\n\r\n"),
    ("a word", 400, b"hello\r\n\r\n"),
    ("a letter and rubbish", 400, b"A\x00\x01\x02\r\n\r\n"),
    ("HTTP/0.9", 400, b"GET /healthz\r\n\r\n"),
    ("a request line of one word", 400, lines("GET", HOST)),
    ("two spaces behind the method", 400, head("GET  /healthz HTTP/1.1")),
    ("two spaces before the version", 400, head("GET /healthz  HTTP/1.1")),
    ("a tab behind the method", 400, head("GET\t/healthz HTTP/1.1")),
    ("a space behind the version", 400, head("GET /healthz HTTP/1.1 ")),
    ("a space in the target", 400, head("GET /jobs/a b HTTP/1.1")),
    ("no target", 400, head("GET HTTP/1.1")),
    ("http/1.1 in small letters", 400, head("GET /healthz http/1.1")),
    ("HTTP/1.10", 400, head("GET /healthz HTTP/1.10")),
    ("HTTP/x.1", 400, head("GET /healthz HTTP/x.1")),
    ("HTTP/3.0", 505, head("GET /healthz HTTP/3.0")),
    ("HTTP/2.0", 505, head("GET /healthz HTTP/2.0")),
    ("the preface of HTTP/2", 505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("a target that is no ASCII", 400, head("GET /jobs/\xe4 HTTP/1.1")),
    ("a fragment", 400, get("/healthz#top")),
    ("a fragment alone", 400, get("#")),
    ("the target of CONNECT", 400, head("CONNECT @HOST@ HTTP/1.1")),
    ("a host for a target", 400, get("@HOST@")),
    ("a star for GET", 400, get("*")),
    ("a relative target", 400, get("healthz")),
    ("a target without its slash", 400, get("?x=1")),
    ("another scheme", 400, get("ftp://@HOST@/healthz")),
    ("absolute without a host", 400, get("http:///healthz")),
    ("absolute with a user", 400, get("http://user:secret@@HOST@/healthz")),
    ("a header block over 16 KiB", 431, head("GET /healthz HTTP/1.1", "X-A: " + "b" * (16 << 10))),
    ("many small fields over 16 KiB", 431, head("GET /healthz HTTP/1.1", *["X-A: b"] * 2100)),
    ("a header block without end", 431, b"GET /healthz HTTP/1.1\r\nX-A: " + b"b" * (17 << 10)),
    ("a request line without end", 431, b"GET /" + b"a" * (17 << 10)),
]] + [(f"{what} in {place}", data, 400, "invalid_request", ENDS)
      for what, byte in (("a bare CR", "\r"), ("NUL", "\0"), ("ESC", "\x1b"), ("DEL", "\x7f"))
      for place, data in (
          ("a field's value", head("GET /healthz HTTP/1.1", f"X-A: b{byte}c")),
          ("a field's name", head("GET /healthz HTTP/1.1", f"X-A{byte}: b")),
          ("Host", lines("GET /healthz HTTP/1.1", f"Host: a{byte}b")),
          ("the target", get(f"/jobs/a{byte}b")),
          ("the method", head(f"G{byte}T /healthz HTTP/1.1")),
          ("the version", head(f"GET /healthz HTTP/1.1{byte}")),
          ("an Idempotency-Key", post(JSON, f"Idempotency-Key: a{byte}b")),
          ("a Content-Type", post(f"{JSON}{byte}; charset=utf-8")),
      )]

# What is read to its end and then refused: the connection goes on.
METHODS = [(what, data, 405, "method_not_allowed", STAYS) for what, data in [
    ("a method in small letters", head("get /healthz HTTP/1.1")),
    ("a method nobody knows", head("BREW /healthz HTTP/1.1")),
    ("TRACE", head("TRACE /healthz HTTP/1.1")),
    ("CONNECT with a path", head("CONNECT /healthz HTTP/1.1")),
    ("PUT of a job", head(f"PUT /jobs/{NOBODY} HTTP/1.1", "Content-Length: 2", JSON) + b"{}"),
    ("PATCH of a job", head(f"PATCH /jobs/{NOBODY} HTTP/1.1", "Content-Length: 2", JSON) + b"{}"),
    ("DELETE of all jobs", head("DELETE /jobs HTTP/1.1")),
    ("GET of a submit", get("/jobs/email/batch")),
    ("POST of the list", post(JSON, target="/jobs")),
    ("POST of a job", post(JSON, target=f"/jobs/{NOBODY}")),
    ("a slash that is none", post(JSON, body=b"{}", target=f"/jobs/{NOBODY}%2Fcancel")),
    ("GET of a cancel", get(f"/jobs/{NOBODY}/cancel")),
    ("GET of the pause", get("/queue/pause")),
    ("POST of the events", post(JSON, body=b"{}", target="/events")),
]]

PATHS = [(f"the path {target}", get(target), 404, "unknown_operation", STAYS) for target in [
    "/", "//", "//jobs", "/jobs/", "/jobs//", "/JOBS", "/jobs/../healthz", "/./jobs", "/x/../jobs", "/jobs/%2e%2e/healthz",
    "/%6aobs", "/jobs;x=1", "/healthz/", "/healthz/x", "/healthz%00", "/healthz%20", "/jobs%2F" + NOBODY, "/queue",
    "/jobs/" + NOBODY + "/", "/jobs/" + NOBODY + "/cancel/", "/jobs/" + NOBODY + "/x", "/jobs/x/y/z", "/index.html",
    "/favicon.ico", "/etc/passwd", "/..%2f..%2fetc/passwd", "/\\..\\jobs", "/jobs\\x", "/openapi.yaml",
]] + [(f"the path {target}", get(target), 422, "invalid_field", STAYS) for target in [
    "/jobs/..", "/jobs/.", "/jobs/%2e%2e", "/jobs/a%2Fb", "/jobs/%00", f"/jobs/{NOBODY}%00", f"/jobs/{NOBODY}%0d%0aX-A:b",
    f"/jobs/{NOBODY};x", f"/jobs/{NOBODY}%20", f"/jobs/+{NOBODY}", "/jobs/%c0%af", "/jobs/%ff", "/jobs/%ed%a0%80",
    "/jobs/%E2%80%A8", "/jobs/" + "a" * 4000,
]] + [(f"the target {target}", get(target), 400, "invalid_request", STAYS) for target in [
    "/jobs/%", "/jobs/%2", "/jobs/%zz", "/jobs/%2g", "/jobs?tag=%", "/jobs?tag=%4", "/jobs?%zz=1", "/jobs?tag=%u0041",
]]

QUERIES = [(f"the query {target}", get(target), 422, code, STAYS) for target, code in [
    ("/jobs?limit=1&limit=2", "invalid_field"),
    ("/jobs?limit=1&limit=1", "invalid_field"),
    ("/jobs?limit=1&l%69mit=1", "invalid_field"),
    (f"/jobs/{NOBODY}?id={NOBODY}", "invalid_field"),
    ("/jobs?limit=", "invalid_field"),
    ("/jobs?limit", "invalid_field"),
    ("/jobs?limit=1.0", "invalid_field"),
    ("/jobs?limit=%201", "invalid_field"),
    ("/jobs?limit=+1", "invalid_field"),
    ("/jobs?limit=0x1", "invalid_field"),
    ("/jobs?limit=99999999999999999999", "invalid_field"),
    ("/jobs?tag=a%0D%0Ab", "invalid_field"),
    ("/jobs?tag=%00", "invalid_field"),
    ("/jobs?tag=%C2%85", "invalid_field"),
    ("/jobs?tag=%ff", "invalid_field"),
    ("/jobs?%ff=x", "invalid_field"),
    ("/jobs?Limit=1", "unknown_field"),
    ("/jobs?limit=1&x=2", "unknown_field"),
    ("/jobs?limit=1;x=2", "invalid_field"),
    ("/jobs?x", "unknown_field"),
    ("/jobs?=x", "unknown_field"),
    ("/healthz?x=1", "unknown_field"),
    ("/stats?verbose", "unknown_field"),
    ("/events?after=x", "invalid_field"),
    ("/events?after=1&after=2", "invalid_field"),
    ("/events?last-event-id=1", "unknown_field"),
]]

BODIES = [(what, data, status, code, STAYS) for what, status, code, data in [
    ("a body for GET", 400, "invalid_request", head("GET /healthz HTTP/1.1", "Content-Length: 2", JSON) + b"{}"),
    ("a body for DELETE", 400, "invalid_request",
     head(f"DELETE /jobs/{NOBODY} HTTP/1.1", "Content-Length: 2", JSON) + b"{}"),
    ("a body for HEAD", 400, None, head("HEAD /healthz HTTP/1.1", "Content-Length: 2", JSON) + b"{}"),
    ("no Content-Type", 415, "unsupported_media_type", post()),
    ("an empty Content-Type", 415, "unsupported_media_type", post("Content-Type:")),
    ("text/plain", 415, "unsupported_media_type", post("Content-Type: text/plain")),
    ("text/plain that says it is JSON", 415, "unsupported_media_type",
     post("Content-Type: text/plain; x=application/json")),
    ("a form", 415, "unsupported_media_type", post("Content-Type: application/x-www-form-urlencoded")),
    ("a form of parts", 415, "unsupported_media_type", post("Content-Type: multipart/form-data; boundary=x")),
    ("an empty part before the type", 415, "unsupported_media_type", post("Content-Type: ;application/json")),
    ("text/json", 415, "unsupported_media_type", post("Content-Type: text/json")),
    ("a type that begins alike", 415, "unsupported_media_type", post("Content-Type: application/json5")),
    ("two types", 415, "unsupported_media_type", post(JSON, "Content-Type: text/plain")),
    ("the type twice", 415, "unsupported_media_type", post(JSON, JSON)),
    ("a list of types", 415, "unsupported_media_type", post(f"{JSON}, text/plain")),
    ("another charset", 415, "unsupported_media_type", post(f"{JSON}; charset=iso-8859-1")),
    ("UTF-16", 415, "unsupported_media_type", post(f"{JSON}; charset=utf-16")),
    ("a compressed body", 415, "unsupported_media_type", post(JSON, "Content-Encoding: gzip")),
    ("lines for one email", 415, "unsupported_media_type", post("Content-Type: application/x-ndjson")),
    ("lines for a cancel", 415, "unsupported_media_type",
     post("Content-Type: application/x-ndjson", body=b"{}", target="/jobs/cancel")),
    ("a type beside an unknown path", 404, "unknown_operation", post("Content-Type: text/plain", target="/x")),
    ("a body that is a list", 422, "invalid_field", post(JSON, body=b"[]")),
    ("a body that is a text", 422, "invalid_field", post(JSON, body=b'"x"')),
    ("a body that is null", 422, "invalid_field", post(JSON, body=b"null")),
    ("a body of spaces", 400, "invalid_json", post(JSON, body=b"   ")),
    ("no body for a submit", 415, "unsupported_media_type", head("POST /jobs/email HTTP/1.1")),
    ("no body for a batch", 415, "unsupported_media_type", head("POST /jobs/email/batch HTTP/1.1")),
    ("no body for a submit, of a form", 415, "unsupported_media_type",
     post("Content-Type: application/x-www-form-urlencoded", body=b"")),
    ("an empty body for a submit", 422, "missing_field", post(JSON, body=b"")),
    ("an empty body in chunks", 422, "missing_field", in_chunks(b"0\r\n\r\n")),
    ("a submit by its query", 422, "unknown_field", head("POST /jobs/email?to=a@b.c HTTP/1.1")),
    ("a field in the query and in the body", 422, "unknown_field", post(JSON, target="/jobs/email?to=a@b.c")),
    ("many changed by a query", 422, "unknown_field", head("POST /jobs/cancel?status=pending HTTP/1.1")),
    ("a query for a pause", 422, "unknown_field", head("POST /queue/pause?x HTTP/1.1")),
    ("a query for DELETE", 422, "unknown_field", head(f"DELETE /jobs/{NOBODY}?x=1 HTTP/1.1")),
    ("id in the body of a cancel", 422, "invalid_field",
     post(JSON, body=b'{"id":"%s"}' % NOBODY.encode(), target=f"/jobs/{NOBODY}/cancel")),
    ("a query for a batch of lines", 422, "unknown_field",
     post("Content-Type: application/x-ndjson", target="/jobs/email/batch?x=1")),
    ("an expectation nobody meets", 417, "invalid_request", head("GET /healthz HTTP/1.1", "Expect: a-pony")),
    ("100-continue and more", 417, "invalid_request", head("GET /healthz HTTP/1.1", "Expect: 100-continue, a-pony")),
]] + [
    ("an expectation nobody meets, with a body", post(JSON, "Expect: 200-ok"), 417, "invalid_request", STAYS),
    ("a body too large by its length", post(JSON, length=36 << 20 | 1, body=b""), 413, "too_large", ENDS),
    ("a body too large, awaited", post(JSON, "Expect: 100-continue", length=36 << 20 | 1, body=b""), 413, "too_large",
     ENDS),
    ("a long body of another type", post("Content-Type: text/plain", length=1 << 20, body=b""), 415,
     "unsupported_media_type", ENDS),
    ("an awaited body of another type", post("Content-Type: text/plain", "Expect: 100-continue", body=b"", length=9),
     415, "unsupported_media_type", ENDS),
]

KEYS = [(f"the Idempotency-Key {what}", post(JSON, *[f"Idempotency-Key: {key}" for key in keys]), 422, "invalid_field",
         STAYS) for what, keys in [
    ("of nothing", [""]), ("of quotes", ['""']), ("of 256 bytes", ["k" * 256]), ("that is half a string", ['"k']),
    ("with more behind its quotes", ['"k" x']), ("that is no UTF-8", ["\xff"]), ("given twice", ["a", "b"]),
    ("with a C1 control", ["a\xc2\x85b"]), ("with a tab", ["a\tb"]),
]] + [
    ("another Idempotency-Key than the body's", post(JSON, "Idempotency-Key: a", body=MAIL[:-1] +
     b',"idempotency_key":"b"}'), 422, "invalid_field", STAYS),
    ("an Idempotency-Key for a batch", post(JSON, "Idempotency-Key: a", body=b'{"emails":[]}',
                                            target="/jobs/email/batch"), 422, "invalid_field", STAYS),
]

CHUNKS = [(what, in_chunks(body), status, code, ENDS) for what, status, code, body in [
    ("a chunk that is none", 400, "invalid_request", b"zz\r\nhello\r\n0\r\n\r\n"),
    ("a chunk without a size", 400, "invalid_request", b"\r\nhello\r\n0\r\n\r\n"),
    ("a negative chunk", 400, "invalid_request", b"-5\r\nhello\r\n0\r\n\r\n"),
    ("a chunk with a prefix", 400, "invalid_request", b"0x5\r\nhello\r\n0\r\n\r\n"),
    ("a chunk with a space before", 400, "invalid_request", b" 5\r\nhello\r\n0\r\n\r\n"),
    ("a chunk that ends in LF", 400, "invalid_request", b"5\nhello\n0\n\n\r\n\r\n"),
    ("a chunk longer than it says", 400, "invalid_request", b"2\r\nhello\r\n0\r\n\r\n"),
    ("a chunk shorter than it says", 400, "invalid_request", b"7\r\nhello\r\n0\r\n\r\n"),
    ("a chunk beyond 64 bits", 400, "invalid_request", b"10000000000000005\r\nhello\r\n0\r\n\r\n"),
    ("a chunk of nearly 64 bits", 413, "too_large", b"FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"),
    ("a chunk too large", 413, "too_large", b"2400001\r\n"),
    ("chunks too large together", 413, "too_large", b"2\r\n{}\r\n23fffff\r\n"),
    ("a bare LF in a chunk extension", 400, "invalid_request", b'2;a="b\nc"\r\n{}\r\n0\r\n\r\n'),
    ("a bare LF in the last chunk's extension", 400, "invalid_request", b'2\r\n{}\r\n0;a="b\nc"\r\n\r\n'),
    ("ESC in a chunk extension", 400, "invalid_request", b'2;a="\x1b"\r\n{}\r\n0\r\n\r\n'),
    ("a folded trailer", 400, "invalid_request", b"0\r\nX-A: b\r\n c\r\n\r\n"),
    ("a bare LF in the trailers", 400, "invalid_request", b"0\r\nX-A: b\nX-B: c\r\n\r\n"),
    ("a bare CR in the trailers", 400, "invalid_request", b"0\r\nX-A: b\rc\r\n\r\n"),
    ("NUL in the trailers", 400, "invalid_request", b"0\r\nX-A: \0\r\n\r\n"),
    ("an endless chunk extension", 431, "invalid_request", b"5;" + b"a" * 5000 + b"\r\nhello\r\n0\r\n\r\n"),
    ("endless trailers", 431, "invalid_request", b"0\r\n" + b"X-A: b\r\n" * 700 + b"\r\n"),
]]

# By whom TCP is not asked: what a browser sends for a page that is not ours. The socket answers.
FORBIDDEN = [(what, lines("GET /healthz HTTP/1.1", f"Host: {host}", *fields)) for what, host, fields in [
    ("a name that leads here", "attacker.example", []),
    ("a name that leads here, with our port", "attacker.example:@PORT@", []),
    ("another port", f"127.0.0.1:{OTHER_PORT}", []),
    ("no port", "127.0.0.1", []),
    ("an empty Host", "", []),
    ("a name that begins alike", "localhost.attacker.example:@PORT@", []),
    ("a name that ends alike", "attackerlocalhost:@PORT@", []),
    ("another loopback address", "127.0.0.2:@PORT@", []),
    ("the unspecified address", "0.0.0.0:@PORT@", []),
]] + [
    ("absolute, to another", get("http://attacker.example/healthz")),
    ("absolute, to another by https", get("https://attacker.example/healthz")),
    ("absolute, to another port", get(f"http://127.0.0.1:{OTHER_PORT}/healthz")),
    ("its own Origin by https", head("GET /healthz HTTP/1.1", "Origin: https://@HOST@")),
]

# Whoever tells an Origin is a browser, and forbidden through any door unless the page is ours.
ORIGINS = [(f"the Origin {origin}", head("GET /healthz HTTP/1.1", f"Origin: {origin}")) for origin in [
    "null", "http://attacker.example", "https://attacker.example", "http://127.0.0.1",
    f"http://127.0.0.1:{OTHER_PORT}",
    "http://@HOST@.attacker.example", "http://attacker.example/@HOST@", "http://user@@HOST@", "@HOST@", "//@HOST@", "",
    "file://", "chrome-extension://abc", "http://@HOST@/", "ftp://@HOST@",
]] + [
    ("what a browser fetches for another site", head("GET /healthz HTTP/1.1", "Sec-Fetch-Site: cross-site")),
    ("what a browser fetches for another port", head("GET /healthz HTTP/1.1", "Sec-Fetch-Site: same-site")),
    ("a pause that another site fetches", head("POST /queue/pause HTTP/1.1", "Sec-Fetch-Site: cross-site")),
    ("two Origins", head("GET /healthz HTTP/1.1", "Origin: http://@HOST@", "Origin: http://attacker.example")),
    ("a submit from a page", post("Content-Type: text/plain", "Origin: http://attacker.example")),
    ("a submit as JSON from a page", post(JSON, "Origin: http://attacker.example")),
    ("a pause from a page", head("POST /queue/pause HTTP/1.1", "Origin: http://attacker.example")),
    ("what a page asks before", head("OPTIONS /jobs/email HTTP/1.1", "Origin: http://attacker.example",
                                     "Access-Control-Request-Method: POST")),
]

ALL = FRAMING + GRAMMAR + METHODS + PATHS + QUERIES + BODIES + KEYS + CHUNKS
ALL += [(what, data, 403, "forbidden", STAYS) for what, data in ORIGINS]

# Nothing is wrong with these, though it looks so: 200, and the connection stays.
GOOD = [
    ("empty lines behind", get("/healthz") + b"\r\n\r\n"),
    ("no space behind a colon", lines("GET /healthz HTTP/1.1", "Host:@HOST@")),
    ("blanks around a value", lines("GET /healthz HTTP/1.1", "hOsT: \t @HOST@ \t ", "X-A:  b\t")),
    ("a value that is no ASCII", head("GET /healthz HTTP/1.1", "X-A: \xe4\xff")),
    ("an empty value", head("GET /healthz HTTP/1.1", "X-A:")),
    ("the same field twice", head("GET /healthz HTTP/1.1", "X-A: b", "X-A: c")),
    ("a name of punctuation", head("GET /healthz HTTP/1.1", "!#$%&'*+-.^_`|~9: b")),
    ("just under 16 KiB", head("GET /healthz HTTP/1.1", "X-A: " + "b" * ((16 << 10) - 100))),
    ("absolute", get("http://@HOST@/healthz")),
    ("absolute in capitals", get("HTTP://@HOST@/healthz")),
    ("absolute, whatever Host says", lines("GET http://@HOST@/healthz HTTP/1.1", "Host: attacker.example")),
    ("an empty query", get("/healthz?")),
    ("a query of nothing", get("/jobs?&&")),
    ("a query in escapes", get("/jobs?%6cimit=%31")),
    ("a question mark in a query", get("/jobs?tag=a?b/c")),
    ("its own Origin", head("GET /healthz HTTP/1.1", "Origin: http://@HOST@")),
    ("what its own page fetches", head("GET /healthz HTTP/1.1", "Sec-Fetch-Site: same-origin")),
    ("what its user typed", head("GET /healthz HTTP/1.1", "Sec-Fetch-Site: none")),
    ("no body by its length", head("GET /healthz HTTP/1.1", "Content-Length: 0")),
    ("no body in chunks", head("GET /healthz HTTP/1.1", "Transfer-Encoding: chunked") + b"0\r\n\r\n"),
    ("chunked in capitals", head("GET /healthz HTTP/1.1", "Transfer-Encoding: CHUNKED") + b"0\r\n\r\n"),
    ("nobody waits for 100", head("GET /healthz HTTP/1.1", "Expect: 100-continue")),
    ("an Upgrade", head("GET /healthz HTTP/1.1", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c")),
    ("POST without a body", head("POST /queue/resume HTTP/1.1")),
    ("a type without a body", head("POST /queue/resume HTTP/1.1", "Content-Type: text/plain", "Content-Length: 0")),
]
