"""Clients that hold on: those that never read, those that are too many, those that say nothing, those that a stop
finds."""

import select
import unittest

from support import PATIENCE, SANITIZED
from support.client import Client
from support.daemon import OVER_TCP, Daemon
from support.http import HttpClient

MAIL = {"to": "user@example.com", "subject": "Hello", "body": "Test email"}
REFUSED = 64  # that many beyond the limit are told so


class NeverReading(unittest.TestCase):
    """300 jobs of 2.5 KB each are asked for again and again: more than a gigabyte of answers that nobody reads."""

    PEAK_KIB = (1024 if SANITIZED else 300) << 10  # of memory; a sanitizer keeps freed memory back

    def setUp(self):
        self.daemon = self.enterContext(Daemon(OVER_TCP))
        self.other = self.enterContext(self.daemon.client())
        self.other.call("pause")
        note = {f"note{n}": "x" * 500 for n in range(4)}
        emails = [MAIL | {"metadata": note, "subject": str(n)} for n in range(300)]
        self.assertEqual({item["status"] for item in self.other.call("submit_emails", emails=emails)["items"]}, {202})

    def others_are_served(self):
        for _ in range(20):  # each is answered after what the store was asked before it
            self.assertEqual(len(self.other.call("list_jobs", limit=1)["jobs"]), 1)

    def fill(self, client, question):
        """Asks until jobd reads no more, as it stays while others are served; gives how often it asked in whole."""
        client.socket.setblocking(False)
        sent, still = 0, 0
        while still < 3:
            try:
                sent += client.socket.send((question * 50)[sent % len(question):])
                still = 0
            except BlockingIOError:
                self.others_are_served()
                still = 0 if select.select([], [client.socket], [], 0)[1] else still + 1
            self.assertLess(sent, 32 << 20, "jobd goes on reading from a client that does not read")
        client.socket.settimeout(PATIENCE)
        return sent // len(question)

    def check(self, client, question, receive):
        asked = self.fill(client, question)
        self.assertGreater(asked, 0)
        self.assertLess(self.daemon.peak_kib(), self.PEAK_KIB)
        for _ in range(3):
            self.assertEqual(len(receive()["jobs"]), 300)
        client.close()
        self.others_are_served()
        self.assertLess(self.daemon.peak_kib(), self.PEAK_KIB)

    def test_lines(self):
        client = Client(self.daemon.socket_path)
        self.check(client, b'{"op":"list_jobs","params":{"limit":1000}}\n', lambda: client.receive()["result"])

    def test_http_on_the_socket(self):
        client = HttpClient(self.daemon.socket_path)
        self.check(client, b"GET /jobs?limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n", lambda: client.receive().json())

    def test_http_on_tcp(self):
        client = HttpClient(self.daemon.http_address)
        question = f"GET /jobs?limit=1000 HTTP/1.1\r\nHost: {client.host}\r\n\r\n".encode()
        self.check(client, question, lambda: client.receive().json())


