"""Watching through both doors: numbers to resume at, resets, and watchers who are slow or gone."""

import json
import unittest

from support import SANITIZED
from support.daemon import OVER_TCP, Daemon
from support.http import HttpClient

MAIL = {"to": "user@example.com", "subject": "Hello", "body": "Test email"}


class Watching(unittest.TestCase):
    def setUp(self):
        self.daemon = self.enterContext(Daemon(OVER_TCP))
        self.client = self.enterContext(self.daemon.client())
        self.client.call("pause")

    def stream(self, target="/events", fields=(), address=None):
        """Its client, which is closed with the test, and its events without the one for EventSource."""
        client = self.enterContext(HttpClient(address or self.daemon.socket_path))
        return client, (event for event in client.events(target, fields) if "event" in event)

    def told(self, stream, count):
        """(number, job's id, its status) of the next events."""
        events = [next(stream) for _ in range(count)]
        self.assertEqual({event["event"] for event in events}, {"job"})
        jobs = [json.loads(event["data"]) for event in events]
        return [(int(event["id"]), job["id"], job["status"]) for event, job in zip(events, jobs)]

    def change_thrice(self, client=None):
        """Events of one job: pending, cancelled, pending."""
        client = client or self.client
        job_id = client.submit()["id"]
        client.call("cancel_job", id=job_id)
        client.call("retry_job", id=job_id)
        return job_id

    def assert_reset(self, event):
        self.assertEqual((event["event"], event["data"]), ("reset", "{}"))
        self.assertGreater(int(event["id"]), 0)

    def test_lines_and_both_https_tell_the_same(self):
        _, on_socket = self.stream()
        _, on_tcp = self.stream(address=self.daemon.http_address)
        with self.daemon.client() as watcher:
            watcher.send("watch", request_id=9)
            self.assertEqual(watcher.receive()["id"], 9)
            job_id = self.change_thrice()
            lines = [watcher.receive() for _ in range(3)]
        for line, first, second in zip(lines, on_socket, on_tcp):
            self.assertEqual(first, second)
            self.assertEqual((line["id"], line["event"], line["seq"]), (9, first["event"], int(first["id"])))
            self.assertEqual(line["job"], json.loads(first["data"]))
            self.assertEqual(line["job"]["id"], job_id)
        self.assertEqual([line["job"]["status"] for line in lines], ["pending", "cancelled", "pending"])

    def test_a_lost_connection_goes_on_where_it_was(self):
        client, stream = self.stream()
        job_id = self.change_thrice()
        seen = self.told(stream, 2)
        client.close()
        other_id = self.change_thrice()
        for target, fields in (("/events", {"Last-Event-ID": str(seen[-1][0])}), (f"/events?after={seen[-1][0]}", {}),
                               ("/events?after=1", {"Last-Event-ID": str(seen[-1][0])})):
            with self.subTest(target):
                _, stream = self.stream(target, fields)
                rest = self.told(stream, 4)
                self.assertEqual([(job, status) for _, job, status in rest],
                                 [(job_id, "pending"), (other_id, "pending"), (other_id, "cancelled"),
                                  (other_id, "pending")])
                numbers = [number for number, _, _ in seen + rest]
                self.assertEqual(numbers, sorted(set(numbers)))

    def test_a_connection_lost_before_its_first_event_goes_on_where_it_was(self):
        client = self.enterContext(HttpClient(self.daemon.socket_path))
        first = next(client.events())
        self.assertEqual(set(first), {"id", "retry"})
        client.close()
        job_id = self.client.submit()["id"]
        _, stream = self.stream("/events", {"Last-Event-ID": first["id"]})
        self.assertEqual([(job, status) for _, job, status in self.told(stream, 1)], [(job_id, "pending")])

    def test_one_job_only(self):
        job_id = self.change_thrice()
        _, stream = self.stream(f"/events?job={job_id}")
        self.change_thrice()
        self.client.call("cancel_job", id=job_id)
        self.assertEqual([(job, status) for _, job, status in self.told(stream, 1)], [(job_id, "cancelled")])

    def test_what_is_not_known_any_more_is_told_by_one_reset(self):
        for target, fields in (("/events?after=1", {}), ("/events", {"Last-Event-ID": "1"}), ("/events?after=0", {}),
                               (f"/events?after={2**53 - 1}", {})):
            with self.subTest(target):
                _, stream = self.stream(target, fields)
                self.assert_reset(next(stream))
                job_id = self.client.submit()["id"]
                self.assertEqual([(job, status) for _, job, status in self.told(stream, 1)], [(job_id, "pending")])

    def test_numbers_of_an_earlier_life_are_reset(self):
        _, stream = self.stream()
        self.client.submit()
        number = self.told(stream, 1)[0][0]
        self.daemon.stop()
        self.daemon.start()
        _, stream = self.stream("/events", {"Last-Event-ID": str(number)})
        event = next(stream)
        self.assert_reset(event)
        self.assertGreater(int(event["id"]), number)

    def test_an_id_that_is_no_number_is_refused(self):
        with self.daemon.http() as client:
            for value in ("x", "-1", "1.5", str(2**53)):
                response = client.ask("GET", "/events", fields={"Last-Event-ID": value})
                self.assertEqual((response.status, response.json()["code"], response.json()["field"]),
                                 (422, "invalid_field", "after"))

    def test_many_watches_of_one_connection(self):
        with self.daemon.client() as watcher:
            for n in range(17):
                watcher.send("watch", request_id=n)
            self.assertEqual([watcher.receive()["status"] for _ in range(17)], [200] * 16 + [409])
            self.client.submit()
            self.assertEqual({watcher.receive()["id"] for _ in range(16)}, set(range(16)))

    def test_a_half_closed_watcher_is_told_on(self):
        """`printf '{"id":1,"op":"watch"}\\n' | nc -NU SOCKET` watches, as it waits."""
        with self.daemon.client() as watcher:
            watcher.send("watch", request_id=1)
            watcher.half_close()
            self.assertEqual(watcher.receive()["status"], 200)
            job_id = self.client.submit()["id"]
            self.assertEqual(watcher.receive()["job"]["id"], job_id)

    def test_a_watcher_that_is_gone_is_forgotten(self):
        for _ in range(20):
            with HttpClient(self.daemon.socket_path) as client:
                client.events()
        for _ in range(20):
            with self.daemon.client() as client:
                client.send("watch", request_id=1)
                client.receive()
        self.change_thrice()

    def test_what_follows_a_stream_is_never_answered(self):
        client, stream = self.stream()
        client.send("GET", "/healthz")
        job_id = self.client.submit()["id"]
        self.assertEqual(self.told(stream, 1)[0][1], job_id)


