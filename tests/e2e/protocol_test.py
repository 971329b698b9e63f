"""The socket protocol as a foreign client meets it."""

import base64
import email
import email.policy
import random
import threading
import unittest

from support.client import Refused
from support.daemon import Daemon
from support.recorder import Recorder

MAIL = {"to": "user@example.com", "subject": "Hello", "body": "Test email"}


class Pipelining(unittest.TestCase):
    def test_20000_submits_over_one_connection_are_answered_in_order_and_completed(self):
        count = 20_000
        with Daemon(transport="simulate:") as daemon, daemon.client() as client:
            def write():
                for n in range(count):
                    client.send("submit_email", MAIL | {"subject": str(n)}, request_id=n)
            writer = threading.Thread(target=write)
            writer.start()
            ids = []
            for n in range(count):
                reply = client.receive()
                self.assertEqual((reply["id"], reply["status"]), (n, 202))
                ids.append(reply["result"]["id"])
            writer.join()
            self.assertEqual(len(set(ids)), count)
            self.assertEqual(client.at_its_end(ids[-1])["status"], "completed")
            unfinished = [job_id for job_id in ids if client.at_its_end(job_id)["status"] != "completed"]
            self.assertEqual(unfinished, [])
            self.assertEqual(client.call("stats")["jobs"]["completed"], count)

    def test_a_client_that_writes_all_before_it_reads_gets_through(self):
        with Daemon() as daemon, daemon.client() as client:
            client.call("pause")
            for n in range(3000):
                client.send("submit_email", MAIL, request_id=n)
            self.assertEqual([client.receive()["id"] for _ in range(3000)], list(range(3000)))

    def test_reads_see_the_connections_earlier_writes(self):
        with Daemon() as daemon, daemon.client() as client:
            client.call("pause")
            for n in range(200):
                client.send("submit_email", MAIL | {"tags": [f"n{n}"]})
                client.send("list_jobs", {"tag": f"n{n}"})
            for _ in range(200):
                submitted = client.receive()["result"]
                self.assertEqual([job["id"] for job in client.receive()["result"]["jobs"]], [submitted["id"]])

    def test_a_half_closed_client_gets_all_its_answers(self):
        with Daemon() as daemon, daemon.client() as client:
            for n in range(500):
                client.send("submit_email", MAIL, request_id=n)
            client.half_close()
            self.assertEqual([client.receive()["id"] for _ in range(500)], list(range(500)))
            self.assertIsNone(client.receive())

    def test_a_half_closed_client_gets_its_wait(self):
        with Daemon(transport="simulate:?latency=100ms") as daemon, daemon.client() as client:
            job_id = client.submit()["id"]
            client.send("get_job", {"id": job_id, "wait": "30s"}, request_id=1)
            client.half_close()
            self.assertEqual(client.receive()["result"]["status"], "completed")
            self.assertIsNone(client.receive())

    def test_a_last_line_without_its_end_is_answered(self):
        with Daemon() as daemon, daemon.client() as client:
            client.send_bytes(b'{"op":"ping"}')
            client.half_close()
            self.assertEqual(client.receive()["status"], 200)


class Waiting(unittest.TestCase):
    def test_answers_at_the_limit_with_the_state(self):
        with Daemon() as daemon, daemon.client() as client:
            client.call("pause")
            job_id = client.submit()["id"]
            self.assertEqual(client.job(job_id, wait="20ms")["status"], "pending")

    def test_others_are_answered_meanwhile(self):
        with Daemon() as daemon, daemon.client() as client:
            client.call("pause")
            job_id = client.submit()["id"]
            client.send("get_job", {"id": job_id, "wait": "30s"}, request_id="w")
            client.send("ping", request_id="p")
            self.assertEqual(client.receive()["id"], "p")
            client.send("resume", request_id="r")
            replies = [client.receive(), client.receive()]
            self.assertEqual({reply["id"] for reply in replies}, {"r", "w"})
            waited = next(reply for reply in replies if reply["id"] == "w")
            self.assertEqual(waited["result"]["status"], "completed")


