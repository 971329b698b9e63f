"""Input that must be refused: for each the status, the code and the field that the answer names. Nothing of it is kept."""

import json
import unittest

from support.daemon import Daemon
from support.port import HeldPort

GOOD = {"to": "user@example.com", "subject": "Hello", "body": "Test email"}
NOBODY = "01890000-0000-7000-8000-000000000000"


def without(key):
    return {k: v for k, v in GOOD.items() if k != key}


def nested(depth):
    return '{"op":"ping","x":' + "[" * depth + "]" * depth + "}"


# (what it is, the line, status, code, field)
LINES = [
    ("no JSON", "hello", 400, "invalid_json", None),
    ("half an object", '{"op":"ping"', 400, "invalid_json", None),
    ("two objects on a line", '{"op":"ping"}{"op":"ping"}', 400, "invalid_json", None),
    ("a list", "[]", 400, "invalid_json", None),
    ("a number", "42", 400, "invalid_json", None),
    ("null", "null", 400, "invalid_json", None),
    ("NaN", '{"op":"ping","x":NaN}', 400, "invalid_json", None),
    ("a comment", '{"op":"ping"} // hi', 400, "invalid_json", None),
    ("single quotes", "{'op':'ping'}", 400, "invalid_json", None),
    ("a trailing comma", '{"op":"ping",}', 400, "invalid_json", None),
    ("broken UTF-8", b'{"op":"ping","x":"\xff"}', 400, "invalid_json", None),
    ("an overlong UTF-8 sequence", b'{"op":"ping","x":"\xc0\xaf"}', 400, "invalid_json", None),
    ("a NUL byte", b'{"op":"ping"}\0', 400, "invalid_json", None),
    ("a lone surrogate", '{"op":"ping","x":"\\ud800"}', 400, "invalid_json", None),
    ("a control character in a string", b'{"op":"ping","x":"a\x01b"}', 400, "invalid_json", None),
    ("a depth bomb", nested(100_000), 400, "invalid_json", None),
    ("just too deep", nested(40), 400, "invalid_json", None),
    ("no op", '{"id":1}', 422, "missing_field", "op"),
    ("op is a number", '{"op":1}', 422, "invalid_field", "op"),
    ("an unknown op", '{"op":"Ping"}', 404, "unknown_operation", "op"),
    ("an empty op", '{"op":""}', 404, "unknown_operation", "op"),
    ("id is an object", '{"op":"ping","id":{}}', 422, "invalid_field", "id"),
    ("id is a fraction", '{"op":"ping","id":1.5}', 422, "invalid_field", "id"),
    ("id is too big", '{"op":"ping","id":18446744073709551615}', 422, "invalid_field", "id"),
    ("params is a list", '{"op":"ping","params":[]}', 422, "invalid_field", "params"),
    ("wait without an id", json.dumps({"op": "get_job", "params": {"id": NOBODY, "wait": "1s"}}), 422,
     "missing_field", "id"),
]

