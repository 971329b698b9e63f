"""Relays whose TLS is not to be trusted are sent nothing: not a mail, not a secret, not in clear and not through it."""

import contextlib
import ssl
import unittest

from support.certificates import Authority
from support.daemon import Daemon
from support.hostile import Hostile
from support.tap import Tap
from support.tls_server import TlsServer

OLD_CIPHERS = ("-cipher", "ALL:@SECLEVEL=0")
IMPLICIT = [  # certificate, options of s_server, what the reason must say
    ("self_signed", (), "self.signed"),
    ("expired", (), "expired"),
    ("wrong_name", (), "other.test|name|host"),
    ("good", ("-tls1", *OLD_CIPHERS), "version|protocol"),
    ("good", ("-tls1_1", *OLD_CIPHERS), "version|protocol"),
]
STARTTLS = [
    ("self_signed", None, "self.signed"),
    ("expired", None, "expired"),
    ("wrong_name", None, "other.test|name|host"),
    ("good", ssl.TLSVersion.TLSv1, "version|protocol"),
    ("good", ssl.TLSVersion.TLSv1_1, "version|protocol"),
]
OURS = (b"MAIL FROM", b"RCPT", b"AUTH", b"example.com", b"Test email", b"correct horse")


class NotToBeTrusted(unittest.TestCase):
    def setUp(self):
        self.ca = self.enterContext(Authority())
        self.password = self.ca.secret("password", "correct horse\n")
        self.relays, self.taps = [], []

    def behind_tap(self, server, scheme, **keys):
        tap = self.enterContext(Tap(server.port))
        name = f"r{len(self.relays)}"
        self.relays.append({"name": name, "url": f"{scheme}://localhost:{tap.port}", "ca_file": self.ca.file,
                            "username": "app", "password_file": self.password, "attempt_timeout": "10s", **keys})
        self.taps.append(tap)

    @contextlib.contextmanager
    def jobs(self):
        """One for each relay, in their order."""
        routes = [{"recipient": f"{relay['name']}.example.com", "relay": relay["name"]} for relay in self.relays]
        config = {"mail": {"from": "app@example.com"}, "relay": self.relays, "route": [*routes, {"relay": "r0"}]}
        with Daemon(config) as daemon, daemon.client() as client:
            yield daemon, client, [client.submit(f"user@{route['recipient']}")["id"] for route in routes]

    def in_trouble(self, client, job_id):
        job = client.job(job_id)
        while job["waiting_for"] != "relay_down":
            self.assertIn(job["status"], ("pending", "processing"), job)
            job = client.job(job_id, wait="20ms")
        return job

    def refused(self, reasons):
        with self.jobs() as (daemon, client, ids):
            for relay, job_id, tap, reason in zip(self.relays, ids, self.taps, reasons, strict=True):
                with self.subTest(relay["name"], reason=reason):
                    job = self.in_trouble(client, job_id)
                    self.assertEqual((job["attempts"], job["history"][0]["outcome"]), (0, "relay_trouble"))
                    self.assertRegex(job["history"][0]["error"].lower(), reason)
                    self.assertGreater(len(tap.sessions), 0)
                    for word in OURS:
                        self.assertNotIn(word, tap.ours)
            for reason in reasons:
                self.assertRegex(daemon.log().lower(), reason)

    def test_from_the_first_byte(self):
        servers = [self.enterContext(TlsServer(getattr(self.ca, name), *options)) for name, options, _ in IMPLICIT]
        for server in servers:
            self.behind_tap(server, "smtps")
        self.refused([reason for _, _, reason in IMPLICIT])
        for server in servers:
            self.assertEqual(server.heard(), b"")

    def test_by_starttls(self):
        servers = []
        for name, newest, _ in STARTTLS:
            servers.append(self.enterContext(Hostile(None, None, getattr(self.ca, name), newest=newest)))
            self.behind_tap(servers[-1], "smtp")
        self.refused([reason for _, _, reason in STARTTLS])
        self.assertEqual([server.mails for server in servers], [[]] * len(servers))

    def test_a_root_that_nobody_told_it_of(self):
        self.behind_tap(self.enterContext(Hostile(None, None, self.ca.good)), "smtp")
        del self.relays[0]["ca_file"]
        self.refused(["issuer|authority|root|trust"])

    def test_a_server_that_does_not_offer_it(self):
        """As one does between which and us somebody has cut STARTTLS out."""
        self.behind_tap(self.enterContext(Hostile(None, None)), "smtp")
        self.refused(["starttls|tls"])

    def test_where_plain_text_may_be_it_follows_a_handshake_that_fails(self):
        """As Postfix's "may" does: at once, on a new connection, and the mail is none the wiser."""
        server = self.enterContext(Hostile(None, None, self.ca.good, newest=ssl.TLSVersion.TLSv1))
        self.behind_tap(server, "smtp", tls="may")
        del self.relays[-1]["username"], self.relays[-1]["password_file"]
        with self.jobs() as (daemon, client, ids):
            job = client.at_its_end(ids[0])
            self.assertEqual((job["status"], len(job["history"])), ("completed", 1), job)
            self.assertEqual([b"STARTTLS" in session.ours for session in self.taps[0].sessions], [True, False])
            self.assertNotIn(b"MAIL FROM", self.taps[0].sessions[0].ours)
            self.assertIn("its mails go in plain text", daemon.log())
            report = client.call("probe_relay", relay="r0")
            self.assertTrue(report["ok"], report)
            tls = next(step for step in report["steps"] if step["name"] == "tls")
            self.assertIn("mails go in plain text", tls["detail"])
        self.assertEqual(len(server.mails), 1)

    def test_what_was_told_to_be_enough_is(self):
        ways = [(self.ca.self_signed, {"tls": "encrypt"}), (self.ca.expired, {"tls": "encrypt"}),
                (self.ca.wrong_name, {"tls": "encrypt"}), (self.ca.wrong_name, {"tls_name": "other.test"})]
        servers = [self.enterContext(Hostile(None, None, certificate)) for certificate, _ in ways]
        for server, (_, keys) in zip(servers, ways, strict=True):
            self.behind_tap(server, "smtp", **keys)
        with self.jobs() as (_, client, ids):
            self.assertEqual([client.at_its_end(job_id)["status"] for job_id in ids], ["completed"] * len(servers))
        self.assertEqual([len(server.mails) for server in servers], [1] * len(servers))
        for tap in self.taps:
            for word in OURS:
                self.assertNotIn(word, tap.ours)


if __name__ == "__main__":
    unittest.main()
