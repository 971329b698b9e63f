"""The servers that the other tests deliver to, shown to hold with a client that is not ours."""

import base64
import os
import pathlib
import smtplib
import socket
import ssl
import subprocess
import tempfile
import unittest
from unittest import mock

from support.certificates import Authority
from support.exim import Exim
from support.hostile import Hostile
from support.keeper import Keeper
from support.node_smtp import NodeSmtp
from support.postfix import Postfix, as_root
from support.tap import Tap
from support.tls_server import TlsServer

MAIL = ("a@example.com", ["b@example.org"], "Subject: x\r\n\r\nhello\r\n.dot\r\n")


class Foreign(unittest.TestCase):
    def setUp(self):
        self.ca = self.enterContext(Authority())
        self.context = ssl.create_default_context(cafile=self.ca.file)

    def connect(self, server):
        client = self.enterContext(smtplib.SMTP("localhost", server.port, timeout=20))
        client.starttls(context=self.context)
        return client


class Relays(Foreign):
    def check(self, kind):
        with kind(self.ca.good) as server:
            client = self.connect(server)
            with self.assertRaises(smtplib.SMTPAuthenticationError):
                client.login(server.user, "wrong")
            client = self.connect(server)
            client.login(server.user, server.password)
            client.sendmail(*MAIL)
            with smtplib.SMTP_SSL("localhost", server.tls_port, timeout=20, context=self.context) as client:
                client.login(server.user, server.password)
                client.sendmail(*MAIL)
            for mail in server.wait(2):
                self.assertEqual(mail.sender, "a@example.com")
                self.assertTrue(mail.content.endswith(b"\n\nhello\n.dot\n"), mail.content)
            client = self.connect(server)
            with self.assertRaises(smtplib.SMTPException):  # nobody goes through without a login
                client.sendmail(*MAIL)

    def check_token(self, kind):
        with kind(self.ca.good) as server:
            client = self.connect(server)
            client.ehlo()
            for token in ("wrong", server.token):
                words = base64.b64encode(f"user={server.user}\1auth=Bearer {token}\1\1".encode()).decode()
                code, _ = client.docmd("AUTH", f"XOAUTH2 {words}")
                if code == 334:
                    code, _ = client.docmd("")
                self.assertEqual(code, 235 if token == server.token else 535)

    def test_postfix(self):
        self.check(Postfix)

    def test_exim(self):
        self.check(Exim)
        self.check_token(Exim)

    def test_aiosmtpd(self):
        self.check(Keeper)
        self.check_token(Keeper)

    def test_smtp_server_of_npm(self):
        self.check(NodeSmtp)
        self.check_token(NodeSmtp)


class NoRoot(Foreign):
    """Postfix, where the tests' user is not root."""

    def said(self, sudo):
        """What a start says, with such a sudo or with none."""
        with tempfile.TemporaryDirectory(prefix="jobd-", dir="/tmp") as folder:
            if sudo:
                program = pathlib.Path(folder) / "sudo"
                program.write_text(f"#!/bin/sh\n{sudo}\n")
                program.chmod(0o755)
            as_root.cache_clear()
            self.addCleanup(as_root.cache_clear)
            with (mock.patch("os.geteuid", return_value=1000), mock.patch.dict(os.environ, PATH=f"{folder}:/nowhere"),
                  self.assertRaises(AssertionError) as raised, Postfix(self.ca.good)):
                pass
            return str(raised.exception)

    def test_says_what_is_missing(self):
        self.assertRegex(self.said("echo sudo: a password is required >&2; exit 1"),
                         "needs root: sudo: a password is required; run the tests as root, or as ")
        self.assertIn("sudo -n true ends with 3; ", self.said("exit 3"))
        self.assertIn("there is no sudo; ", self.said(None))


class Certificates(Foreign):
    """By openssl's client: the good one is taken, the others are not."""

    def taken(self, port, *words):
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-verify_return_error",
                               "-verify_hostname", "localhost", "-CAfile", self.ca.file, *words], input=b"", timeout=20,
                              capture_output=True, check=False)
        return done.returncode == 0

    def test_each(self):
        for name in ("good", "self_signed", "expired", "wrong_name"):
            certificate = getattr(self.ca, name)
            with self.subTest(name), TlsServer(certificate) as server, Hostile(None, None, certificate) as hostile:
                self.assertEqual(self.taken(server.port), name == "good")
                self.assertEqual(self.taken(hostile.port, "-starttls", "smtp"), name == "good")

    def test_versions_of_long_ago(self):
        old = ("-cipher", "ALL:@SECLEVEL=0")
        for newest, option in ((ssl.TLSVersion.TLSv1, "-tls1"), (ssl.TLSVersion.TLSv1_1, "-tls1_1")):
            with (self.subTest(option), TlsServer(self.ca.good, option, *old) as server,
                  Hostile(None, None, self.ca.good, newest=newest) as hostile):
                for port, words in ((server.port, ()), (hostile.port, ("-starttls", "smtp"))):
                    self.assertTrue(self.taken(port, *words, *old))
                    self.assertFalse(self.taken(port, *words, "-tls1_2", *old))


class TheHostile(Foreign):
    def send(self, server):
        with smtplib.SMTP("127.0.0.1", server.port, timeout=20) as client:
            return client.sendmail(*MAIL)

    def test_does_as_it_was_told_once(self):
        for phase, act, error in (("GREETING", "close", smtplib.SMTPServerDisconnected), ("MAIL", "rst", OSError),
                                  ("RCPT", "5xx", smtplib.SMTPRecipientsRefused), ("DATA", "4xx", smtplib.SMTPDataError),
                                  ("DOT", "421", smtplib.SMTPDataError), ("EHLO", "10mb", smtplib.SMTPException)):
            with self.subTest(phase, act=act), Hostile(phase, act) as server:
                with self.assertRaises(error):
                    self.send(server)
                self.assertEqual(self.send(server), {})
                self.assertEqual(server.mails, [b"Subject: x\r\n\r\nhello\r\n..dot\r\n"] * (2 if phase == "DOT" else 1))

    def test_hangs_until_the_client_goes(self):
        with Hostile("MAIL", "hang") as server, socket.create_connection(("127.0.0.1", server.port), 20) as client:
            lines = client.makefile("rb")
            client.sendall(b"EHLO x\r\nMAIL FROM:<>\r\n")
            while not lines.readline().startswith(b"250 "):
                pass
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(lines.read(), b"")


class TheTap(Foreign):
    def test_sees_what_goes_over(self):
        with Hostile(None, None) as server, Tap(server.port) as tap:
            with smtplib.SMTP("127.0.0.1", tap.port, timeout=20) as client:
                client.sendmail(*MAIL)
            (session,) = tap.sessions
            self.assertIn(b"rcpt TO:<b@example.org>\r\n", session.ours)
            self.assertIn(b"354 go on\r\n", session.theirs)


if __name__ == "__main__":
    unittest.main()