# (what it is, params of submit_email, code, field); the status is the code's
SUBMITS = [
    ("no recipient", without("to"), "missing_field", "to"),
    ("an empty list", GOOD | {"to": []}, "missing_field", "to"),
    ("an empty address", GOOD | {"to": ""}, "invalid_field", "to"),
    ("no @", GOOD | {"to": "user"}, "invalid_field", "to"),
    ("two @", GOOD | {"to": "a@b@c"}, "invalid_field", "to"),
    ("no domain", GOOD | {"to": "a@"}, "invalid_field", "to"),
    ("no local part", GOOD | {"to": "@b"}, "invalid_field", "to"),
    ("a space inside", GOOD | {"to": "a b@example.com"}, "invalid_field", "to"),
    ("SMTP injection in an address", GOOD | {"to": "a@example.com>\r\nRCPT TO:<x@y"}, "invalid_field", "to"),
    ("a bad one among good ones", GOOD | {"to": ["a@example.com", "b"]}, "invalid_field", "to[1]"),
    ("a number for an address", GOOD | {"to": [7]}, "invalid_field", "to[0]"),
    ("an address too long", GOOD | {"to": "a@" + "b" * 63 + ".example" * 40}, "invalid_field", "to"),
    ("a local part too long", GOOD | {"to": "a" * 65 + "@example.com"}, "invalid_field", "to"),
    ("an address object without email", GOOD | {"to": {"name": "x"}}, "missing_field", "to.email"),
    ("an address object with more", GOOD | {"to": {"email": "a@b.c", "x": 1}}, "unknown_field", "to.x"),
    ("a line end in a name", GOOD | {"to": {"email": "a@b.c", "name": "x\r\nBcc: y"}}, "invalid_field", "to.name"),
    ("a bad cc", GOOD | {"cc": "x"}, "invalid_field", "cc"),
    ("a bad bcc", GOOD | {"bcc": ["x"]}, "invalid_field", "bcc[0]"),
    ("a bad sender", GOOD | {"from": "x"}, "invalid_field", "from"),
    ("a bad reply_to", GOOD | {"reply_to": "x"}, "invalid_field", "reply_to"),
    ("a bad envelope_from", GOOD | {"envelope_from": "x"}, "invalid_field", "envelope_from"),
    ("header injection in the subject", GOOD | {"subject": "x\r\nBcc: a@b.c"}, "invalid_field", "subject"),
    ("a subject that is a number", GOOD | {"subject": 1}, "invalid_field", "subject"),
    ("a subject too long", GOOD | {"subject": "x" * 5000}, "invalid_field", "subject"),
    ("body and text", GOOD | {"text": "y"}, "invalid_field", None),
    ("body is a list", GOOD | {"body": ["x"]}, "invalid_field", "body"),
    ("a NUL in the body", GOOD | {"body": "a\0b"}, "invalid_field", "body"),
    ("an unknown field", GOOD | {"subjekt": "x"}, "unknown_field", "subjekt"),
    ("a header with a field of its own", GOOD | {"headers": {"Subject": "x"}}, "invalid_field", "headers.Subject"),
    ("a transport header", GOOD | {"headers": {"message-id": "<x@y>"}}, "invalid_field", "headers.message-id"),
    ("a content header", GOOD | {"headers": {"Content-Type": "x/y"}}, "invalid_field", "headers.Content-Type"),
    ("injection in a header", GOOD | {"headers": {"X-A": "b\r\nBcc: c@d.e"}}, "invalid_field", "headers.X-A"),
    ("injection in a header's name", GOOD | {"headers": {"X-A: b\r\nBcc": "c@d.e"}}, "invalid_field", "headers"),
    ("a header with a colon", GOOD | {"headers": {"X:A": "b"}}, "invalid_field", "headers"),
    ("headers as a list", GOOD | {"headers": []}, "invalid_field", "headers"),
    ("an attachment without content", GOOD | {"attachments": [{"filename": "a"}]}, "missing_field",
     "attachments[0].content"),
    ("an attachment without a name", GOOD | {"attachments": [{"content": ""}]}, "missing_field",
     "attachments[0].filename"),
    ("bad base64", GOOD | {"attachments": [{"filename": "a", "content": "!!"}]}, "invalid_field",
     "attachments[0].content"),
    ("a path for a file name", GOOD | {"attachments": [{"filename": "../a", "content": "eA=="}]}, "invalid_field",
     "attachments[0].filename"),
    ("a bad media type", GOOD | {"attachments": [{"filename": "a", "content": "eA==", "content_type": "x"}]},
     "invalid_field", "attachments[0].content_type"),
    ("raw and subject", {"raw": "To: a@b.c\n\nx", "subject": "x"}, "invalid_field", None),
    ("raw twice", {"raw": "To: a@b.c\n\nx", "raw_base64": "eA=="}, "invalid_field", None),
    ("raw without a recipient", {"raw": "Subject: x\n\ny"}, "missing_field", "to"),
    ("raw_base64 that is none", {"raw_base64": "%", "to": "a@b.c"}, "invalid_field", "raw_base64"),
    ("tags as a string", GOOD | {"tags": "x"}, "invalid_field", "tags"),
    ("an empty tag", GOOD | {"tags": ["a", ""]}, "invalid_field", "tags[1]"),
    ("a tag too long", GOOD | {"tags": ["x" * 65]}, "invalid_field", "tags[0]"),
    ("too many tags", GOOD | {"tags": ["x"] * 21}, "invalid_field", "tags"),
    ("metadata that is no string", GOOD | {"metadata": {"k": 1}}, "invalid_field", "metadata.k"),
    ("priority above 9", GOOD | {"priority": 10}, "invalid_field", "priority"),
    ("priority below 0", GOOD | {"priority": -1}, "invalid_field", "priority"),
    ("priority as a string", GOOD | {"priority": "5"}, "invalid_field", "priority"),
    ("priority as a fraction", GOOD | {"priority": 5.5}, "invalid_field", "priority"),
    ("no attempts", GOOD | {"max_attempts": 0}, "invalid_field", "max_attempts"),
    ("too many attempts", GOOD | {"max_attempts": 101}, "invalid_field", "max_attempts"),
    ("a delay in words", GOOD | {"delay": "soon"}, "invalid_field", "delay"),
    ("a delay without a unit", GOOD | {"delay": "15"}, "invalid_field", "delay"),
    ("a negative delay", GOOD | {"delay": "-5m"}, "invalid_field", "delay"),
    ("a delay beyond measure", GOOD | {"delay": "99999999999999d"}, "invalid_field", "delay"),
    ("delay and scheduled_at", GOOD | {"delay": "1m", "scheduled_at": "2030-01-01T00:00:00Z"}, "invalid_field", "delay"),
    ("a time without a zone", GOOD | {"scheduled_at": "2030-01-01T00:00:00"}, "invalid_field", "scheduled_at"),
    ("the 30th of February", GOOD | {"scheduled_at": "2030-02-30T00:00:00Z"}, "invalid_field", "scheduled_at"),
    ("ttl and expires_at", GOOD | {"ttl": "1h", "expires_at": "2030-01-01T00:00:00Z"}, "invalid_field", "ttl"),
    ("a ttl of nothing", GOOD | {"ttl": "0s"}, "invalid_field", "ttl"),
    ("expired before it began", GOOD | {"expires_at": "2000-01-01T00:00:00Z"}, "invalid_field", "expires_at"),
    ("an unknown on_uncertain", GOOD | {"on_uncertain": "ask"}, "invalid_field", "on_uncertain"),
    ("an empty idempotency_key", GOOD | {"idempotency_key": ""}, "invalid_field", "idempotency_key"),
    ("an idempotency_key too long", GOOD | {"idempotency_key": "k" * 256}, "invalid_field", "idempotency_key"),
    ("a traceparent that is none", GOOD | {"traceparent": "x"}, "invalid_field", "traceparent"),
]