class Idempotency(unittest.TestCase):
    def test_the_same_again_is_the_same_job_whatever_its_state(self):
        with Daemon() as daemon, daemon.client() as client:
            first = client.ask("submit_email", **MAIL, idempotency_key="k", delay="1h")
            again = client.ask("submit_email", **MAIL, idempotency_key="k", delay="1h")
            self.assertEqual((first["status"], again["status"]), (202, 200))
            self.assertEqual(first["result"]["id"], again["result"]["id"])
            client.call("cancel_job", id=first["result"]["id"])
            again = client.ask("submit_email", **MAIL, idempotency_key="k", delay="1h")
            self.assertEqual((again["status"], again["result"]["status"]), (200, "cancelled"))

    def test_another_request_under_the_key_is_refused(self):
        with Daemon() as daemon, daemon.client() as client:
            client.submit(idempotency_key="k")
            for other in ({"subject": "Other"}, {"priority": 9}, {"tags": ["x"]}, {"delay": "1h"}):
                with self.subTest(other=other), self.assertRaises(Refused) as refused:
                    client.submit(idempotency_key="k", **other)
                self.assertEqual((refused.exception.status, refused.exception.code), (422, "idempotency_mismatch"))

    def test_keys_survive_a_kill(self):
        with Daemon() as daemon:
            with daemon.client() as client:
                job_id = client.submit(idempotency_key="k")["id"]
            daemon.kill()
            daemon.start()
            with daemon.client() as client:
                self.assertEqual(client.submit(idempotency_key="k")["id"], job_id)


class Batch(unittest.TestCase):
    def test_a_bad_item_fails_alone(self):
        with Daemon() as daemon, daemon.client() as client:
            items = client.call("submit_emails", emails=[MAIL, MAIL | {"to": "nonsense"}, MAIL])["items"]
            self.assertEqual([item["status"] for item in items], [202, 422, 202])
            self.assertEqual((items[1]["error"]["code"], items[1]["error"]["field"]),
                             ("invalid_field", "emails[1].to"))
            for item in (items[0], items[2]):
                self.assertEqual(client.at_its_end(item["result"]["id"])["status"], "completed")

    def test_equal_keys_in_one_batch_are_one_job(self):
        with Daemon() as daemon, daemon.client() as client:
            keyed = MAIL | {"idempotency_key": "k"}
            items = client.call("submit_emails", emails=[keyed, keyed])["items"]
            self.assertEqual([item["status"] for item in items], [202, 200])
            self.assertEqual(items[0]["result"]["id"], items[1]["result"]["id"])


