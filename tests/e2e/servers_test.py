"""Delivery through relays that others wrote, as they stand in the world: TLS and a login, each mail read back where it went."""

import base64
import contextlib
import email
import email.policy
import unittest

from support.certificates import Authority
from support.daemon import Daemon
from support.exim import Exim
from support.keeper import Keeper
from support.node_smtp import NodeSmtp
from support.postfix import Postfix
from support.tap import Tap

PICTURE = bytes(range(256)) * 20
LETTER = {
    "to": "Ünal Ç <unal@example.com>", "from": "App <app@example.com>", "subject": "Grüße, 世界" + " lang" * 30,
    "body": "Zeile eins\n.Zeile zwei ✓\n..\n.\n" + "x" * 3000 + "\n", "html": "<p>Grüße ✓</p>",
    "attachments": [{"filename": "Bild ä.png", "content_type": "image/png", "content": base64.b64encode(PICTURE).decode()}],
}


def relay_of(server, ca, name="relay", scheme="smtp", **keys):
    """Its table, with a login by password where no other is named."""
    port = server.tls_port if scheme == "smtps" else server.port
    table = {"name": name, "url": f"{scheme}://localhost:{port}", "ca_file": ca.file, "username": server.user} | keys
    return table if "oauth2_file" in keys else table | {"password_file": ca.secret("password", server.password + "\n")}


class OtherServers(unittest.TestCase):
    """Each of them, by STARTTLS and by implicit TLS, with each way to log in.

    OpenSMTPD is not among them: that of Debian 12 (6.8.0p2) cannot do TLS with OpenSSL 3 (its issue 1171).
    """

    @classmethod
    def setUpClass(cls):
        cls.ca = cls.enterClassContext(Authority())

    def relays(self, server, mechanisms):
        token = self.ca.secret("token", Keeper.token + "\n")
        for scheme in ("smtp", "smtps"):
            for auth in mechanisms:
                keys = {"oauth2_file": token} if auth == "xoauth2" else {}
                yield relay_of(server, self.ca, name=f"{scheme}-{auth}", scheme=scheme, auth=auth, **keys)

    def config(self, relays):
        routes = [{"recipient": f"{relay['name']}.test", "relay": relay["name"]} for relay in relays]
        return {"mail": {"from": "App <app@example.com>"}, "relay": relays, "route": [*routes, {"relay": relays[0]["name"]}]}

    @contextlib.contextmanager
    def delivered(self, kind, mechanisms):
        """A mail by every way; gives the server's record of them, and the server."""
        with kind(self.ca.good) as server:
            relays = list(self.relays(server, mechanisms))
            with Daemon(self.config(relays)) as daemon, daemon.client() as client:
                jobs = [client.submit(f"user@{relay['name']}.test", subject=relay["name"])["id"] for relay in relays]
                for relay, job in zip(relays, map(client.at_its_end, jobs), strict=True):
                    with self.subTest(relay["name"]):
                        self.assertEqual((job["status"], job["attempts"]), ("completed", 1), job)
                        self.assertEqual([entry["relay"] for entry in job["history"]], [relay["name"]])
                letter = client.at_its_end(client.submit(**LETTER)["id"])
                self.assertEqual(letter["status"], "completed", letter)
            mails = server.wait(len(relays) + 1)
            self.assertEqual(len(mails), len(relays) + 1)
            named = {email.message_from_bytes(mail.content)["Subject"]: mail for mail in mails}
            for relay in relays:
                self.assertIn(b"\n\nTest email", named[relay["name"]].content)
            self.read_letter(next(mail for mail in mails if b"multipart/" in mail.content))
            yield mails, server

    def read_letter(self, mail):
        """By Python's email package: all of what was meant."""
        read = email.message_from_bytes(mail.content, policy=email.policy.default)
        self.assertEqual(read["Subject"], LETTER["subject"])
        self.assertEqual(read["To"].addresses[0].display_name, "Ünal Ç")
        self.assertEqual(read.get_body(("plain",)).get_content(), LETTER["body"])
        self.assertEqual(read.get_body(("html",)).get_content().strip(), LETTER["html"])
        (attachment,) = read.iter_attachments()
        self.assertEqual((attachment.get_filename(), attachment.get_content()), ("Bild ä.png", PICTURE))
        self.assertEqual([part.defects for part in read.walk() if part.defects], [])

    def test_postfix(self):
        with self.delivered(Postfix, ("plain", "login")) as (mails, _):
            for mail in mails:
                self.assertEqual(mail.sender, "app@example.com")
                self.assertRegex(mail.received, r"using TLSv1\.3 .*\(Authenticated sender: app@mail\.test\) .*with ESMTPSA")

    def test_exim(self):
        with self.delivered(Exim, ("plain", "login", "xoauth2")) as (mails, server):
            for mail in mails:
                self.assertEqual(mail.sender, "app@example.com")
                self.assertRegex(mail.received, r"with esmtpsa \(TLS1\.3\)")
            for mechanism in ("plain", "login", "xoauth2"):
                self.assertIn(f"A={mechanism}:app@mail.test", server.log())

    def test_aiosmtpd(self):
        self.check_in_memory(Keeper)

    def test_smtp_server_of_npm(self):
        self.check_in_memory(NodeSmtp)

    def check_in_memory(self, kind):
        with self.delivered(kind, ("plain", "login", "xoauth2")) as (mails, server):
            self.assertEqual({(mail.sender, mail.secured, mail.login) for mail in mails},
                             {("app@example.com", True, server.user)})
            self.assertEqual(set(server.logins), {("PLAIN", True), ("LOGIN", True), ("XOAUTH2", True)})


class OnTheWire(unittest.TestCase):
    """What stands in clear before TLS does: a greeting and the wish for more."""

    def test_nothing_of_the_mail_and_no_secret(self):
        with contextlib.ExitStack() as stack:
            ca = stack.enter_context(Authority())
            server = stack.enter_context(Exim(ca.good))
            tap = stack.enter_context(Tap(server.port))
            relay = relay_of(server, ca) | {"url": f"smtp://localhost:{tap.port}"}
            daemon = stack.enter_context(Daemon({"relay": [relay]}))
            client = stack.enter_context(daemon.client())
            job = client.at_its_end(client.submit(sender := "user@example.com", **{"from": sender})["id"])
            self.assertEqual(job["status"], "completed", job)
            (session,) = tap.sessions
            in_clear = session.ours[:session.ours.index(b"STARTTLS\r\n") + 10]
            self.assertRegex(in_clear, rb"\AEHLO [\w.-]+\r\nSTARTTLS\r\n\Z")
            self.assertEqual(session.ours[len(in_clear)], 22)  # a record of the handshake, and all else behind it
            for word in (b"example.com", b"Test email", base64.b64encode(b"correct horse")[:8], b"AUTH"):
                self.assertNotIn(word, session.ours)


if __name__ == "__main__":
    unittest.main()
