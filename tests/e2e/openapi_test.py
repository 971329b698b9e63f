"""The OpenAPI document of a live daemon: linted, its examples replayed, and a client made from it put to work."""

import json
import re
import unittest

from support import ROOT, npm
from support.daemon import OVER_TCP, Daemon
from support.openapi import Document
from support.recorder import Recorder

MAIL = {"from": "app@example.com"}
HELLO = {"to": "user@email.com", "subject": "Hello", "body": "Test email"}
NO_JOB = "019535d9-3df7-79fb-b466-fa907fa17f9e"


def settled(client, job):
    return client.ask("GET", f"/jobs/{job['id']}?wait=60s").json()


# How the world comes to be as an example has it: (operation, example) -> what happens before. Gives values of
# parameters that the document cannot know.
def a_delivered_job(client, _example):
    return {"id": settled(client, client.submit(**HELLO))["id"]}


def a_rejected_job(client, _example):
    return {"id": settled(client, client.submit(**HELLO | {"to": "gone@email.com", "tags": ["newsletter"]}))["id"]}


def two_scheduled_newsletters(client, _example):
    for _ in range(2):
        client.submit(**HELLO, tags=["newsletter"], delay="1h")


def the_invoice(client, example):
    """As submit_email's example has it."""
    submits = example.operation.document.operation("submit_email").examples()
    invoice = next(one for one in submits if one.name == "invoice")
    return {"id": client.ask(*invoice.request()).json()["id"]}


def a_quiet_queue(client, example):
    a_delivered_job(client, example)
    client.submit(**HELLO, delay="1h")


BEFORE = {
    ("submit_email", "invoice_again"): the_invoice,
    ("get_job", "delivered"): lambda client, _: {"id": client.submit(**HELLO)["id"]},
    ("list_jobs", "failed"): a_rejected_job,
    ("cancel_job", "scheduled"): the_invoice,
    ("cancel_job", "delivered"): a_delivered_job,
    ("retry_job", "failed"): a_rejected_job,
    ("cancel_jobs", "tagged"): two_scheduled_newsletters,
    ("retry_jobs", "failed"): a_rejected_job,
    ("delete_job", "delivered"): a_delivered_job,
    ("stats", "quiet"): a_quiet_queue,
    ("watch", "one_job"): lambda client, _: {"job": client.submit(**HELLO, delay="1h")["id"]},
}

MASKS = {
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}": "ID",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z": "TIME",
    r'"(duration_ms|submitted_per_second|finished_per_second)": [\d.]+': r'"\1": 0',
    r"uid:\d+": "UID",
    r"smtp://[^\"]+": "RELAY",
    r"sqlite:[^\"]+": "STORE",
    r'"ok": true, "detail": "[^"]*"': '"ok": true, "detail": ""',
    r'"transcript": \[[^\]]*\]': '"transcript": []',
}


def masked(value):
    """Without what is another at every run."""
    text = json.dumps(value)
    for pattern, word in MASKS.items():
        text = re.sub(pattern, word, text)
    return json.loads(text)


class WithDocument(unittest.TestCase):
    def setUp(self):
        with Daemon() as daemon, daemon.http() as client:
            self.text = client.ask("GET", "/openapi.json").body.decode()
        self.document = Document(json.loads(self.text))


class Examples(WithDocument):
    maxDiff = None

    def test_each_is_answered_as_it_says(self):
        examples = [example for operation in self.document.operations() for example in operation.examples()]
        self.assertEqual({(one.operation.name, one.name) for one in examples} & BEFORE.keys(), BEFORE.keys())
        with Recorder() as relay:
            relay.reply("RCPT", "gone@", "550 5.1.1 no such user")
            relay.reply("DOT", "", "250 2.0.0 Ok: queued as 4F1B2")
            for example in examples:
                with self.subTest(example.operation.name, example=example.name):
                    with Daemon({"mail": MAIL}, transport=relay.url) as daemon, daemon.http() as client:
                        self.replay(daemon, client, example)

    def replay(self, daemon, client, example):
        before = BEFORE.get((example.operation.name, example.name), lambda *_: None)
        request = example.request(**before(client, example) or {})
        if example.answer_type == "text/event-stream":
            return self.replay_events(daemon, example, request)
        response = client.ask(*request)
        self.assertEqual(response.status, example.status, response)
        self.assertEqual(response.header("Content-Type"), example.answer_type)
        told = example.operation.check_response(response)
        self.assertEqual(masked(told), masked(example.answers()))
        return None

    def replay_events(self, daemon, example, request):
        """The stream may tell more; what the example has of it comes, in its order."""
        wanted = example.events()
        _, target, _, fields = request
        with daemon.http() as watcher, daemon.http() as client:
            events = watcher.events(target, fields)
            for job in client.ask("GET", "/jobs?status=pending").json()["jobs"]:
                client.ask("POST", f"/jobs/{job['id']}/retry")
            while wanted:
                event = next(events)
                if "event" not in event:
                    continue
                data = masked(example.operation.check_event(event))
                if (event["event"], data) == (wanted[0]["event"], masked(json.loads(wanted[0]["data"]))):
                    wanted.pop(0)