class TooMany(unittest.TestCase):
    def test_each_is_told_in_its_own_language(self):
        with Daemon(OVER_TCP | {"limits": {"connections": 1}}) as daemon:
            with daemon.client() as first, HttpClient(daemon.http_address) as first_on_tcp:
                first.call("ping")
                self.assertEqual(first_on_tcp.ask("GET", "/healthz").status, 200)
                with daemon.client() as client:
                    client.send("ping")
                    reply = client.receive()
                    self.assertEqual((reply["status"], reply["error"]["code"], reply["error"]["retryable"]),
                                     (503, "busy", True))
                    self.assertGreater(reply["error"]["retry_after_ms"], 0)
                    self.assertIsNone(client.receive())
                for address in (daemon.socket_path, daemon.http_address):
                    with HttpClient(address) as client:
                        response = client.ask("GET", "/healthz")
                        self.assertEqual((response.status, response.json()["code"], response.closes), (503, "busy", True))
                        self.assertEqual(response.header("Retry-After"), "1")
                        self.assertIsNone(client.receive())
                first.call("ping")  # those that are in are not disturbed
                self.assertEqual(first_on_tcp.ask("GET", "/healthz").status, 200)

    def test_one_user_of_the_socket_has_no_more_than_his_share(self):
        with Daemon(OVER_TCP | {"limits": {"connections": 8, "connections_per_uid": 2}}) as daemon:
            first, second = [self.enterContext(daemon.client()) for _ in range(2)]
            for client in (first, second):
                client.call("ping")
            with daemon.client() as client:
                client.send("ping")
                error = client.receive()["error"]
                self.assertEqual((error["code"], error["retryable"]), ("busy", True))
                self.assertIn("your user", error["message"])
            over_tcp = [self.enterContext(HttpClient(daemon.http_address)) for _ in range(8)]
            for client in over_tcp:
                self.assertEqual(client.ask("GET", "/healthz").status, 200)

    def test_those_beyond_the_ones_that_are_told_are_closed_unheard(self):
        """The silent ones among them keep their place for a second only."""
        for address_of in (lambda daemon: daemon.socket_path, lambda daemon: daemon.http_address):
            with Daemon(OVER_TCP | {"limits": {"connections": 1}}) as daemon:
                address = address_of(daemon)
                with HttpClient(address) as first:
                    self.assertEqual(first.ask("GET", "/healthz").status, 200)
                    silent = [HttpClient(address) for _ in range(REFUSED)]
                    with HttpClient(address) as unheard:
                        self.assertIsNone(unheard.receive())
                    readable, _, _ = select.select([client.socket for client in silent], [], [], 0)
                    self.assertEqual(readable, [])  # they were not closed with it
                    for client in silent:
                        self.assertIsNone(client.receive())
                        client.close()
                    self.assertEqual(first.ask("GET", "/healthz").status, 200)


class Silent(unittest.TestCase):
    def test_connections_that_say_nothing_keep_nobody_from_being_served(self):
        with Daemon(OVER_TCP) as daemon:
            silent = [HttpClient(address) for address in (daemon.socket_path, daemon.http_address) for _ in range(200)]
            with daemon.client() as client:
                self.assertEqual(client.at_its_end(client.submit()["id"])["status"], "completed")
            for client in silent:
                self.assertEqual(client.ask("GET", "/healthz").status, 200)
                client.close()

    def test_a_stop_does_not_wait_for_them(self):
        with Daemon(OVER_TCP) as daemon:
            silent = [HttpClient(address) for address in (daemon.socket_path, daemon.http_address)]
            midway = [HttpClient(address) for address in (daemon.socket_path, daemon.http_address)]
            for client in midway:
                client.send_bytes(b"POST /jobs/email HTTP/1.1\r\nContent-Length: 10\r\n")
            with daemon.client() as client:
                client.call("ping")
            daemon.stop()
            for client in silent + midway:
                self.assertIsNone(client.receive())
                client.close()


class Stop(unittest.TestCase):
    def test_does_not_wait_for_those_who_wait(self):
        """A watch, a wait, a connection kept alive and one within a request, on the socket and over TCP."""
        with Daemon(OVER_TCP) as daemon:
            addresses = (daemon.socket_path, daemon.http_address)
            with daemon.client() as client:
                client.call("pause")
                job_id = client.submit()["id"]
            kinds = [[HttpClient(address) for address in addresses] for _ in range(4)]
            watching, waiting, idle, within = kinds
            streams = [client.events() for client in watching]
            for client in waiting:
                client.send("GET", f"/jobs/{job_id}?wait=60s")
            for client in idle:
                self.assertEqual(client.ask("GET", "/healthz").status, 200)
            for client in within:
                client.send_bytes(b"POST /jobs/email HTTP/1.1\r\n")
            with daemon.client() as client:
                client.call("list_jobs")  # jobd has seen all of it
            daemon.stop()
            for stream in streams:
                self.assertEqual([event for event in stream if "event" in event], [])  # with its last chunk
            for client in waiting:
                self.assertEqual(client.receive().json()["status"], "pending")
            for client in sum(kinds, []):
                self.assertIsNone(client.receive())
                client.close()


if __name__ == "__main__":
    unittest.main()
