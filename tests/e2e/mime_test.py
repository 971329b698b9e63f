"""What was submitted is what Python's email package, which nobody here wrote, reads in the message: the texts, the
names, the subject, header values, attachments. All mails go into one maildir in one batch."""

import base64
import email
import email.header
import email.policy
import email.utils
import random
import re
import unittest

from support.daemon import Daemon

MAILS = 400
PIECES = ["a", "word", "Hello,", " ", "  ", "ä", "Grüße", "漢字", "😀", "👩‍👩‍👧", "שלום", "مرحبا",
          "\u202e", "\u2028", "\u0301", '"', "\\",
          "'", ";", ":", ",", "<a@b.c>", "@", "(c)", "=", "_", "?", "=?", "?=", "=?utf-8?q?=0D=0ABcc:_x@y.z?=",
          "=?utf-8?b?DQo=?=", "%0d%0a", "=0D=0A", "From ", ".", "--", "\u00a0", "\ufeff", "[x]", "{{x}}", "0" * 40]
LINES = ["", ".", "..", ".x", "From here", ">From here", "-- ", "trailing ", "trailing\t", "x" * 998, "x" * 999,
         "ü" * 700, "y " * 900,
         "\t", " ", "=", "=20", "--=_1", "Subject: x", "\x0b", "\x1b[0m", "tail=", "QUIT"]
ENDS = ["\n", "\r\n", "\r", "\n\n"]
NAMES = ["a.txt", "größe.pdf", "a b.txt", 'q"uote.txt', "semi;colon.txt", "漢字" * 30 + ".txt", "x" * 250 + ".bin",
         "per%20cent.txt",
         "star*.txt", "it's.txt", "=?utf-8?q?x?=.txt", "a,b.txt", "..", "dot.", "emoji😀.png", "l\u2028s.txt"]
TYPES = ["", "text/plain", "text/plain; charset=utf-8", "image/png", "application/pdf", 'text/csv; header="present"',
         "message/rfc822", "application/x-very-long-" + "type" * 20]
FORWARDED = [b"Subject: x\n\nHello\n", b"Subject: x\r\nFrom: a@b.c\r\n\r\n.\r\n..\r\nno end",
             b"X-Folded: a\n\tb\n\n\n\n", b"Subject: x\n\n" + b"y" * 998 + b"\n",
             b'Content-Type: multipart/mixed; boundary="=_1"\n\n--=_1\n\nHello\n--=_1--\n']
UNFIT_TO_FORWARD = ["Subject: ä\n\nHello\n".encode(), b"Subject: x\n\n" + b"y" * 999,
                    b"Subject: x\n\nFrom here\n"]
ADDRESSES = ["user@example.com", '"a b"@example.com', "x+y=z@example.com", "o'neil@example.com"]


class Mails:
    """The same in every run."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def words(self, bytes_max):
        text = "".join(self.random.choices(PIECES, k=self.random.choice([0, 1, 3, 8, 60])))
        return text.encode()[:bytes_max].decode(errors="ignore")

    def text(self):
        lines = self.random.choices(LINES + [self.words(2000) for _ in range(5)], k=self.random.randrange(12))
        return "".join(line + self.random.choice(ENDS) for line in lines) + self.random.choice(["", "end"])

    def people(self, most):
        count = self.random.randrange(most)
        return [{"email": self.random.choice(ADDRESSES), "name": self.words(900)} for _ in range(count)]

    def attachment(self):
        kind = self.random.choice(TYPES)
        content = self.random.randbytes(self.random.choice([0, 1, 57, 58, 5000]))
        if kind == "message/rfc822":
            content = self.random.choice([content, *FORWARDED, *UNFIT_TO_FORWARD])
        return {"filename": self.random.choice(NAMES), "content_type": kind,
                "content": base64.b64encode(content).decode()}

    def mail(self):
        some = self.random.random
        mail = {"to": [{"email": "first@example.com", "name": self.words(900)}, *self.people(4)], "cc": self.people(3),
                "bcc": "secret@example.com", "subject": self.words(998),
                "from": {"email": "app@example.com", "name": self.words(300)},
                "headers": {"X-Plain": "one two", "X-Words": self.words(600)}}
        if some() < 0.8:
            mail["body"] = self.text()
        if some() < 0.4:
            mail["html"] = "<p>" + self.text() + '</p><img src="cid:logo@x">'
            mail["attachments"] = [self.attachment() | {"content_id": "logo@x"}] if some() < 0.5 else []
        if some() < 0.4:
            more = [self.attachment() for _ in range(self.random.randrange(4))]
            mail["attachments"] = mail.get("attachments", []) + more
        return mail


def lines_of(text):
    """As any mail has them: one kind of line end, and one at the end."""
    text = re.sub("\r\n|\r", "\n", text)
    return text if text.endswith("\n") else text + "\n"


def read_text(part):
    return re.sub("\r\n", "\n", part.get_payload(decode=True).decode())


def people_of(content, field):
    """By the older half of the package: Python 3.11's newer one keeps the space between two encoded words of a name."""
    fields = email.message_from_bytes(content).get_all(field, [])
    people = email.utils.getaddresses([re.sub(r"\n(?=[ \t])", "", text) for text in fields])
    return [(str(email.header.make_header(email.header.decode_header(name))), address) for name, address in people]