class Answers(WithDocument):
    """What no example shows: errors of every kind, and jobs at every stage."""

    def expect(self, client, operation, status, *request):
        with self.subTest(operation, status=status, request=request):
            response = client.ask(*request)
            self.assertEqual(response.status, status, response)
            return self.document.operation(operation).check_response(response)

    def test_errors_are_as_documented(self):
        json_type = {"Content-Type": "application/json"}
        with Daemon({"limits": {"max_queued_jobs": 1}}) as daemon, daemon.http() as client:
            for operation in self.document.operations():
                target = operation.path.replace("{id}", NO_JOB)
                if operation.method != "POST":
                    self.expect(client, operation.name, 422, operation.method, target + "?unheard_of=1")
                    continue
                self.expect(client, operation.name, 415, "POST", target, "{}", {"Content-Type": "text/plain"})
                self.expect(client, operation.name, 400, "POST", target, "{", json_type)
                self.expect(client, operation.name, 422, "POST", target, '{"unheard_of":1}', json_type)
            for operation, method, path in (("get_job", "GET", ""), ("cancel_job", "POST", "/cancel"),
                                            ("retry_job", "POST", "/retry"), ("delete_job", "DELETE", "")):
                self.expect(client, operation, 404, method, f"/jobs/{NO_JOB}{path}")
            pending = client.submit(delay="1h")["id"]
            self.expect(client, "delete_job", 409, "DELETE", f"/jobs/{pending}")
            self.expect(client, "submit_email", 503, "POST", "/jobs/email", json.dumps(HELLO), json_type)
            self.expect(client, "ready", 503, "GET", "/readyz")

    def test_a_used_key_and_too_much_content_are_as_documented(self):
        json_type = {"Content-Type": "application/json"}
        with Daemon({"limits": {"content_bytes": 1000}}) as daemon, daemon.http() as client:
            keyed = HELLO | {"idempotency_key": "k"}
            self.expect(client, "submit_email", 202, "POST", "/jobs/email", json.dumps(keyed), json_type)
            other = keyed | {"subject": "Other"}
            self.expect(client, "submit_email", 422, "POST", "/jobs/email", json.dumps(other), json_type)
            large = HELLO | {"body": "x" * 1001}
            self.expect(client, "submit_email", 413, "POST", "/jobs/email", json.dumps(large), json_type)

    def test_jobs_of_all_kinds_are_as_documented(self):
        transport = "simulate:?fail=0.5&permanent=0.2"
        with Daemon({"retry": {"initial": "10ms", "max": "10ms"}}, transport=transport) as daemon:
            with daemon.http() as client:
                content = {"html": "<p>x</p>", "headers": {"X-A": "b"}, "reply_to": "Ann <ann@example.com>",
                           "attachments": [{"filename": "a", "content": "eA==", "content_id": "a"}]}
                for n in range(40):
                    client.submit(f"user{n}@example.com", **content)
                client.submit(raw="To: a@example.com\n\nHello", subject=None, body=None, to=None)
                page = self.expect(client, "list_jobs", 200, "GET", "/jobs?limit=100")
                for job in page["jobs"]:
                    settled(client, job)
                    self.expect(client, "get_job", 200, "GET", f"/jobs/{job['id']}?include=content")
                self.expect(client, "list_jobs", 200, "GET", "/jobs?limit=1")
                job_id = page["jobs"][0]["id"]
                tag = client.ask("GET", f"/jobs/{job_id}").header("ETag")
                self.expect(client, "get_job", 304, "GET", f"/jobs/{job_id}", None, {"If-None-Match": tag})


