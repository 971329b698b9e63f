"""One mail in, one mail out: no content of a mail is taken for its end by any server, whatever line ends it believes in.

The sequences are those of SEC Consult's "SMTP smuggling" (2023), where servers and relays read the end of data differently, and
those of our own encoder's borders. Each goes as the text of an email and as a whole message; each must come out as one mail
whose text is what was given, line ends apart: CR LF, CR and LF all end a line here, and each goes out as CR LF.
"""

import base64
import email
import email.policy
import re
import unittest

from support.certificates import Authority
from support.client import Refused
from support.daemon import Daemon
from support.exim import Exim
from support.keeper import Keeper
from support.maildir import Delivered
from support.postfix import Postfix
from support.recorder import Recorder
from support.sink import smtp_sink

SMUGGLED = ("MAIL FROM:<evil@example.com>\r\nRCPT TO:<victim@example.com>\r\nDATA\r\n"
            "Subject: two\r\n\r\nsmuggled\r\n.\r\nQUIT\r\n")
ENDS = ["\r\n.\r\n", "\n.\r\n", "\r.\r\n", "\n.\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\n.\r", "\r\r\n.\r\r\n", "\n\n.\n\n",
        "\r\n\r\n.\r\n\r\n"]
TEXTS = (
    [f"before{end}{SMUGGLED}" for end in ENDS] +
    [f"before{end}" for end in ENDS] +  # what stands last before our own dot
    ["", ".", "..", ".\n", "..\n", "no line end", "a bare CR before the final dot\r", ".\r", "\n.", "\r.", "\r\n.", "\r\n..",
     "x" * 998, "x" * 999, "." * 998 + "\n", "." * 999 + "\n", "." * 5000, "x" * 997 + "\n."] +
    ["." * lead + ".\n" * 40_000 for lead in range(1, 5)] +  # a dot at every place of every buffer
    [("x" * 61 + "\n") * 1040 + "y" * lead + "\n.\n.." for lead in range(70)])
RAW_LINE_MAX = 998


def lines_ended(text):
    return re.sub(r"\r\n|\r|\n", "\n", text)


def raw_of(number, text):
    head = f"From: a@example.com\r\nTo: user@example.com\r\nSubject: raw {number}\r\n\r\n"
    return base64.b64encode((head + text).encode()).decode()


class Smuggling(unittest.TestCase):
    def send_all(self, config, tls=None):
        """Every text in both ways; all must be taken, each in its first attempt."""
        emails = [{"to": "user@example.com", "subject": f"text {n}", "body": text} for n, text in enumerate(TEXTS)]
        emails += [{"to": "user@example.com", "raw_base64": raw_of(n, text)} for n, text in enumerate(TEXTS)
                   if max(map(len, lines_ended(text).split("\n"))) <= RAW_LINE_MAX]
        config = {"mail": {"from": "a@example.com"}, "retry": {"max_attempts": 1}} | config
        with Daemon(config) as daemon, daemon.client() as client:
            items = client.call("submit_emails", emails=emails)["items"]
            ends = [client.at_its_end(item["result"]["id"]) for item in items]
        self.assertEqual({(job["status"], job["attempts"]) for job in ends}, {("completed", 1)})
        return len(emails)

    def check(self, contents, count):
        """contents: of all mails that a server has, with LF line ends."""
        self.assertEqual(len(contents), count)
        seen = set()
        for content in contents:
            mail = email.message_from_bytes(content, policy=email.policy.default)
            kind, number = mail["Subject"].split()
            seen.add((kind, number))
            with self.subTest(kind, text=TEXTS[int(number)][:60]):
                text = mail.get_content() if kind == "text" else mail.get_payload(decode=True).decode()
                self.assertEqual(text.removesuffix("\n"), lines_ended(TEXTS[int(number)]).removesuffix("\n"))
        self.assertEqual(len(seen), count)

    def test_the_bytes_on_the_wire(self):
        with Recorder() as relay:
            count = self.send_all({"mail": {"from": "a@example.com", "transport": relay.url}})
            for message in relay.messages:
                self.assertNotRegex(message.content, rb"\r(?!\n)|(?<!\r)\n|\0")
                self.assertLessEqual(max(map(len, message.content.split(b"\r\n"))), RAW_LINE_MAX)
            self.check([message.content.replace(b"\r\n", b"\n") for message in relay.messages], count)

    def test_smtp_sink(self):
        with smtp_sink() as (port, folder):
            count = self.send_all({"mail": {"from": "a@example.com", "transport": f"smtp://127.0.0.1:{port}"}})
            dumps = [Delivered(path.read_bytes()).content.removesuffix(b"\n") for path in folder.glob("mail.*")]
            self.check(dumps, count)

    def test_aiosmtpd(self):
        with Keeper() as relay:
            count = self.send_all({"mail": {"from": "a@example.com", "transport": f"smtp://127.0.0.1:{relay.port}"}})
            self.check([mail.content for mail in relay.wait(count)], count)

    def test_servers_with_a_queue(self):
        with Authority() as ca:
            password = ca.secret("password", Postfix.password)
            for kind in (Postfix, Exim):
                with kind(ca.good) as server:
                    count = self.send_all({"relay": [{
                        "name": "relay", "url": f"smtp://localhost:{server.port}", "ca_file": ca.file,
                        "username": server.user, "password_file": password}]})
                    self.check([mail.content for mail in server.wait(count)], count)

    def test_what_no_mail_may_hold_is_refused(self):
        with Daemon() as daemon, daemon.client() as client:
            for params in ({"body": "a\0.\r\n"}, {"body": "\0.\r\n"}, {"raw": "Subject: x\r\n\r\n\0.\r\n"}):
                with self.subTest(params), self.assertRaises(Refused) as refused:
                    client.call("submit_email", to="user@example.com", **params)
                self.assertEqual(refused.exception.code, "invalid_field")
            self.assertEqual(client.call("list_jobs")["jobs"], [])


if __name__ == "__main__":
    unittest.main()
