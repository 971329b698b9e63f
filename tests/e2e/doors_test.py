"""One daemon, its doors side by side: what one does the others see, and all answer alike. (bad_input_test compares what
they refuse, transcripts_test whole conversations.)"""

import unittest

from support.daemon import OVER_TCP, Daemon
from support.doors import ROUTES, Unsayable, as_reply, doors, http_request
from support.http import Response

MAIL = {"to": "user@example.com", "subject": "Hello", "body": "Test email"}


class TheTranslation(unittest.TestCase):
    def test_is_the_one_that_the_daemon_publishes(self):
        with Daemon() as daemon, daemon.http() as client:
            paths = client.ask("GET", "/openapi.json").json()["paths"]
        published = {operation["operationId"]: (method.upper(), path)
                     for path, methods in paths.items() for method, operation in methods.items()}
        self.assertEqual({op: route[:2] for op, route in ROUTES.items()}, published)

    def test_puts_each_value_in_its_place(self):
        for question, wanted in (
                (("get_job", {"id": "a/b", "wait": "1s"}), ("GET", "/jobs/a%2Fb?wait=1s", None)),
                (("list_jobs", {"tag": "a b&c", "limit": 5}), ("GET", "/jobs?tag=a+b%26c&limit=5", None)),
                (("retry_job", {"id": "x", "ttl": "1h"}), ("POST", "/jobs/x/retry", {"ttl": "1h"})),
                (("pause", None), ("POST", "/queue/pause", None))):
            self.assertEqual(http_request(*question), wanted)
        for question in (("get_job", {}), ("get_job", {"id": 7}), ("list_jobs", {"limit": "5"}), ("unwatch", {"id": 1})):
            with self.assertRaises(Unsayable):
                http_request(*question)

    def test_takes_nothing_for_a_problem_that_is_none(self):
        good = (b'{"type":"about:blank","title":"Not Found","status":404,"detail":"x","code":"not_found",'
                b'"retryable":false}')
        fields = [("Content-Type", "application/problem+json")]
        self.assertEqual(as_reply(Response(404, fields, good)),
                         {"status": 404, "error": {"code": "not_found", "message": "x", "retryable": False}})
        for status, its_fields, body in ((404, [("Content-Type", "application/json")], good), (405, fields, good),
                                         (404, fields, good.replace(b"Not Found", b""))):
            with self.assertRaises(AssertionError):
                as_reply(Response(status, its_fields, body))


