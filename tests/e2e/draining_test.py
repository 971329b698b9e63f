"""What clients meet between SIGTERM and the end of jobd, while a last attempt is under way."""

import unittest

from support.daemon import OVER_TCP, Daemon
from support.http import HttpClient
from support.recorder import Recorder

MAIL = {"to": "user@example.com", "subject": "Hello", "body": "Test email"}


class Draining(unittest.TestCase):
    def setUp(self):
        self.relay = self.enterContext(Recorder())
        self.past_dot = self.relay.gate("DOT")
        self.daemon = self.enterContext(Daemon(OVER_TCP | {"mail": {"from": "app@example.com"}},
                                               transport=self.relay.url))
        self.kept = [self.enterContext(HttpClient(address)) for address in self.addresses()]
        self.client = self.enterContext(self.daemon.client())
        self.job = self.client.submit()["id"]
        self.past_dot.wait_reached()
        for client in self.kept:
            self.assertFalse(client.ask("GET", "/healthz").closes)
        self.daemon.terminate()
        self.assertTrue(self.daemon.notifications.wait_for("STOPPING=1", self.daemon.process))

    def addresses(self):
        return self.daemon.socket_path, self.daemon.http_address

    def end(self):
        self.past_dot.open()
        self.assertEqual(self.daemon.wait(), 0)

    def ask_alone(self, address, method, target, body=None):
        """On a connection of its own, which ends with the answer."""
        with HttpClient(address) as client:
            response = client.ask(method, target, body)
            self.assertTrue(response.closes, response)
            self.assertIsNone(client.receive())
            return response

    def test_http_answers_reads_and_refuses_work(self):
        for address in self.addresses():
            with self.subTest(address):
                for method, target, body, status in (("GET", "/healthz", None, 200),
                                                     ("GET", f"/jobs/{self.job}?wait=60s", None, 200),
                                                     ("GET", "/jobs", None, 200),
                                                     ("GET", "/readyz", None, 503),
                                                     ("POST", "/jobs/email", MAIL, 503),
                                                     ("POST", "/jobs/email/batch", {"emails": [MAIL]}, 503),
                                                     ("POST", "/jobs/cancel", {"status": "held"}, 503)):
                    response = self.ask_alone(address, method, target, body)
                    self.assertEqual(response.status, status, response)
                    if status == 503:
                        problem = response.json()
                        self.assertEqual((problem["code"], problem["retryable"]), ("draining", True))
                        self.assertEqual(response.header("Retry-After"), "2")
                self.assertTrue(self.ask_alone(address, "GET", "/stats").json()["draining"])
        self.end()

    def test_a_connection_kept_alive_ends_with_its_next_answer(self):
        for client in self.kept:
            self.assertTrue(client.ask("GET", "/healthz").closes)
            self.assertIsNone(client.receive())
        self.end()

    def test_lines_go_on(self):
        with self.daemon.client() as late:
            for client in (self.client, late):
                self.assertEqual(client.call("get_job", id=self.job)["status"], "processing")
                refused = client.ask("ready")
                self.assertEqual((refused["status"], refused["error"]["code"]), (503, "draining"))
                client.call("ping")
        self.end()


if __name__ == "__main__":
    unittest.main()
