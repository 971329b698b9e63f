"""Requests that are no HTTP, or none as jobd takes it: the status, the code and what becomes of the connection, on the
socket and over TCP. Nothing of it is kept."""

import unittest

from bad_input_cases import NOBODY
from bad_input_http_cases import ALL, FORBIDDEN, GOOD, HOST, JSON, MAIL, get, head, in_chunks, lines, post
from support.daemon import OVER_TCP, Daemon
from support.http import HttpClient

BAD = lines("GET /healthz HTTP/1.1", HOST, HOST)


class Http(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon(OVER_TCP))
        cls.addresses = [cls.daemon.socket_path, cls.daemon.http_address]
        cls.host = "{}:{}".format(*cls.daemon.http_address)

    def tearDown(self):
        """Nothing of it is kept."""
        with self.daemon.client() as client:
            stats = client.call("stats")
            self.assertEqual((set(stats["jobs"].values()), stats["paused"]), ({0}, False))
        self.assertEqual(list(self.daemon.outbox()), [])

    def bytes_of(self, data):
        host, port = self.host.encode(), self.host.rpartition(":")[2].encode()
        return data.replace(b"@HOST@", host).replace(b"@PORT@", port)

    def check(self, client, response, statuses, code, stays, is_head=False):
        self.assertIn(response.status, statuses, response)
        self.assertEqual(response.closes, not stays, response)
        self.assertEqual(response.header("Content-Type"), "application/problem+json")
        self.assertEqual(response.header("Allow") is not None, response.status == 405, response)
        if not is_head:
            problem = response.json()
            self.assertEqual((problem["code"], problem["status"], problem["type"], problem["retryable"]),
                             (code, response.status, "about:blank", False), response)
            self.assertTrue(problem["title"] and problem["detail"].isprintable(), response)
        if stays:
            client.send_bytes(self.bytes_of(get("/healthz")))
            self.assertEqual(client.receive().status, 200)
        else:
            self.assertIsNone(client.receive())

    def test_each_has_its_answer(self):
        self.assertGreaterEqual(len(ALL), 120)
        self.assertEqual(len(ALL), len({what for what, *_ in ALL}))
        for what, data, status, code, stays in ALL:
            statuses = status if isinstance(status, tuple) else (status,)
            for address in self.addresses:
                with self.subTest(what, at=address), HttpClient(address) as client:
                    client.send_bytes(self.bytes_of(data))
                    is_head = data.startswith(b"HEAD")
                    response = client.receive("HEAD" if is_head else "GET")
                    self.check(client, response, statuses, code, stays, is_head)

    def test_each_has_its_answer_when_it_comes_in_two_parts(self):
        """The parts as far from one another as may be: all but the last byte, and that."""
        for what, data, status, code, stays in ALL:
            statuses = status if isinstance(status, tuple) else (status,)
            with self.subTest(what), HttpClient(self.addresses[0]) as client:
                is_head = data.startswith(b"HEAD")
                data = self.bytes_of(data)
                client.send_bytes(data[:-1])
                with HttpClient(self.addresses[0]) as other:  # jobd has seen the first part
                    self.assertEqual(other.ask("GET", "/healthz").status, 200)
                try:
                    client.send_bytes(data[-1:])
                except BrokenPipeError:
                    self.assertFalse(stays)
                self.check(client, client.receive("HEAD" if is_head else "GET"), statuses, code, stays, is_head)

    def test_what_looks_wrong_and_is_not(self):
        for what, data in GOOD:
            for address in self.addresses:
                with self.subTest(what, at=address), HttpClient(address) as client:
                    for _ in range(2):
                        client.send_bytes(self.bytes_of(data))
                        response = client.receive()
                        self.assertEqual((response.status, response.closes), (200, False), response)

    def test_a_submit_that_looks_wrong_and_is_not(self):
        batch = b'{"emails":[]}'
        for what, data in (("a charset", post(f"{JSON}; charset=UTF-8", body=batch, target="/jobs/email/batch")),
                           ("a charset in quotes", post(f'{JSON}; charset="utf-8"', body=batch,
                                                        target="/jobs/email/batch")),
                           ("a type in capitals", post("CONTENT-TYPE: APPLICATION/JSON", body=batch,
                                                       target="/jobs/email/batch")),
                           ("a body of no coding", post(JSON, "Content-Encoding: identity", body=batch,
                                                        target="/jobs/email/batch")),
                           ("no lines", post("Content-Type: application/x-ndjson", body=b"",
                                             target="/jobs/email/batch"))):
            for address in self.addresses:
                with self.subTest(what, at=address), HttpClient(address) as client:
                    client.send_bytes(self.bytes_of(data))
                    response = client.receive()
                    self.assertEqual((response.status, response.json()), (200, {"items": []}), response)

    def test_whom_tcp_does_not_answer_and_the_socket_does(self):
        for what, data in FORBIDDEN:
            with self.subTest(what):
                with HttpClient(self.daemon.http_address) as client:
                    client.send_bytes(self.bytes_of(data))
                    self.check(client, client.receive(), (403,), "forbidden", True)
                with HttpClient(self.daemon.socket_path) as client:
                    client.send_bytes(self.bytes_of(data))
                    self.assertEqual(client.receive().status, 200)

    def test_a_method_not_allowed_tells_which_are(self):
        with self.daemon.http() as client:
            for target, allowed in (("/healthz", "GET, HEAD, OPTIONS"), ("/jobs/email", "POST, OPTIONS"),
                                    ("/jobs", "GET, HEAD, OPTIONS"), ("/openapi.json", "GET, HEAD, OPTIONS"),
                                    (f"/jobs/{NOBODY}", "GET, HEAD, DELETE, OPTIONS"), ("/queue/pause", "POST, OPTIONS")):
                with self.subTest(target):
                    self.assertEqual(client.ask("BREW", target).header("Allow"), allowed)
                    self.assertEqual(client.ask("OPTIONS", target).header("Allow"), allowed)

    def test_a_good_a_bad_and_a_good_request_in_one(self):
        """One that is refused is followed by the next; behind one that is no HTTP nothing is read."""
        refused = head("GET /nowhere HTTP/1.1")
        for address in self.addresses:
            with HttpClient(address) as client:
                client.send_bytes(self.bytes_of(get("/healthz") + refused + post() + get("/healthz")))
                self.assertEqual([client.receive().status for _ in range(4)], [200, 404, 415, 200])
            with HttpClient(address) as client:
                client.send_bytes(self.bytes_of(get("/healthz") + BAD + post(JSON)))
                self.assertEqual([client.receive().status for _ in range(2)], [200, 400])
                self.assertIsNone(client.receive())

    def test_a_request_hidden_in_a_body_is_never_answered(self):
        hidden = lines("GET /nowhere HTTP/1.1", "Host: localhost")
        for what, data in (("by its length", post("Content-Type: text/plain", body=hidden)),
                           ("in chunks, of another type", head("POST /jobs/email HTTP/1.1", "Transfer-Encoding: chunked") +
                            b"%x\r\n%s\r\n0\r\n\r\n" % (len(hidden), hidden)),
                           ("for GET", head("GET /healthz HTTP/1.1", f"Content-Length: {len(hidden)}") + hidden),
                           ("behind a closing one", head("GET /healthz HTTP/1.1", "Connection: close") + hidden)):
            for address in self.addresses:
                with self.subTest(what, at=address), HttpClient(address) as client:
                    client.send_bytes(self.bytes_of(data))
                    client.half_close()
                    self.assertNotEqual(client.receive().status, 404)
                    self.assertIsNone(client.receive())

    def test_a_client_that_stops_midway_is_told(self):
        for what, data in (("in its head", b"GET /healthz HTTP/1.1\r\nHost: @HOST@\r\n"),
                           ("in its request line", b"GET /heal"),
                           ("in its body", post(JSON, length=len(MAIL) + 1)),
                           ("in a chunk", in_chunks(b"20\r\n{}")),
                           ("before the last chunk", in_chunks(b"%x\r\n%s\r\n" % (len(MAIL), MAIL))),
                           ("in the last chunk", in_chunks(b"%x\r\n%s\r\n0\r\n" % (len(MAIL), MAIL)))):
            for address in self.addresses:
                with self.subTest(what, at=address), HttpClient(address) as client:
                    client.send_bytes(self.bytes_of(get("/healthz") + data))
                    client.half_close()
                    self.assertEqual(client.receive().status, 200)
                    self.check(client, client.receive(), (400,), "invalid_request", False)

    def test_a_client_that_is_gone_midway_is_forgotten(self):
        for address in self.addresses:
            with HttpClient(address) as client:
                client.send_bytes(self.bytes_of(post(JSON, length=len(MAIL) + 1)))
            with HttpClient(address) as client:
                client.send_bytes(self.bytes_of(in_chunks(b"%x\r\n%s\r\n" % (len(MAIL), MAIL))))

    def test_tcp_knows_no_other_language(self):
        hello = bytes.fromhex("16030100c8010000c40303") + bytes(100)  # of TLS
        line_end_first = b"\n" + self.bytes_of(get("/healthz"))
        for data in (hello, b"\0" * 100, b"\x04\x01\x00\x50\x7f\x00\x00\x01\0", b'{"op":"ping"}\n', line_end_first):
            with self.subTest(data=data), HttpClient(self.daemon.http_address) as client:
                client.send_bytes(data)
                self.check(client, client.receive(), (400,), "invalid_request", False)
        with HttpClient(self.daemon.http_address) as client:
            client.send_bytes(self.bytes_of(b"\r\n\r\n" + get("/healthz")))
            self.assertEqual(client.receive().status, 200)


if __name__ == "__main__":
    unittest.main()