class Steering(unittest.TestCase):
    def test_cancel_and_retry(self):
        with Daemon() as daemon, daemon.client() as client:
            job_id = client.submit(delay="1h")["id"]
            self.assertEqual(client.job(job_id)["waiting_for"], "scheduled")
            self.assertEqual(client.call("cancel_job", id=job_id)["status"], "cancelled")
            self.assertEqual(client.ask("cancel_job", id=job_id)["error"]["code"], "conflict")
            self.assertEqual(client.call("retry_job", id=job_id)["id"], job_id)
            self.assertEqual(client.at_its_end(job_id)["status"], "completed")
            self.assertEqual(client.ask("retry_job", id=job_id)["error"]["code"], "conflict")
            self.assertEqual(client.ask("cancel_job", id=job_id)["error"]["code"], "conflict")

    def test_retry_sends_a_scheduled_job_now(self):
        with Daemon() as daemon, daemon.client() as client:
            job_id = client.submit(delay="1h")["id"]
            client.call("retry_job", id=job_id)
            self.assertEqual(client.at_its_end(job_id)["status"], "completed")

    def test_a_failed_job_is_retried_from_zero(self):
        with Daemon(transport="simulate:?permanent=1") as daemon, daemon.client() as client:
            job_id = client.submit()["id"]
            self.assertEqual(client.at_its_end(job_id)["status"], "failed")
            client.call("retry_job", id=job_id)
            job = client.at_its_end(job_id)
            self.assertEqual((job["status"], job["attempts"], len(job["history"])), ("failed", 1, 2))

    def test_priority_is_strict(self):
        submitted = [5, 0, 9, 3, 9, 7, 0, 8, 5, 1]
        config = {"mail": {"from": "app@example.com"}}
        with Recorder() as relay, Daemon(config, transport=f"{relay.url}?connections=1") as daemon:
            with daemon.client() as client:
                client.call("pause")
                for number, priority in enumerate(submitted):
                    client.submit(f"p{priority}-n{number}@example.com", priority=priority)
                client.call("resume")
            sent = [message.recipients[0] for message in relay.wait_messages(len(submitted))]
        wanted = sorted(enumerate(submitted), key=lambda pair: -pair[1])
        self.assertEqual(sent, [f"p{priority}-n{number}@example.com" for number, priority in wanted])

    def test_list_filters_and_pages(self):
        with Daemon() as daemon, daemon.client() as client:
            client.call("pause")
            ids = [client.submit(f"u{n % 2}@example.com", tags=[f"t{n % 3}"])["id"] for n in range(10)]
            seen, cursor = [], {}
            while True:
                page = client.call("list_jobs", limit=3, **cursor)
                seen += [job["id"] for job in page["jobs"]]
                if not page["next_cursor"]:
                    break
                cursor = {"cursor": page["next_cursor"]}
            self.assertEqual(seen, ids[::-1])
            tagged = client.call("list_jobs", tag="t1")["jobs"]
            self.assertEqual([job["id"] for job in tagged], ids[1::3][::-1])
            named = client.call("list_jobs", recipient="U1@EXAMPLE.com")["jobs"]
            self.assertEqual([job["id"] for job in named], ids[1::2][::-1])
            self.assertEqual(client.call("list_jobs", status="completed")["jobs"], [])

    def test_pages_stay_right_while_jobs_change(self):
        """Every job that stays is seen once; those that come meanwhile are newer than the pages."""
        with Daemon() as daemon, daemon.client() as client:
            client.call("pause")
            ids = [client.submit()["id"] for _ in range(30)]
            seen, cursor, gone = [], {}, set()
            while cursor is not None:
                page = client.call("list_jobs", limit=4, status="pending", **cursor)
                seen += [job["id"] for job in page["jobs"]]
                cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
                client.submit(subject="meanwhile")
                for job in page["jobs"][-1:]:  # the place where the next page begins
                    client.call("cancel_job", id=job["id"])
                    client.call("delete_job", id=job["id"])
                later = [job_id for job_id in ids if job_id not in seen and job_id not in gone]
                if later:
                    client.call("cancel_job", id=later[-1])
                    gone.add(later[-1])
            self.assertEqual(seen, [job_id for job_id in ids[::-1] if job_id not in gone])
            self.assertGreater(len(gone), 3)

    def test_stats_count(self):
        with Daemon() as daemon, daemon.client() as client:
            client.at_its_end(client.submit()["id"])
            client.submit(delay="1h")
            stats = client.call("stats")
            self.assertEqual((stats["jobs"]["completed"], stats["jobs"]["pending"]), (1, 1))
            self.assertFalse(stats["paused"])


class Content(unittest.TestCase):
    def test_is_given_back_as_submitted(self):
        with Daemon() as daemon, daemon.client() as client:
            data = base64.b64encode(b"\0\1\2").decode()
            job_id = client.submit(attachments=[{"filename": "a.bin", "content": data}])["id"]
            content = client.job(job_id, include="content")["content"]
            self.assertEqual((content["subject"], content["attachments"][0]["content"]), ("Hello", data))

    def test_ten_megabytes_arrive_whole(self):
        with Daemon() as daemon, daemon.client() as client:
            data = random.Random(10).randbytes(10 << 20)
            attachment = {"filename": "big.bin", "content": base64.b64encode(data).decode()}
            job = client.at_its_end(client.submit(attachments=[attachment])["id"])
            self.assertEqual(job["status"], "completed")
            (path,) = daemon.outbox()
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            (found,) = mail.iter_attachments()
            self.assertEqual(found.get_filename(), "big.bin")
            self.assertTrue(found.get_content() == data, "the attachment is not what was submitted")

    def test_raw_is_sent_as_it_is_without_its_bcc(self):
        raw = "From: a@example.com\nTo: b@example.com\nBcc: c@example.com\nSubject: Raw\n\n.dot\n"
        with Daemon() as daemon, daemon.client() as client:
            job = client.at_its_end(client.call("submit_email", raw=raw)["id"])
            self.assertEqual({r["address"] for r in job["recipients"]}, {"b@example.com", "c@example.com"})
            (path,) = daemon.outbox()
            self.assertNotIn(b"c@example.com", path.read_bytes().partition(b"Subject: Raw")[2])


if __name__ == "__main__":
    unittest.main()