class Manual(WithDocument):
    """Each error that the manual gives an operation is one of its answers in the document."""

    BY_LINES_ALONE = {("watch", "conflict")}  # HTTP has one watch a connection

    def named_in_the_manual(self):
        page = (ROOT / "man/jobd-protocol.7").read_text()
        names = {operation.name for operation in self.document.operations()}
        asked, in_errors, lists = [], False, 0
        for line in page[page.index(".Sh OPERATIONS"):page.index(".Sh EVENTS")].splitlines():
            words = re.findall(r"\w+", line)
            lists += line.startswith(".Bl") - line.startswith(".El")
            if line.startswith(".It ") and lists == 1:  # no list within: of parameters, of results
                asked, in_errors = names.intersection(words), False
            elif line.startswith("Errors"):
                in_errors = True
            elif in_errors and line.startswith(".Ql "):
                yield from ((operation, words[1]) for operation in asked)

    def test_its_errors_are_in_the_document(self):
        named = set(self.named_in_the_manual()) - self.BY_LINES_ALONE
        self.assertIn(("retry_jobs", "draining"), named)
        missing = [(operation, code) for operation, code in sorted(named)
                   if f"`{code}`" not in json.dumps(self.document.operation(operation).told["responses"])]
        self.assertEqual(missing, [])


class Tools(WithDocument):
    """What npm has for documents."""

    def setUp(self):
        super().setUp()
        npm.install()
        (npm.FOLDER / "openapi.json").write_text(self.text)

    def test_the_linter_finds_nothing(self):
        done = npm.node("lint.mjs", "openapi.json", check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_the_linter_finds_what_is_wrong(self):
        del self.document.document["paths"]["/jobs"]["get"]["summary"]
        (npm.FOLDER / "broken.json").write_text(json.dumps(self.document.document))
        done = npm.node("lint.mjs", "broken.json", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("operation-summary", done.stdout)

    def test_no_host_is_named_by_the_lock_file(self):
        lock = (npm.SOURCE / "package-lock.json").read_text()
        self.assertNotIn("://", lock)
        self.assertNotIn('"resolved"', lock)

    def test_a_client_made_from_it_works(self):
        npm.node("node_modules/openapi-typescript/bin/cli.js", "openapi.json", "--output", "api.d.ts")
        npm.node("node_modules/typescript/bin/tsc")
        with Daemon(OVER_TCP, transport="simulate:") as daemon:
            host, port = daemon.http_address
            told = json.loads(npm.node("made/client.js", f"http://{host}:{port}").stdout)
        job_id = told["taken"]["id"]
        self.assertEqual((told["taken"]["status"], told["taken"]["submitted_by"]), ("pending", "http"))
        self.assertEqual(told["again"], {"status": 200, "id": job_id})
        self.assertEqual((told["ended"]["id"], told["ended"]["status"]), (job_id, "completed"))
        self.assertEqual(told["listed"], [job_id])
        self.assertEqual((told["problem"]["status"], told["problem"]["code"], told["problem"]["field"]),
                         (422, "invalid_field", "to"))
        self.assertEqual(told["mistyped"], {"status": 422, "code": "invalid_field", "field": "to"})
        self.assertEqual(told["batch"], [202, 422])
        self.assertIn("event: reset\ndata: {}\n", told["event"])
        self.assertEqual(told["removed"], 204)

    def test_only_a_page_of_its_own_reaches_it_through_a_browser(self):
        with Daemon(OVER_TCP, transport="simulate:") as daemon:
            host, port = daemon.http_address
            told = json.loads(npm.node("browser.mjs", f"http://{host}:{port}").stdout)
            with daemon.client() as client:
                self.assertEqual(sum(client.call("stats")["jobs"].values()), 2)
        self.assertEqual(told["own_read"], [200, None])
        self.assertEqual(told["own_submit"], [202, None])
        self.assertEqual(told["own_origin"], [202, None, []])
        self.assertEqual(told["as_text"], [415, "unsupported_media_type"])
        self.assertEqual(told["as_form"], [415, "unsupported_media_type"])
        self.assertEqual(told["as_nothing"], [415, "unsupported_media_type", []])
        for request in ("foreign_submit", "foreign_null", "foreign_read", "foreign_preflight", "rebound"):
            self.assertEqual(told[request], [403, "forbidden", []], request)


if __name__ == "__main__":
    unittest.main()