class SlowWatchers(unittest.TestCase):
    """More changes than are kept pass by watchers who read nothing meanwhile: they lose some and are told so."""

    JOBS = 6000
    PEAK_KIB = (600 if SANITIZED else 120) << 10  # of memory; a sanitizer keeps freed memory back

    def setUp(self):
        self.daemon = self.enterContext(Daemon(OVER_TCP))
        self.client = self.enterContext(self.daemon.client())
        self.client.call("pause")

    def change_many(self):
        """Some 40 MB of events: more than the ring keeps and the buffers of any socket hold."""
        for _ in range(0, self.JOBS, 1000):
            items = self.client.call("submit_emails", emails=[MAIL] * 1000)["items"]
            self.assertEqual(len(items), 1000)
        for op, status in (("cancel_jobs", "pending"), ("retry_jobs", "cancelled")) * 3:
            self.assertEqual(self.client.call(op, status=status), {"matched": self.JOBS, "changed": self.JOBS})

    def check(self, next_event):
        """Up to the reset, behind which everything is told again. next_event gives (kind, number, job's id)."""
        numbers = []
        while not numbers or kind != "reset":
            kind, number, _ = next_event()
            numbers.append(number)
        self.assertLess(len(numbers), 7 * self.JOBS)
        job_id = self.client.submit()["id"]
        kind, number, told_id = next_event()
        self.assertEqual((kind, told_id), ("job", job_id))
        self.assertEqual([*numbers, number], sorted({*numbers, number}))

    def test_lose_events_and_are_told(self):
        slow = self.enterContext(self.daemon.client())
        slow.send("watch", request_id=1)
        slow.receive()
        addresses = (self.daemon.socket_path, self.daemon.http_address)
        streams = [self.enterContext(HttpClient(address)).events() for address in addresses]
        self.change_many()
        self.assertLess(self.daemon.peak_kib(), self.PEAK_KIB)

        def next_line():
            line = slow.receive()
            return line["event"], line["seq"], line.get("job", {}).get("id")
        self.check(next_line)
        for stream in streams:
            def next_event(events=(event for event in stream if "event" in event)):
                event = next(events)
                return event["event"], int(event["id"]), json.loads(event["data"]).get("id")
            self.check(next_event)

    def test_others_work_meanwhile(self):
        streams = [(client, client.events()) for client in
                   (HttpClient(address) for address in (self.daemon.socket_path, self.daemon.http_address) * 10)]
        for _, stream in streams:
            next(stream)  # the first words alone
        self.change_many()
        self.client.call("cancel_jobs", status="pending")
        self.client.call("resume")
        self.assertEqual(self.client.at_its_end(self.client.submit()["id"])["status"], "completed")
        self.daemon.stop()  # and do not hold up its end
        for client, _ in streams:
            client.close()


if __name__ == "__main__":
    unittest.main()