class SideBySide(unittest.TestCase):
    def setUp(self):
        self.daemon = self.enterContext(Daemon(OVER_TCP))
        self.doors = self.enterContext(doors(self.daemon))
        self.lines, self.on_socket, self.on_tcp = self.doors

    def alike(self, op, params=None):
        """The reply, which is the same through all doors."""
        replies = [door.ask(op, params) for door in self.doors]
        self.assertEqual(replies, replies[:1] * 3)
        return replies[0]

    def submit_each(self, **params):
        return [door.ask("submit_email", MAIL | params)["result"]["id"] for door in self.doors]

    def test_what_one_submits_all_see(self):
        self.lines.ask("pause")
        ids = self.submit_each(tags=["x"], metadata={"k": "v"})
        for job_id in ids:
            self.assertEqual(self.alike("get_job", {"id": job_id})["result"]["id"], job_id)
            content = self.alike("get_job", {"id": job_id, "include": "content"})["result"]["content"]
            self.assertEqual(content["to"], ["user@example.com"])
        for filters in ({}, {"tag": "x"}, {"status": "pending"}, {"recipient": "USER@example.com"}, {"tag": "y"},
                        {"since": "2020-01-01T00:00:00Z"}, {"until": "2020-01-01T00:00:00Z"}):
            jobs = self.alike("list_jobs", filters)["result"]["jobs"]
            nothing = filters.get("tag") == "y" or "until" in filters
            self.assertEqual([job["id"] for job in jobs], [] if nothing else ids[::-1])

    def test_pages_of_one_go_on_with_another(self):
        self.lines.ask("pause")
        ids = [job_id for _ in range(4) for job_id in self.submit_each()]
        seen, cursor = [], {}
        for turn in range(len(ids)):
            page = self.alike("list_jobs", {"limit": 5, **cursor})["result"]
            seen += [job["id"] for job in page["jobs"]]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        self.assertEqual((seen, turn), (ids[::-1], 2))

    def test_each_steers_the_others_jobs(self):
        self.lines.ask("pause")
        ids = self.submit_each()
        for door, job_id in zip(self.doors[1:] + self.doors[:1], ids):
            self.assertEqual(door.ask("cancel_job", {"id": job_id})["result"]["status"], "cancelled")
            self.assertEqual(self.alike("cancel_job", {"id": job_id})["status"], 409)
        for door, job_id in zip(self.doors, ids):
            self.assertEqual(door.ask("retry_job", {"id": job_id})["result"]["status"], "pending")
        for door in self.doors:
            self.assertEqual(door.ask("cancel_jobs", {"status": "pending", "limit": 1})["result"],
                             {"matched": 1, "changed": 1})
            self.assertEqual(door.ask("retry_jobs", {"status": "cancelled"})["result"], {"matched": 1, "changed": 1})
        for door, job_id in zip(self.doors, ids):
            door.ask("cancel_job", {"id": job_id})
            self.assertEqual(door.ask("delete_job", {"id": job_id}), {"status": 204, "result": None})
            self.assertEqual(self.alike("get_job", {"id": job_id})["status"], 404)
        for door in self.doors:
            self.assertEqual(door.ask("resume")["result"], {"paused": False})
            self.assertEqual(door.ask("pause")["result"], {"paused": True})
            self.assertTrue(self.lines.ask("stats")["result"]["paused"])

    def test_what_they_tell_of_the_daemon_is_the_same(self):
        for op in ("ping", "ready"):
            self.assertEqual(self.alike(op)["status"], 200)
        stats = [door.ask("stats")["result"] for door in self.doors]
        for one in stats:
            one.pop("rates")  # of the moment
        self.assertEqual(stats, stats[:1] * 3)

    def test_a_wait_ends_with_the_job(self):
        for door in self.doors:
            job_id = door.ask("submit_email", MAIL)["result"]["id"]
            self.assertEqual(door.ask("get_job", {"id": job_id, "wait": "60s"})["result"]["status"], "completed")

    def test_a_batch_is_a_batch(self):
        self.lines.ask("pause")
        emails = [MAIL, MAIL | {"to": "nonsense"}, MAIL | {"subject": "Third"}]
        for door in self.doors:
            items = door.ask("submit_emails", {"emails": emails})["result"]["items"]
            self.assertEqual([item["status"] for item in items], [202, 422, 202])
            self.assertEqual(items[1]["error"]["field"], "emails[1].to")

    def test_whose_job_it_is(self):
        self.lines.ask("pause")
        submitters = [self.alike("get_job", {"id": job_id})["result"]["submitted_by"] for job_id in self.submit_each()]
        self.assertEqual(submitters[0], submitters[1])
        self.assertTrue(submitters[0].startswith("uid:"))
        self.assertEqual(submitters[2], "http")

    def test_a_key_is_its_submitters(self):
        """On the socket in both languages the user's, over TCP one for all."""
        keyed = MAIL | {"idempotency_key": "order-42", "delay": "1h"}
        replies = [door.ask("submit_email", keyed) for door in self.doors]
        self.assertEqual([reply["status"] for reply in replies], [202, 200, 202])
        self.assertEqual(replies[0]["result"]["id"], replies[1]["result"]["id"])
        self.assertNotEqual(replies[0]["result"]["id"], replies[2]["result"]["id"])
        for door, first in zip(self.doors, replies):
            again = door.ask("submit_email", keyed | {"subject": "Other"})
            self.assertEqual((again["status"], again["error"]["code"], again["error"]["field"]),
                             (422, "idempotency_mismatch", "idempotency_key"))
            self.assertIn(first["result"]["id"], again["error"]["message"])


if __name__ == "__main__":
    unittest.main()
