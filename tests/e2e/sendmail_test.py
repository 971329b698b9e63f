"""jobctl as sendmail: called as cron, git, PHP, mutt and others do, seen at the relay."""

import email
import os
import pathlib
import socket
import subprocess
import tempfile
import unittest

from support import PATIENCE
from support.callers import CALLERS
from support.daemon import JOBCTL, Daemon
from support.recorder import Recorder

MAIL = {"mail": {"from": "app@example.com"}}


def mail_name():
    """As jobctl finds it."""
    name = pathlib.Path("/etc/mailname")
    return name.read_text().strip() if name.exists() else socket.gethostname()


class Sendmail(unittest.TestCase):
    def setUp(self):
        self.relay = self.enterContext(Recorder())
        self.daemon = self.enterContext(Daemon(MAIL, transport=self.relay.url))
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="jobd-", dir="/tmp")))
        self.programs = {}
        for name in ("sendmail", "mailq", "newaliases"):
            self.programs[name] = folder / name
            self.programs[name].symlink_to(JOBCTL)

    def call(self, words, message, code=0, name="sendmail"):
        environment = dict(os.environ, JOBD_SOCKET=self.daemon.socket_path, JOBD_DROP="/nonexistent")
        done = subprocess.run([self.programs[name], *words], input=message, capture_output=True, env=environment,
                              timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, code, done)
        return done

    def sent(self):
        """What the relay got of the call before."""
        message = self.relay.wait_messages(1)[0]
        self.relay.messages.clear()
        return message

    def test_as_others_call_it(self):
        host = mail_name()
        for name, words, text, recipients, sender in CALLERS:
            with self.subTest(name):
                done = self.call(words, text.encode())
                self.assertEqual((done.stdout, done.stderr), (b"", b""))
                message = self.sent()
                self.assertEqual(message.recipients, [each.replace("HOST", host) for each in recipients])
                author = email.message_from_bytes(message.content)["From"]
                self.assertIn("@", author)
                if sender:
                    self.assertEqual(message.sender, sender.replace("HOST", host))
                self.assertNotIn(b"Bcc", message.content)
                body = text.partition("\n\n")[2] or text
                self.assertTrue(message.content.endswith(b"\r\n\r\n" + body.replace("\n", "\r\n").encode()), message.content)

    def test_git_sends_a_patch(self):
        with tempfile.TemporaryDirectory(prefix="jobd-", dir="/tmp") as folder:
            patch = pathlib.Path(folder) / "1.patch"
            patch.write_text("From 1 Mon Sep 17 00:00:00 2001\nFrom: Ann <ann@example.com>\n"
                             "Date: Mon, 2 Mar 2026 12:00:00 +0000\nSubject: [PATCH] x\n\n---\n.\n")
            git = ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.com", "send-email", "--quiet",
                   "--confirm=never", f"--sendmail-cmd={self.programs['sendmail']}", "--to=bob@example.com",
                   "--suppress-cc=all", "--from=Ann <ann@example.com>", str(patch)]
            environment = dict(os.environ, JOBD_SOCKET=self.daemon.socket_path, HOME=folder, GIT_CONFIG_NOSYSTEM="1")
            done = subprocess.run(git, capture_output=True, env=environment, cwd=folder, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done)
        message = self.sent()
        self.assertEqual(message.recipients, ["bob@example.com"])
        self.assertIn(b"\n---\r\n.\r\n", message.content)

    def test_bytes_stay_as_they_are(self):
        self.call(["a@example.com"], b"From: b@example.com\nSubject: caf\xe9\n\n\xff\xfe\xe9\n")
        self.assertTrue(self.sent().content.endswith(b"\r\n\r\n\xff\xfe\xe9\r\n"))

    def test_a_nul_is_left_out(self):
        self.call(["a@example.com"], b"From: b@example.com\n\na\0b\n")
        self.assertTrue(self.sent().content.endswith(b"\r\n\r\nab\r\n"))

    def test_lines_that_look_like_smtp_stay_in_the_message(self):
        for end in (b"\n.\n", b"\r\n.\r\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n"):
            with self.subTest(end=end):
                text = b"From: b@example.com\n\nx" + end + b"MAIL FROM:<evil@example.com>\n"
                self.call(["-i", "a@example.com"], text)
                message = self.sent()
                self.assertEqual(message.recipients, ["a@example.com"])
                self.assertIn(b"MAIL FROM:<evil@example.com>", message.content)

    def test_exit_codes(self):
        for words, message, code in ((["-bs"], b"", 64), (["-q"], b"", 64), (["-Z"], b"", 64), ([], b"x\n", 64),
                                     (["-t"], b"Subject: x\n\n", 65), (["a b@example.com"], b"x\n", 65),
                                     (["-bi"], b"", 0)):
            with self.subTest(words=words):
                done = self.call(words, message, code)
                self.assertEqual(done.stdout, b"")
                self.assertEqual(done.stderr == b"", code == 0)
        self.call([], b"", name="newaliases")
        self.assertEqual(self.relay.messages, [])

    def test_what_becomes_of_it_is_asked_for(self):
        self.relay.reply("EHLO", "", "250-recorder\r\n250 DSN")
        for words, of_mail, of_rcpt in ((["-Nsuccess,delay", "-R", "full"], " RET=FULL ENVID={}", " NOTIFY=SUCCESS,DELAY"),
                                        (["-N", "never", "-h", "5"], " ENVID={}", " NOTIFY=NEVER"),
                                        (["-R", "hdrs", "-Vmine"], " RET=HDRS ENVID={}", " NOTIFY=FAILURE,DELAY"),
                                        (["-h3", "-V", "mine"], "", "")):
            with self.subTest(words=words):
                self.relay.commands.clear()
                job_id = self.call([*words, "-v", "-fapp@example.com", "a@example.com"], b"x\n").stdout.decode().strip()
                self.sent()
                mail, rcpt = (line for line in self.relay.commands if line[:4] in ("MAIL", "RCPT"))
                self.assertEqual(mail, "MAIL FROM:<app@example.com>" + of_mail.format(job_id))
                self.assertEqual(rcpt.partition(" ORCPT")[0], "RCPT TO:<a@example.com>" + of_rcpt)

    def test_mailq_lists_what_is_pending(self):
        with self.daemon.client() as client:
            job = client.submit("later@example.com", delay="1h")
        self.assertIn(job["id"].encode(), self.call([], b"", name="mailq").stdout)

    def test_with_neither_jobd_nor_a_folder_it_is_to_be_repeated(self):
        environment = dict(os.environ, JOBD_SOCKET="/nonexistent/sock", JOBD_DROP="/nonexistent/drop")
        done = subprocess.run([JOBCTL, "sendmail", "a@example.com"], input=b"x\n", capture_output=True, env=environment,
                              timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 75)
        self.assertIn(b"/nonexistent/drop", done.stderr)


if __name__ == "__main__":
    unittest.main()
