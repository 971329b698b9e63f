"""Input that must be refused: for each the status, the code and the field that the answer names, the same through every
door. Nothing of it is kept."""

import json
import re
import unittest

from bad_input_cases import (GOOD, GOOD_ADDRESSES, NOBODY, OTHERS, STATUS, SUBMITS, TEXTS_NO_JSON, UNSAYABLE,
                             submit_texts)
from support.daemon import OVER_TCP, Daemon
from support.doors import LineDoor, Unsayable, doors, dumped
from support.port import HeldPort


def nested(depth):
    return '{"op":"ping","x":' + "[" * depth + "]" * depth + "}"


# (what it is, the line, status, code, field): of the line protocol alone
LINES = [
    ("no JSON", "hello", 400, "invalid_json", ""),
    ("half an object", '{"op":"ping"', 400, "invalid_json", ""),
    ("two objects on a line", '{"op":"ping"}{"op":"ping"}', 400, "invalid_json", ""),
    ("a list", "[]", 400, "invalid_json", ""),
    ("a number", "42", 400, "invalid_json", ""),
    ("null", "null", 400, "invalid_json", ""),
    ("broken UTF-8", b'{"op":"ping","x":"\xff"}', 400, "invalid_json", ""),
    ("a NUL byte", b'{"op":"ping"}\0', 400, "invalid_json", ""),
    ("op twice", '{"op":"ping","op":"pause"}', 400, "invalid_json", ""),
    ("a depth bomb", nested(100_000), 400, "invalid_json", ""),
    ("just too deep", nested(32), 400, "invalid_json", ""),
    ("no op", '{"id":1}', 422, "missing_field", "op"),
    ("op is a number", '{"op":1}', 422, "invalid_field", "op"),
    ("op is null", '{"op":null}', 422, "invalid_field", "op"),
    ("an unknown op", '{"op":"Ping"}', 404, "unknown_operation", "op"),
    ("an op with a line end", '{"op":"ping\\r\\n"}', 404, "unknown_operation", "op"),
    ("an empty op", '{"op":""}', 404, "unknown_operation", "op"),
    ("id is an object", '{"op":"ping","id":{}}', 422, "invalid_field", "id"),
    ("id is true", '{"op":"ping","id":true}', 422, "invalid_field", "id"),
    ("id is a fraction", '{"op":"ping","id":1.5}', 422, "invalid_field", "id"),
    ("id is too big", '{"op":"ping","id":18446744073709551615}', 422, "invalid_field", "id"),
    ("id is too long", json.dumps({"op": "ping", "id": "x" * 257}), 422, "invalid_field", "id"),
    ("params is a list", '{"op":"ping","params":[]}', 422, "invalid_field", "params"),
    ("params is a string", '{"op":"ping","params":"x"}', 422, "invalid_field", "params"),
    ("wait without an id", json.dumps({"op": "get_job", "params": {"id": NOBODY, "wait": "1s"}}), 422,
     "missing_field", "id"),
    ("watch without an id", '{"op":"watch"}', 422, "missing_field", "id"),
    ("unwatch of nothing", '{"op":"unwatch"}', 422, "missing_field", "id"),
    ("unwatch of a fraction", '{"op":"unwatch","params":{"id":1.5}}', 422, "invalid_field", "id"),
    ("unwatch of no watch", '{"op":"unwatch","params":{"id":9}}', 404, "not_found", "id"),
    ("unwatch with more", '{"op":"unwatch","params":{"id":9,"job":9}}', 422, "unknown_field", "job"),
    ("HTTP behind a line", "GET /healthz HTTP/1.1", 400, "invalid_json", ""),
]


