"""What only HTTP has: its fields, its methods and its connections."""

import json
import re
import threading
import unittest

from support.daemon import OVER_TCP, Daemon
from support.http import HttpClient, chunked

MAIL = {"to": "user@example.com", "subject": "Hello", "body": "Test email"}
NOBODY = "01890000-0000-7000-8000-000000000000"
NDJSON = {"Content-Type": "application/x-ndjson"}


class OverHttp(unittest.TestCase):
    config = {}
    transport = None

    def setUp(self):
        self.daemon = self.enterContext(Daemon(self.config, transport=self.transport))
        self.client = self.enterContext(self.daemon.http())

    def pause(self):
        self.assertEqual(self.client.ask("POST", "/queue/pause").status, 200)

    def submit_one(self, fields=(), **params):
        return self.client.ask("POST", "/jobs/email", MAIL | params, fields)

    def assert_problem(self, response, status, code, field=None):
        problem = response.json()
        self.assertEqual((response.status, problem["code"], problem.get("field")), (status, code, field), response)
        self.assertEqual(response.header("Content-Type"), "application/problem+json")


class Submits(OverHttp):
    def test_location_leads_to_the_job(self):
        response = self.submit_one()
        self.assertEqual(response.status, 202)
        self.assertEqual(response.header("Location"), f"/jobs/{response.json()['id']}")
        job = self.client.ask("GET", response.header("Location") + "?wait=60s").json()
        self.assertEqual((job["id"], job["status"]), (response.json()["id"], "completed"))

    def test_a_key_in_the_header_is_the_bodys(self):
        self.pause()
        first = self.submit_one({"Idempotency-Key": "order-42"})
        for fields, params in (({"Idempotency-Key": "order-42"}, {}), ({"Idempotency-Key": '"order-42"'}, {}),
                               ({}, {"idempotency_key": "order-42"}),
                               ({"idempotency-key": '"order\\-42"'}, {"idempotency_key": "order-42"})):
            with self.subTest(fields=fields, params=params):
                again = self.submit_one(fields, **params)
                self.assertEqual((again.status, again.json()["id"]), (200, first.json()["id"]))
                self.assertEqual(again.header("Location"), first.header("Location"))
        self.assert_problem(self.submit_one({"Idempotency-Key": "order-42"}, subject="Other"), 422,
                            "idempotency_mismatch", "idempotency_key")
        quoted = self.submit_one({"Idempotency-Key": r'"a \"b\" \\"'})
        again = self.submit_one(idempotency_key=r'a "b" \ '.rstrip())
        self.assertEqual((again.status, again.json()["id"]), (200, quoted.json()["id"]))

    def test_a_trace_context_that_is_none_is_left_out(self):
        for context in ("nonsense", f"00-{'0' * 32}-{'b' * 16}-01", f"00-{'a' * 32}-{'b' * 16}-01"):
            self.assertEqual(self.submit_one({"traceparent": context}).status, 202)

    def test_a_body_in_chunks(self):
        self.pause()
        body = json.dumps(MAIL | {"subject": "In chunks"}).encode()
        for chunks in ([body], [body[:1], body[1:]], [bytes([byte]) for byte in body]):
            self.client.send("POST", "/jobs/email", fields={"Content-Type": "application/json",
                                                            "Transfer-Encoding": "chunked"})
            self.client.send_bytes(chunked(*chunks))
            response = self.client.receive()
            self.assertEqual((response.status, response.json()["subject"]), (202, "In chunks"))
        self.client.send("POST", "/jobs/email", fields={"Content-Type": "application/json", "Trailer": "X-Sum",
                                                        "Transfer-Encoding": "chunked"})
        self.client.send_bytes(b"%x;name=value;q=\"a;b\"\r\n%s\r\n000\r\nX-Sum: 1\r\n\r\n" % (len(body), body))
        self.assertEqual(self.client.receive().status, 202)

    def test_100_continue(self):
        body = json.dumps(MAIL).encode()
        fields = [("Host", "localhost"), ("Content-Type", "application/json"), ("Expect", "100-continue")]
        for told in (("Content-Length", str(len(body))), ("Transfer-Encoding", "chunked")):
            self.client.send("POST", "/jobs/email", fields=[*fields, told])
            self.assertEqual(self.client.receive().status, 100)
            self.client.send_bytes(body if told[0] == "Content-Length" else chunked(body))
            self.assertEqual(self.client.receive().status, 202)

    def test_busy_says_when_to_come_again(self):
        with Daemon({"limits": {"max_queued_jobs": 1}}) as daemon, daemon.http() as client:
            client.ask("POST", "/queue/pause")
            client.submit()
            response = client.ask("POST", "/jobs/email", MAIL)
            self.assert_problem(response, 503, "busy")
            self.assertEqual(int(response.header("Retry-After")), -(-response.json()["retry_after_ms"] // 1000))
            ready = client.ask("GET", "/readyz")
            self.assert_problem(ready, 503, "unavailable")
            self.assertTrue(ready.header("Retry-After"))


class Batches(OverHttp):
    EMAILS = [MAIL, MAIL | {"to": "nonsense"}, MAIL | {"subject": "Third"}]

    def setUp(self):
        super().setUp()
        self.pause()
        self.lines = "".join(json.dumps(email) + "\n" for email in self.EMAILS)

    def check(self, items):
        self.assertEqual([item["status"] for item in items], [202, 422, 202])
        self.assertEqual(items[1]["error"]["field"], "emails[1].to")
        self.assertEqual(items[2]["result"]["subject"], "Third")

    def test_json_and_lines_in_json_and_lines_out(self):
        for body, fields in (({"emails": self.EMAILS}, {}), (self.lines, NDJSON), (self.lines.rstrip(), NDJSON),
                             (self.lines.replace("\n", "\r\n\r\n"), NDJSON)):
            response = self.client.ask("POST", "/jobs/email/batch", body, fields)
            self.assertEqual((response.status, response.header("Content-Type")), (200, "application/json"))
            self.check(response.json()["items"])
            response = self.client.ask("POST", "/jobs/email/batch", body, {**fields, "Accept": "application/x-ndjson"})
            self.assertEqual((response.status, response.header("Content-Type")), (200, "application/x-ndjson"))
            self.assertEqual(response.body.count(b"\n"), 3)
            self.check(response.lines())

    def test_lines_for_who_asks_for_them(self):
        for accept, wanted in (("*/*", "json"), ("application/*", "json"), ("application/x-ndjson", "x-ndjson"),
                               ("APPLICATION/X-NDJSON", "x-ndjson"), ("application/json", "json"),
                               ("application/json, application/x-ndjson;q=0.5", "json"), ("text/html", "json"),
                               ("application/json;q=0.1, application/x-ndjson", "x-ndjson"),
                               ("application/x-ndjson;q=0", "json")):
            with self.subTest(accept):
                response = self.client.ask("POST", "/jobs/email/batch", {"emails": []}, {"Accept": accept})
                self.assertEqual(response.header("Content-Type"), f"application/{wanted}")

    def test_a_thousand_lines_in_chunks(self):
        lines = [json.dumps(MAIL | {"subject": str(n)}).encode() + b"\n" for n in range(1000)]
        self.client.send("POST", "/jobs/email/batch", fields={**NDJSON, "Transfer-Encoding": "chunked"})
        self.client.send_bytes(chunked(*lines))
        items = self.client.receive().json()["items"]
        self.assertEqual([item["result"]["subject"] for item in items], [str(n) for n in range(1000)])


class Reads(OverHttp):
    def test_a_job_that_did_not_change_is_not_sent_again(self):
        self.pause()
        target = self.submit_one().header("Location")
        first = self.client.ask("GET", target)
        tag = first.header("ETag")
        for match in (tag, f"W/{tag}", f'"x", {tag}', f'"x,y" , {tag}', "*"):
            with self.subTest(match):
                again = self.client.ask("GET", target, fields={"If-None-Match": match})
                self.assertEqual((again.status, again.header("ETag"), again.body), (304, tag, b""))
                self.assertEqual((again.header("Content-Type"), again.header("Cache-Control")),
                                 (None, "private, no-cache"))
        for match in ('"x"', tag.strip('"'), ""):
            self.assertEqual(self.client.ask("GET", target, fields={"If-None-Match": match}).status, 200)
        self.client.ask("POST", f"{target}/cancel")
        changed = self.client.ask("GET", target, fields={"If-None-Match": tag})
        self.assertEqual((changed.status, changed.json()["status"]), (200, "cancelled"))
        self.assertNotEqual(changed.header("ETag"), tag)
        self.assertNotEqual(self.client.ask("GET", f"{target}?include=content").header("ETag"), changed.header("ETag"))
        missing = self.client.ask("GET", f"/jobs/{NOBODY}", fields={"If-None-Match": "*"})
        self.assert_problem(missing, 404, "not_found")

    def test_the_tag_of_a_job_outlives_the_daemon(self):
        self.pause()
        target = self.submit_one().header("Location")
        tag = self.client.ask("GET", target).header("ETag")
        self.daemon.stop()
        self.daemon.start()
        with self.daemon.http() as client:
            self.assertEqual(client.ask("GET", target, fields={"If-None-Match": tag}).status, 304)

    def test_links_lead_to_the_end_of_a_list(self):
        self.pause()
        ids = [self.submit_one(tags=["a&b =c"]).json()["id"] for _ in range(10)]
        self.submit_one(tags=["other"])
        seen, target = [], "/jobs?limit=3&tag=a%26b+%3Dc"
        while target:
            page = self.client.ask("GET", target)
            self.assertEqual(page.status, 200)
            seen.append([job["id"] for job in page.json()["jobs"]])
            link = page.header("Link")
            target = re.fullmatch(r'<(/jobs\?\S+)>; rel="next"', link)[1] if link else None
        self.assertEqual([job_id for page in seen for job_id in page], ids[::-1])
        self.assertEqual(len(seen), 4)

    def test_prefer_wait(self):
        self.pause()
        target = self.submit_one().header("Location")
        for prefer in ("wait=0", "WAIT = 0", 'wait="0"', "respond-async, wait=0;x=y", "wait=0, wait=60"):
            with self.subTest(prefer):
                response = self.client.ask("GET", target, fields={"Prefer": prefer})
                self.assertEqual((response.status, response.header("Preference-Applied")), (200, "wait=0"))
        for prefer in ("wait", "wait=", "wait=soon", "wait=-1", "respond-async"):
            with self.subTest(prefer):
                response = self.client.ask("GET", target, fields={"Prefer": prefer})
                self.assertEqual((response.status, response.header("Preference-Applied")), (200, None))
        response = self.client.ask("GET", f"{target}?wait=20ms", fields={"Prefer": "wait=60"})
        self.assertEqual((response.json()["status"], response.header("Preference-Applied")), ("pending", None))

    def test_a_wait_ends_with_the_job(self):
        self.pause()
        target = self.submit_one().header("Location")
        self.client.send("GET", target, fields={"Prefer": "wait=999999"})
        with self.daemon.http() as other:
            self.assertEqual(other.ask("GET", "/healthz").status, 200)
            self.assertEqual(other.ask("POST", "/queue/resume").status, 200)
        response = self.client.receive()
        self.assertEqual((response.json()["status"], response.header("Preference-Applied")), ("completed", "wait=60"))


class Methods(OverHttp):
    TARGETS = ("/healthz", "/readyz", "/stats", "/jobs", "/openapi.json")

    def test_head_is_get_without_a_body(self):
        self.pause()
        self.client.ask("GET", "/stats")
        for target in (*self.TARGETS, self.submit_one().header("Location"), f"/jobs/{NOBODY}", "/nowhere", "/jobs?x=1"):
            with self.subTest(target):
                get, head = self.client.ask("GET", target), self.client.ask("HEAD", target)
                self.assertEqual((head.status, head.body), (get.status, b""))
                changing = ("Date", *(["Content-Length"] if target == "/stats" else []))  # rates are of the moment
                self.assertEqual([field for field in head.fields if field[0] not in changing],
                                 [field for field in get.fields if field[0] not in changing])

    def test_options(self):
        for target, allowed in [(target, "GET, HEAD, OPTIONS") for target in (*self.TARGETS, "/events")] + [
                ("*", "GET, HEAD, POST, DELETE, OPTIONS"), (f"/jobs/{NOBODY}", "GET, HEAD, DELETE, OPTIONS"),
                ("/jobs/email", "POST, OPTIONS"), ("/jobs/email/batch", "POST, OPTIONS"), ("/jobs/cancel", "POST, OPTIONS"),
                (f"/jobs/{NOBODY}/retry", "POST, OPTIONS"), ("/queue/resume", "POST, OPTIONS")]:
            with self.subTest(target):
                response = self.client.ask("OPTIONS", target)
                self.assertEqual((response.status, response.header("Allow"), response.body), (204, allowed, b""))
                self.assertIsNone(response.header("Access-Control-Allow-Origin"))
        self.assert_problem(self.client.ask("OPTIONS", "/nowhere"), 404, "unknown_operation")

    def test_what_every_response_says(self):
        for target in (*self.TARGETS, "/nowhere"):
            response = self.client.ask("GET", target)
            self.assertRegex(response.header("Date"), r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} [\d:]{8} GMT$")
            self.assertEqual((response.header("Cache-Control"), response.header("X-Content-Type-Options")),
                             ("no-store", "nosniff"))

    def test_delete(self):
        self.pause()
        target = self.submit_one().header("Location")
        self.assert_problem(self.client.ask("DELETE", target), 409, "conflict")
        self.client.ask("POST", f"{target}/cancel")
        response = self.client.ask("DELETE", target)
        self.assertEqual((response.status, response.body, response.header("Content-Length")), (204, b"", None))
        self.assert_problem(self.client.ask("DELETE", target), 404, "not_found")


class Connections(OverHttp):
    config = OVER_TCP

    def test_a_thousand_submits_in_a_row_are_answered_in_order(self):
        for address in (self.daemon.socket_path, self.daemon.http_address):
            with HttpClient(address) as client:
                def write(client=client):
                    for n in range(1000):
                        client.send("POST", "/jobs/email", MAIL | {"subject": str(n)})
                writer = threading.Thread(target=write)
                writer.start()
                for n in range(1000):
                    response = client.receive()
                    self.assertEqual((response.status, response.json()["subject"]), (202, str(n)))
                writer.join()

    def test_a_client_that_writes_all_before_it_reads_gets_through(self):
        for n in range(1000):
            self.client.send("POST", "/jobs/email", MAIL | {"subject": str(n)})
        self.assertEqual([self.client.receive().json()["subject"] for _ in range(1000)], [str(n) for n in range(1000)])

    def test_a_half_closed_client_gets_all_its_answers(self):
        for n in range(200):
            self.client.send("POST", "/jobs/email", MAIL | {"subject": str(n)})
        self.client.half_close()
        self.assertEqual([self.client.receive().json()["subject"] for _ in range(200)], [str(n) for n in range(200)])
        self.assertIsNone(self.client.receive())

    def test_a_half_closed_client_gets_its_wait(self):
        self.pause()
        target = self.submit_one().header("Location")
        self.client.send("GET", f"{target}?wait=60s")
        self.client.half_close()
        with self.daemon.http() as other:
            self.assertEqual(other.ask("POST", "/queue/resume").status, 200)
        self.assertEqual(self.client.receive().json()["status"], "completed")
        self.assertIsNone(self.client.receive())

    def test_answers_wait_for_those_before(self):
        """As HTTP has it: behind a wait nothing is answered, though all is done."""
        self.pause()
        target = self.submit_one().header("Location")
        self.client.send("GET", f"{target}?wait=60s")
        self.client.send("POST", "/queue/resume")
        self.client.send("GET", "/healthz")
        answers = [self.client.receive().json() for _ in range(3)]
        self.assertEqual([answers[0]["status"], answers[1]], ["completed", {"paused": False}])
        self.assertIn("version", answers[2])

    def test_close_is_kept(self):
        for value in ("close", "Close", "keep-alive, close", "close, keep-alive"):
            with self.subTest(value), self.daemon.http() as client:
                response = client.ask("GET", "/healthz", fields={"Connection": value})
                self.assertEqual((response.status, response.closes), (200, True))
                self.assertIsNone(client.receive())

    def test_http_1_0(self):
        with self.daemon.http() as client:
            client.send_bytes(b"GET /healthz HTTP/1.0\r\n\r\n")
            self.assertEqual(client.receive().status, 200)
            self.assertIsNone(client.receive())
        with HttpClient(self.daemon.http_address) as client:
            client.send_bytes(b"GET /healthz HTTP/1.0\r\n\r\n")
            self.assert_problem(client.receive(), 400, "invalid_request")
            self.assertIsNone(client.receive())
        with HttpClient(self.daemon.http_address) as client:
            for _ in range(3):
                client.send("GET", "/healthz", fields={"Connection": "keep-alive"}, version="HTTP/1.0")
                response = client.receive()
                self.assertEqual((response.status, response.header("Connection")), (200, "keep-alive"))
        with self.daemon.http() as client:
            client.send("GET", "/events", version="HTTP/1.0")
            head = client.receive_head()
            self.assertEqual((head.status, head.header("Transfer-Encoding"), head.closes), (200, None, True))
            self.assertRegex(client.reader.readline(), rb"^id: \d+\n$")
            self.assertEqual(client.reader.readline(), b"retry: 2000\n")

    def test_reads_see_the_connections_earlier_writes(self):
        self.pause()
        for n in range(100):
            self.client.send("POST", "/jobs/email", MAIL | {"tags": [f"n{n}"]})
            self.client.send("GET", f"/jobs?tag=n{n}")
        for _ in range(100):
            submitted = self.client.receive().json()
            self.assertEqual([job["id"] for job in self.client.receive().json()["jobs"]], [submitted["id"]])

    def test_the_two_languages_do_not_mix_on_one_connection(self):
        with self.daemon.client() as client:
            client.send_bytes(b'{"op":"ping"}\nGET /healthz HTTP/1.1\r\n')
            self.assertEqual([client.receive()["status"] for _ in range(2)], [200, 400])


if __name__ == "__main__":
    unittest.main()