# (what it is, op, params, code, field)
OTHERS = [
    ("get without id", "get_job", {}, "missing_field", "id"),
    ("get with a bad id", "get_job", {"id": "42"}, "invalid_field", "id"),
    ("get with a number", "get_job", {"id": 42}, "invalid_field", "id"),
    ("get of nobody", "get_job", {"id": NOBODY}, "not_found", None),
    ("include of something else", "get_job", {"id": NOBODY, "include": "all"}, "invalid_field", "include"),
    ("an unknown field", "get_job", {"id": NOBODY, "x": 1}, "unknown_field", "x"),
    ("a bad wait", "get_job", {"id": NOBODY, "wait": "ever"}, "invalid_field", "wait"),
    ("cancel of nobody", "cancel_job", {"id": NOBODY}, "not_found", None),
    ("cancel without id", "cancel_job", {}, "missing_field", "id"),
    ("retry of nobody", "retry_job", {"id": NOBODY}, "not_found", None),
    ("an unknown status", "list_jobs", {"status": "done"}, "invalid_field", "status"),
    ("limit 0", "list_jobs", {"limit": 0}, "invalid_field", "limit"),
    ("limit 1001", "list_jobs", {"limit": 1001}, "invalid_field", "limit"),
    ("a bad cursor", "list_jobs", {"cursor": "nonsense"}, "invalid_field", "cursor"),
    ("a bad since", "list_jobs", {"since": "yesterday"}, "invalid_field", "since"),
    ("a batch without emails", "submit_emails", {}, "missing_field", "emails"),
    ("a batch that is an object", "submit_emails", {"emails": {}}, "invalid_field", "emails"),
    ("a batch too long", "submit_emails", {"emails": [{}] * 4097}, "invalid_field", "emails"),
    ("stats with a field", "stats", {"x": 1}, "unknown_field", "x"),
    ("pause with a field", "pause", {"for": "1h"}, "unknown_field", "for"),
]

STATUS = {"missing_field": 422, "invalid_field": 422, "unknown_field": 422, "not_found": 404}


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon())
        cls.client = cls.enterClassContext(cls.daemon.client())

    def check(self, reply, status, code, field):
        error = reply.get("error", {})
        found = (reply["status"], error.get("code"), error.get("field", ""))
        self.assertEqual(found, (status, code, found[2] if field is None and found[2] else field or ""), reply)
        self.assertFalse(error["retryable"])
        self.assertTrue(error["message"].isprintable(), error["message"])

    def test_lines(self):
        for what, line, status, code, field in LINES:
            with self.subTest(what):
                self.client.send_bytes((line if isinstance(line, bytes) else line.encode()) + b"\n")
                self.check(self.client.receive(), status, code, field)

    def test_submits(self):
        for what, params, code, field in SUBMITS:
            with self.subTest(what):
                self.check(self.client.ask("submit_email", **params), STATUS[code], code, field)

    def test_the_same_in_a_batch_fails_alone(self):
        emails = [params for _, params, _, _ in SUBMITS]
        items = self.client.call("submit_emails", emails=emails)["items"]
        self.assertEqual(len(items), len(SUBMITS))
        for index, (item, (what, _, code, field)) in enumerate(zip(items, SUBMITS)):
            with self.subTest(what):
                self.check(item, STATUS[code], code, f"emails[{index}].{field}" if field else None)

    def test_other_operations(self):
        for what, op, params, code, field in OTHERS:
            with self.subTest(what):
                self.check(self.client.ask(op, **params), STATUS[code], code, field)

    def test_nothing_of_it_is_kept(self):
        self.test_submits()
        self.assertEqual(set(self.client.call("stats")["jobs"].values()), {0})
        self.assertEqual(self.client.call("list_jobs")["jobs"], [])
        self.assertEqual(list(self.daemon.outbox()), [])

    def test_smtp_needs_a_sender(self):
        with HeldPort() as port, Daemon(transport=f"smtp://127.0.0.1:{port.number}") as daemon, daemon.client() as client:
            self.check(client.ask("submit_email", **GOOD), 422, "missing_field", "from")


if __name__ == "__main__":
    unittest.main()
