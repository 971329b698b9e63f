"""Every field of a submit times every way to break out of it: either it is refused, naming the field, or what goes over
the wire is one MAIL, the RCPTs that were asked for, one DATA, and a message with the header that was asked for."""

import base64
import email
import email.policy
import re
import unittest

from support.client import Refused
from support.daemon import Daemon
from support.recorder import Recorder

SMTP = "MAIL FROM:<evil@example.com>\r\nRCPT TO:<evil@example.com>\r\nDATA\r\nX-Evil: yes\r\n\r\nevil\r\n.\r\n"
BREAKS = {  # no field of one line may have them
    "CR": "\rX-Evil: yes", "LF": "\nX-Evil: yes", "CR LF": "\r\nX-Evil: yes", "two CR LF": "\r\n\r\nX-Evil: yes",
    "NUL": "\0X-Evil: yes", "U+0085": "\u0085X-Evil: yes", "a dot on a line": "\r\n.\r\n" + SMTP,
    "a bare dot": "\n.\n" + SMTP,
    "a dot and CR": "\r.\r" + SMTP, "vertical tab": "\x0bX-Evil: yes", "form feed": "\x0cX-Evil: yes"}
LOOKS = {  # they are what they are, and must be on the other side too
    "U+2028": "\u2028X-Evil", "U+2029": "\u2029X-Evil", "percent": "%0d%0aX-Evil", "quoted-printable": "=0D=0AX-Evil",
    "an encoded word, q": "=?utf-8?q?=0D=0AX-Evil:_yes?=", "an encoded word, b": "=?utf-8?b?DQpYLUV2aWw6IHllcw==?=",
    "an encoded word among others": "x =?utf-8?q?=0D=0AX-Evil:_yes?= x",
    "an escape": "\\r\\nX-Evil", "HTML": "&#13;&#10;X-Evil"}