def whole(error):
    """All that it says but for where the JSON ceases to be some: in a line there is more around it."""
    return dict(error, message=re.sub(r"this is no JSON: at byte .*", "this is no JSON: at byte", error["message"]))


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon(OVER_TCP))
        cls.client = cls.enterClassContext(cls.daemon.client())
        cls.doors = cls.enterClassContext(doors(cls.daemon))

    def tearDown(self):
        """Nothing of it is kept."""
        self.assertEqual(set(self.client.call("stats")["jobs"].values()), {0})
        self.assertFalse(self.client.call("stats")["paused"])
        self.assertEqual(self.client.call("list_jobs")["jobs"], [])
        self.assertEqual(list(self.daemon.outbox()), [])

    def check(self, reply, status, code, field):
        error = reply.get("error", {})
        self.assertEqual((reply["status"], error.get("code"), error.get("field", "")), (status, code, field), reply)
        self.assertFalse(error["retryable"])
        self.assertTrue(error["message"].isprintable(), error["message"])
        self.assertLessEqual(set(error), {"code", "message", "field", "retryable"})

    def check_all(self, cases, ask):
        """Through every door, with the same answer."""
        for what, *question, code, field in cases:
            found = []
            for door in self.doors:
                with self.subTest(what, door=door.name):
                    try:
                        reply = ask(door, *question)
                    except Unsayable:
                        self.assertIn(what, UNSAYABLE)
                        continue
                    self.check(reply, STATUS[code], code, field)
                    found.append(whole(reply["error"]))
            with self.subTest(what):
                self.assertEqual(found, found[:1] * (1 if what in UNSAYABLE else len(self.doors)))

    def test_a_door_that_answers_otherwise_is_noticed(self):
        class Crooked:
            name = "crooked"

            def ask(self, *question):
                reply = honest.ask(*question)
                return reply | {"error": reply["error"] | {"message": "no"}}

        honest = self.doors[0]
        case, result = type(self)("test_other_operations"), unittest.TestResult()
        case.doors = [honest, Crooked()]
        case.run(result)
        self.assertEqual(len(result.failures), len(OTHERS))

    def test_there_are_enough(self):
        self.assertGreaterEqual(len(TEXTS_NO_JSON) + len(SUBMITS) + len(OTHERS) + len(LINES), 120)
        names = [what for what, *_ in SUBMITS + OTHERS]
        self.assertEqual(len(names), len({*names}), [name for name in names if names.count(name) > 1])

    def test_lines(self):
        for what, line, status, code, field in LINES:
            with self.subTest(what):
                self.client.send_bytes((line if isinstance(line, bytes) else line.encode()) + b"\n")
                self.check(self.client.receive(), status, code, field)

    def test_texts_that_are_no_json(self):
        self.check_all(TEXTS_NO_JSON, lambda door, text: door.ask_text("submit_email", text))

    def test_submits(self):
        self.check_all(SUBMITS, lambda door, params: door.ask("submit_email", params))

    def test_other_operations(self):
        self.check_all(OTHERS, lambda door, op, params: door.ask(op, params))

    def test_the_same_in_a_batch_fails_alone(self):
        """As one JSON text through every door, and as a line each over HTTP."""
        emails = [params for _, params, _, _ in SUBMITS]
        found = [door.ask("submit_emails", {"emails": emails})["result"]["items"] for door in self.doors]
        lines = b"\n".join(map(dumped, emails))
        for door in self.doors[1:]:
            response = door.client.ask("POST", "/jobs/email/batch", lines, {"Content-Type": "application/x-ndjson"})
            found.append(response.json()["items"])
        self.assertEqual([items == found[0] for items in found], [True] * 5)
        self.assertEqual(len(found[0]), len(SUBMITS))
        for index, (item, (what, _, code, field)) in enumerate(zip(found[0], SUBMITS)):
            with self.subTest(what):
                self.check(item, STATUS[code], code, f"emails[{index}].{field}" if field else f"emails[{index}]")

    def test_a_line_of_a_batch_that_is_no_json_fails_alone(self):
        # A line end ends a line.
        cases = [case for case in TEXTS_NO_JSON if b"\n" not in case[1]]
        lines = b"\n".join(text for _, text, _, _ in cases)
        for door in self.doors[1:]:
            response = door.client.ask("POST", "/jobs/email/batch", lines, {"Content-Type": "application/x-ndjson"})
            self.assertEqual(response.status, 200)
            for index, (item, (what, _, code, field)) in enumerate(zip(response.json()["items"], cases, strict=True)):
                with self.subTest(what, door=door.name):
                    self.check(item, STATUS[code], code, f"emails[{index}].{field}" if field else f"emails[{index}]")

    def test_every_text_of_an_email_is_among_the_generated(self):
        """What the OpenAPI document lets be a text must be one of those that line ends were put into."""
        bodies = {"body", "text", "html", "raw", "raw_base64"}
        with self.daemon.http() as client:
            email = client.ask("GET", "/openapi.json").json()["components"]["schemas"]["Email"]
        tried = {field.partition("[")[0].partition(".")[0] for _, _, field in submit_texts("\n")}
        self.assertEqual(set(email["properties"]) - bodies - tried, {"priority", "max_attempts", "variables"})


class Limits(unittest.TestCase):
    def test_what_is_too_large_is_refused_by_every_door_and_ends_the_connection(self):
        config = OVER_TCP | {"limits": {"line_bytes": 4096}}
        with Daemon(config) as daemon, doors(daemon) as all_doors:
            found = []
            for door in all_doors:
                params = GOOD | {"body": "x" * 5000}
                if isinstance(door, LineDoor):
                    door.client.send("submit_email", params)
                    reply = door.client.receive()
                else:
                    reply = door.ask("submit_email", params)
                found.append((reply["status"], reply["error"]["code"], reply["error"]["retryable"]))
                self.assertIsNone(door.client.receive(), door.name)
            self.assertEqual(found, [(413, "too_large", False)] * 3)

    def test_content_beyond_its_limit(self):
        config = OVER_TCP | {"limits": {"content_bytes": 1000, "recipients": 2}}
        with Daemon(config) as daemon, doors(daemon) as all_doors:
            cases = (("too_large", "", GOOD | {"body": "x" * 1001}),
                     ("too_large", "", {"raw": "To: a@b.c\n\n" + "x" * 1000}),
                     ("invalid_field", "to", GOOD | {"to": ["a@b.c"] * 3}),
                     ("invalid_field", "to", GOOD | {"cc": ["a@b.c"] * 2}))
            for code, field, params in cases:
                found = [door.ask("submit_email", params) for door in all_doors]
                self.assertEqual(found, found[:1] * 3)
                self.assertEqual((found[0]["status"], found[0]["error"]["code"], found[0]["error"].get("field", "")),
                                 (STATUS[code], code, field))

    def test_smtp_needs_a_sender(self):
        with HeldPort() as port, Daemon(OVER_TCP, transport=f"smtp://127.0.0.1:{port.number}") as daemon:
            with doors(daemon) as all_doors:
                for door in all_doors:
                    error = door.ask("submit_email", GOOD)["error"]
                    self.assertEqual((error["code"], error["field"]), ("missing_field", "from"))


class Addresses(unittest.TestCase):
    def test_what_is_allowed_is_taken(self):
        with Daemon(OVER_TCP) as daemon, doors(daemon) as all_doors:
            for door in all_doors:
                self.assertEqual(door.ask("pause")["status"], 200)
                for given, address in GOOD_ADDRESSES.items():
                    with self.subTest(given, door=door.name):
                        reply = door.ask("submit_email", GOOD | {"to": given})
                        self.assertEqual(reply["status"], 202, reply)
                        self.assertEqual([one["address"] for one in reply["result"]["recipients"]], [address])


if __name__ == "__main__":
    unittest.main()