class Mime(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        made = Mails(4)
        cls.mails = [made.mail() for _ in range(MAILS)]
        with Daemon() as daemon, daemon.client() as client:
            items = client.call("submit_emails", emails=cls.mails)["items"]
            refused = [item["error"] for item in items if "error" in item]
            if refused:
                raise AssertionError(refused[:3])
            cls.ids = [item["result"]["id"] for item in items]
            ends = {client.at_its_end(job_id)["status"] for job_id in cls.ids}
            if ends != {"completed"}:
                raise AssertionError(ends)
            contents = [path.read_bytes() for path in daemon.outbox()]
        by_id = {}
        for content in contents:
            read = email.message_from_bytes(content, policy=email.policy.default)
            by_id[read["Message-ID"].strip("<>").split("@")[0]] = (content, read)
        cls.read = [(sent, *by_id[job_id]) for sent, job_id in zip(cls.mails, cls.ids)]

    def each(self, check):
        for number, (sent, content, read) in enumerate(self.read):
            with self.subTest(mail=number):
                check(sent, content, read)

    def test_the_wire_is_7_bit_in_short_lines_and_nobody_else_is_named(self):
        def check(_sent, content, _read):
            self.assertTrue(content.isascii())
            self.assertLessEqual(max(map(len, content.split(b"\n"))), 999)  # with the CR of a line
            self.assertIsNone(re.search(rb"(?mi)^bcc:", content))
            self.assertNotIn(b"secret@", re.sub(rb"(?m)^Delivered-To: .*$", b"", content))
        self.each(check)

    def test_the_header_has_the_fields_that_were_asked_for(self):
        def check(sent, _content, read):
            names = sorted(name.lower() for name in read.keys() if name not in ("Return-Path", "Delivered-To"))
            wanted = ["content-type", "date", "from", "message-id", "mime-version", "subject", "to", "x-plain",
                      "x-words"]
            if not read.is_multipart():
                wanted.append("content-transfer-encoding")
            self.assertEqual(names, sorted(wanted + (["cc"] if sent["cc"] else [])))
        self.each(check)

    def test_subjects(self):
        def check(sent, _content, read):
            self.assertEqual(read["Subject"], sent["subject"])
        self.each(check)

    def test_names_and_addresses(self):
        def check(sent, content, _read):
            for field, wanted in (("From", [sent["from"]]), ("To", sent["to"]), ("Cc", sent["cc"])):
                self.assertEqual(people_of(content, field), [(one["name"], one["email"]) for one in wanted])
        self.each(check)

    def test_header_values(self):
        """Of one that is ASCII its words are never touched: what looks like an encoded word was one."""
        def check(sent, content, read):
            self.assertEqual(read["X-Plain"], "one two")
            words = sent["headers"]["X-Words"]
            if words.isascii():
                field = re.search(rb"(?m)^X-Words:(.*\n(?:[ \t].*\n)*)", content)[1]
                self.assertEqual(field.replace(b"\n", b"").decode().strip(" "), words.strip(" "))
            else:
                self.assertEqual(str(read["X-Words"]), words.strip(" "))
        self.each(check)

    def test_texts(self):
        def check(sent, _content, read):
            plain, html = (read.get_body((kind,)) for kind in ("plain", "html"))
            if "body" in sent or "html" not in sent:
                self.assertEqual(read_text(plain), lines_of(sent.get("body", "")))
            if "html" in sent:
                self.assertEqual(read_text(html), lines_of(sent["html"]))
        self.each(check)

    def test_attachments(self):
        def check(sent, _content, read):
            wanted = sent.get("attachments", [])
            found = [part for part in read.walk() if part.get_filename() is not None]  # no forwarded one has any
            self.assertEqual([part.get_filename() for part in found], [one["filename"] for one in wanted])
            for part, one in zip(found, wanted):
                content = base64.b64decode(one["content"])
                kind = one["content_type"].split(";")[0]
                if content in FORWARDED and kind == "message/rfc822":
                    self.assertEqual(lines_of(part.get_payload(0).as_bytes(policy=email.policy.compat32).decode()),
                                     lines_of(content.decode()))
                    wrapped = False
                else:
                    self.assertEqual(part.get_payload(decode=True), content)
                    wrapped = kind in ("", "message/rfc822")  # RFC 2045 6.4 forbids the latter in base64
                self.assertEqual(part.get_content_type(), "application/octet-stream" if wrapped else kind)
                self.assertEqual(part["Content-ID"], f"<{one['content_id']}>" if "content_id" in one else None)
        self.each(check)

    def test_it_is_well_formed(self):
        def check(_sent, _content, read):
            self.assertEqual([part.defects for part in read.walk() if part.defects], [])
        self.each(check)


if __name__ == "__main__":
    unittest.main()