MEGABYTE = {"1 MiB": "x" * (1 << 20)}
ONE_LINE = BREAKS | LOOKS | MEGABYTE
GOOD = {"to": "user@example.com", "from": "app@example.com", "subject": "Hello", "body": "Test email"}
HEADER = {"from", "to", "subject", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding"}
MIXED = HEADER - {"content-transfer-encoding"}


def attached(**more):
    return {"attachments": [{"filename": "a.txt", "content": "eA==", **more}]}


# Field of the error (spaces at its end tell two of one name apart): params with the attack in them, the header.
FIELDS = {
    "to": (lambda text: {"to": f"user{text}@example.com"}, HEADER),
    "to ": (lambda text: {"to": f"user@example.com{text}"}, HEADER),
    "to  ": (lambda text: {"to": f"Name{text} <user@example.com>"}, HEADER),
    "to.email": (lambda text: {"to": {"email": f"user{text}@example.com"}}, HEADER),
    "to.name": (lambda text: {"to": {"email": "user@example.com", "name": f"Name{text}"}}, HEADER),
    "cc[0]": (lambda text: {"cc": [f"cc{text}@example.com"]}, HEADER | {"cc"}),
    "cc[0].name": (lambda text: {"cc": [{"email": "cc@example.com", "name": text}]}, HEADER | {"cc"}),
    "bcc": (lambda text: {"bcc": f"secret{text}@example.com"}, HEADER),
    "bcc.name": (lambda text: {"bcc": {"email": "secret@example.com", "name": text}}, HEADER),
    "from": (lambda text: {"from": f"app{text}@example.com"}, HEADER),
    "from.name": (lambda text: {"from": {"email": "app@example.com", "name": text}}, HEADER),
    "reply_to": (lambda text: {"reply_to": f"reply{text}@example.com"}, HEADER | {"reply-to"}),
    "reply_to.name": (lambda text: {"reply_to": {"email": "r@example.com", "name": text}}, HEADER | {"reply-to"}),
    "subject": (lambda text: {"subject": f"Hello{text}"}, HEADER),
    "headers": (lambda text: {"headers": {f"X-A{text}": "b"}}, HEADER | {"x-a"}),
    "headers.X-A": (lambda text: {"headers": {"X-A": f"b{text}"}}, HEADER | {"x-a"}),
    "attachments[0].filename": (lambda text: attached(filename=f"a{text}.txt"), MIXED),
    "attachments[0].content_type": (lambda text: attached(content_type=f"text/plain; x=\"{text}\""), MIXED),
    "attachments[0].content_type ": (lambda text: attached(content_type=f"text/{text}"), MIXED),
    "attachments[0].content_id": (lambda text: attached(content_id=f"a{text}"), MIXED),
    "envelope_from": (lambda text: {"envelope_from": f"bounces{text}@example.com"}, HEADER),
    "tags[0]": (lambda text: {"tags": [f"a{text}"]}, HEADER),
    "idempotency_key": (lambda text: {"idempotency_key": f"k{text}"}, HEADER),
    "dsn.notify[0]": (lambda text: {"dsn": {"notify": [f"failure{text}"]}}, HEADER),
    "dsn.return": (lambda text: {"dsn": {"notify": ["failure"], "return": f"full{text}"}}, HEADER),
    "template": (lambda text: {"template": f"letter{text}", "variables": {"name": "Ann"}}, HEADER),
    "subject ": (lambda text: {"template": "greeting", "variables": {"name": text}}, HEADER),
}
# Texts of many lines, by the field of the error.
TEXTS = {
    "body": lambda text: {"body": f"Hello{text}\nend"},
    "text": lambda text: {"text": f"Hello{text}\nend", "body": None},
    "html": lambda text: {"html": f"Hello{text}\nend", "body": None},
    "template": lambda text: {"template": "letter", "variables": {"name": text}},
}


def read(message):
    return email.message_from_bytes(message.content, policy=email.policy.default)


class Injection(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.relay = cls.enterClassContext(Recorder())
        cls.daemon = Daemon({"retry": {"max_attempts": 1}}, transport=cls.relay.url)
        templates = cls.daemon.folder / "templates"
        templates.mkdir()
        (templates / "letter.txt").write_text("Hello{{name}}\nend")
        (templates / "greeting.txt").write_text("Hello")
        (templates / "greeting.subject").write_text("Hello {{name}}\n")
        cls.daemon.config["mail"] = {"templates": str(templates)}
        cls.enterClassContext(cls.daemon)
        cls.client = cls.enterClassContext(cls.daemon.client())

    def send(self, params):
        """The message that came of it, alone, and what the relay heard; the error instead where it was refused."""
        messages, commands = len(self.relay.messages), len(self.relay.commands)
        params = GOOD | params
        if "template" in params:
            params.pop("body")
            if params["template"] == "greeting":
                params.pop("subject")
        params = {name: value for name, value in params.items() if value is not None}
        try:
            job = self.client.at_its_end(self.client.call("submit_email", **params)["id"])
        except Refused as refused:
            self.assertEqual(len(self.relay.commands), commands)
            return refused, None
        self.assertEqual(job["status"], "completed", job)
        came = self.relay.messages[messages:]
        self.assertEqual(len(came), 1)
        heard = [line for line in self.relay.commands[commands:] if re.match("MAIL|RCPT|DATA", line)]
        verbs = [line[:4] for line in heard]
        self.assertEqual(verbs, ["MAIL"] + ["RCPT"] * len(job["recipients"]) + ["DATA"], heard)
        self.assertEqual(came[0].recipients, [one["address"] for one in job["recipients"]])
        self.assertNotIn("evil@example.com", [came[0].sender, *came[0].recipients])
        self.assertEqual(re.findall(rb"(?<!\r)\n|\r(?!\n)", came[0].content), [])
        return None, came[0]

    def check_header(self, message, wanted):
        names = [name.lower() for name in read(message).keys()]
        self.assertEqual(sorted(names), sorted(wanted))

    def test_fields_of_one_line(self):
        accepted, refused = set(), set()
        for field, (make, header) in FIELDS.items():
            for what, attack in ONE_LINE.items():
                with self.subTest(field=field.strip(), attack=what):
                    error, message = self.send(make(attack))
                    if error:
                        refused.add((field, what))
                        self.assertEqual(error.status, 422, error)
                        wanted = "variables" if field == "subject " and what in MEGABYTE else field.strip()
                        self.assertEqual(error.field, wanted, error)
                        continue
                    accepted.add((field, what))
                    own = f"x-a{attack}".lower()  # a strange name, but one
                    self.check_header(message, header - {"x-a"} | {own} if field == "headers" else header)
        self.assertLessEqual({(field, what) for field in FIELDS for what in BREAKS | MEGABYTE}, refused)
        shown = {"to.name", "from.name", "reply_to.name", "subject", "headers.X-A", "subject ", "tags[0]"}
        self.assertLessEqual({(field, what) for field in shown for what in LOOKS}, accepted)

    def test_what_looks_like_a_line_end_reads_as_what_it_is(self):
        for what, attack in LOOKS.items():
            with self.subTest(attack=what):
                params = FIELDS["subject"][0](attack) | FIELDS["to.name"][0](attack) | FIELDS["from.name"][0](attack)
                filename = f"a{attack}.txt".replace("\\", "")
                _, message = self.send(params | attached(filename=filename))
                mail = read(message)
                self.assertEqual(mail["Subject"], f"Hello{attack}")
                self.assertEqual(mail["To"].addresses[0].display_name, f"Name{attack}")
                self.assertEqual(mail["From"].addresses[0].display_name, attack)
                self.assertEqual([part.get_filename() for part in mail.iter_attachments()], [filename])

    def test_texts_of_many_lines(self):
        for field, make in TEXTS.items():
            for what, attack in ONE_LINE.items():
                with self.subTest(field=field, attack=what):
                    error, message = self.send(make(attack))
                    if what == "NUL":
                        self.assertEqual(error.field, "text" if field == "template" else field)
                        continue
                    if what in MEGABYTE and field == "template":
                        self.assertEqual(error.field, "variables")
                        continue
                    self.check_header(message, HEADER)
                    text = read(message).get_payload(decode=True).decode()
                    wanted = re.sub("\r\n|\r|\n", "\r\n", f"Hello{attack}\nend\n")
                    self.assertEqual(text, wanted)

    def test_whole_messages(self):
        """A line end in them is theirs to set; the end of the message and its recipients are not."""
        for what, attack in ONE_LINE.items():
            with self.subTest(attack=what):
                raw = f"To: user@example.com\nBcc: secret@example.com\nX-A: b\n\nHello{attack}\nend"
                none = dict.fromkeys(GOOD)
                params = none | {"raw_base64": base64.b64encode(raw.encode()).decode(), "from": "app@example.com"}
                error, message = self.send(params)
                if what == "NUL":
                    self.assertEqual(error.field, "raw_base64")
                    continue
                self.assertEqual(message.recipients, ["user@example.com", "secret@example.com"])
                self.check_header(message, ["date", "message-id", "to", "x-a"])
                body = message.content.partition(b"\r\n\r\n")[2].replace(b"\r\n ", b"")
                self.assertEqual(body, re.sub("\r\n|\r|\n", "\r\n", f"Hello{attack}\nend\n").encode())

    def test_a_bcc_of_a_whole_message_is_gone_however_it_is_written(self):
        for bcc in ("Bcc: secret@example.com", "bCC:secret@example.com", "Bcc :\tsecret@example.com",
                    "Bcc:\n secret@example.com", "Bcc: x@example.com,\r\tsecret@example.com",
                    "Resent-Bcc: secret@example.com", "Bcc: x@example.com\nBcc: secret@example.com"):
            with self.subTest(bcc=bcc):
                none = dict.fromkeys(GOOD)
                raw = f"To: user@example.com\n{bcc}\nX-A: b\n\nHello"
                _, message = self.send(none | {"raw": raw, "to": "user@example.com", "from": "app@example.com"})
                self.assertNotIn(b"secret", message.content)
                self.assertIn(b"X-A: b\r\n", message.content)

    def test_a_bcc_behind_what_is_no_field_is_not_sent(self):
        raw = "To: user@example.com\nno field\nBcc: secret@example.com\n\nHello"
        error, _ = self.send(dict.fromkeys(GOOD) | {"raw": raw, "to": "user@example.com", "from": "app@example.com"})
        self.assertEqual(error.field, "raw")


if __name__ == "__main__":
    unittest.main()
