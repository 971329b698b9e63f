"""Delivery over SMTP: to servers that others wrote, and to one that misbehaves on demand."""

import base64
import email
import email.policy
import unittest

from aiosmtpd.controller import Controller
from support.daemon import Daemon
from support.port import HeldPort
from support.recorder import CLOSE, Recorder
from support.sink import smtp_sink

FROM = {"mail": {"from": "App <app@example.com>"}}
QUICK = FROM | {"retry": {"initial": "20ms", "multiplier": 1, "max": "20ms", "jitter": 0}}


def statuses(job):
    return [recipient["status"] for recipient in job["recipients"]]


def outcomes(job):
    return [entry["outcome"] for entry in job["history"]]


class Traced(Daemon):
    """Says what the relay of its --transport says and is told."""

    def command(self):
        return [*super().command(), "--trace-smtp", "default"]


class OtherServers(unittest.TestCase):
    def test_smtp_sink_gets_envelope_and_content(self):
        with smtp_sink() as (port, folder), Daemon(FROM, transport=f"smtp://127.0.0.1:{port}") as daemon:
            with daemon.client() as client:
                job = client.submit(["a@example.com", "b@example.com"], subject="To the sink", body=".\n..\nend\n")
                job = client.at_its_end(job["id"])
            self.assertEqual(job["status"], "completed", job)
            (path,) = folder.glob("mail.*")
            dump = path.read_text()
            self.assertIn("X-Mail-Args: <app@example.com>", dump)
            self.assertIn("X-Rcpt-Args: <a@example.com>", dump)
            self.assertIn("X-Rcpt-Args: <b@example.com>", dump)
            self.assertIn("Subject: To the sink", dump)
            self.assertEqual(dump.partition("\n\n")[2], ".\n..\nend\n" + "\n")  # the last one is the sink's

    def test_the_log_has_the_transcript_without_the_content(self):
        with smtp_sink() as (port, _), Traced(FROM, transport=f"smtp://127.0.0.1:{port}") as daemon:
            with daemon.client() as client:
                client.at_its_end(client.submit("a@example.com", body="nobody else's business")["id"])
            log = daemon.log()
        self.assertRegex(log, r"info: .*> MAIL FROM:<app@example\.com>")
        self.assertRegex(log, r"info: .*< 354 ")
        self.assertNotIn("business", log)

    def test_smtp_sink_takes_a_thousand_mails(self):
        with smtp_sink() as (port, folder), Daemon(FROM, transport=f"smtp://127.0.0.1:{port}") as daemon:
            with daemon.client() as client:
                result = client.call("submit_emails", emails=[
                    {"to": "a@example.com", "subject": f"Mail {n}", "body": "x"} for n in range(1000)])
                ids = [item["result"]["id"] for item in result["items"]]
                ends = [client.at_its_end(job_id)["status"] for job_id in ids]
            self.assertEqual(set(ends), {"completed"})
            self.assertEqual(len(list(folder.glob("mail.*"))), 1000)

    def test_aiosmtpd_and_pythons_email_package_read_what_was_meant(self):
        class Keep:
            envelope = None

            async def handle_DATA(self, _server, _session, envelope):
                self.envelope = envelope
                return "250 2.0.0 kept"

        picture = bytes(range(256)) * 20
        keeper = Keep()
        server = Controller(keeper, hostname="127.0.0.1", port=self.enterContext(HeldPort()).number)
        server.start()
        self.addCleanup(server.stop)
        with Daemon(FROM, transport=f"smtp://127.0.0.1:{server.port}") as daemon, daemon.client() as client:
            job = client.submit("Ünal Ç <unal@example.com>", cc="c@example.com", bcc="secret@example.com",
                                reply_to="desk@example.com", subject="Grüße, 世界 " + "lang " * 30,
                                body="Zeile eins\n.Zeile zwei ✓\n" + "x" * 3000 + "\n", html="<p>Grüße ✓</p>",
                                headers={"X-Order": "42"},
                                attachments=[{"filename": "Bild ä.png", "content_type": "image/png",
                                              "content": base64.b64encode(picture).decode()}])
            job = client.at_its_end(job["id"])
        self.assertEqual(job["status"], "completed", job)
        self.assertEqual(keeper.envelope.mail_from, "app@example.com")
        self.assertEqual(keeper.envelope.rcpt_tos, ["unal@example.com", "c@example.com", "secret@example.com"])
        content = keeper.envelope.content
        self.assertNotIn(b"secret@", content)
        self.assertEqual(content.count(b"\n"), content.count(b"\r\n"))
        self.assertLessEqual(max(map(len, content.split(b"\r\n"))), 998)
        mail = email.message_from_bytes(content, policy=email.policy.default)
        self.assertEqual(mail["Subject"], "Grüße, 世界 " + "lang " * 30)
        self.assertEqual(mail["To"].addresses[0].display_name, "Ünal Ç")
        self.assertEqual(mail["Reply-To"], "desk@example.com")
        self.assertEqual(mail["X-Order"], "42")
        text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
        self.assertEqual(text, "Zeile eins\n.Zeile zwei ✓\n" + "x" * 3000 + "\n")
        self.assertEqual(mail.get_body(("html",)).get_content().strip(), "<p>Grüße ✓</p>")
        (attachment,) = mail.iter_attachments()
        self.assertEqual(attachment.get_filename(), "Bild ä.png")
        self.assertEqual(attachment.get_content(), picture)
        self.assertEqual([type(part.defects) for part in mail.walk() if part.defects], [])


class Replies(unittest.TestCase):
    def run_one(self, relay, config=None, to="a@example.com", **params):
        with Daemon(config or QUICK, transport=relay.url) as daemon, daemon.client() as client:
            return client.at_its_end(client.submit(to, **params)["id"])

    def test_550_fails_at_once(self):
        with Recorder() as relay:
            relay.reply("RCPT", "", "550 5.1.1 no such user")
            job = self.run_one(relay)
            self.assertEqual((job["status"], job["attempts"]), ("failed", 1))
            self.assertEqual((job["error"]["code"], job["error"]["smtp_code"], job["error"]["enhanced_code"]),
                             ("rejected", 550, "5.1.1"))
            self.assertEqual(relay.messages, [])

    def test_451_is_tried_again(self):
        for phase in ("MAIL", "RCPT", "DATA", "DOT"):
            with self.subTest(phase=phase), Recorder() as relay:
                relay.reply(phase, "", "451 4.3.0 later", times=1)
                job = self.run_one(relay)
                self.assertEqual((job["status"], job["attempts"], outcomes(job)),
                                 ("completed", 2, ["temporary", "delivered"]))

    def test_451_for_ever_uses_the_attempts_up(self):
        with Recorder() as relay:
            relay.reply("DOT", "", "451 4.3.0 later")
            job = self.run_one(relay, max_attempts=2)
            self.assertEqual((job["status"], job["attempts"], job["error"]["code"]),
                             ("failed", 2, "attempts_exhausted"))
            self.assertEqual(job["error"]["smtp_code"], 451)

    def test_each_recipient_has_its_own_end(self):
        with Recorder() as relay:
            relay.reply("RCPT", "later@", "450 4.2.0 greylisted", times=1)
            relay.reply("RCPT", "never@", "550 5.1.1 no such user")
            job = self.run_one(relay, to=["now@example.com", "later@example.com", "never@example.com"])
            self.assertEqual(job["status"], "failed")
            self.assertEqual(job["error"]["code"], "rejected")
            self.assertEqual(statuses(job), ["delivered", "delivered", "failed"])
            self.assertEqual([m.recipients for m in relay.messages], [["now@example.com"], ["later@example.com"]])
            self.assertEqual(*({line for line in m.content.split(b"\r\n") if line.startswith(b"Message-ID")}
                               for m in relay.messages))

    def test_a_refused_message_does_not_spoil_the_session(self):
        with Recorder() as relay, Daemon(QUICK, transport=relay.url) as daemon, daemon.client() as client:
            relay.reply("RCPT", "bad@", "550 5.1.1 no such user")
            for address in ("bad@example.com", "good@example.com", "bad@example.com", "good@example.com"):
                client.at_its_end(client.submit(address)["id"])
            self.assertEqual((len(relay.messages), relay.sessions), (2, 1))


class ReplyLostAfterTheDot(unittest.TestCase):
    def test_retry_sends_the_same_mail_again(self):
        with Recorder() as relay, Daemon(QUICK, transport=relay.url) as daemon, daemon.client() as client:
            relay.reply("DOT", "", CLOSE, times=1)
            job = client.at_its_end(client.submit()["id"])
            self.assertEqual((job["status"], job["attempts"], outcomes(job)),
                             ("completed", 2, ["uncertain", "delivered"]))
            first, second = relay.messages
            self.assertEqual(first.content, second.content)

    def test_retry_ends_in_doubt(self):
        with Recorder() as relay, Daemon(QUICK, transport=relay.url) as daemon, daemon.client() as client:
            relay.reply("DOT", "", CLOSE)
            job = client.at_its_end(client.submit(max_attempts=2)["id"])
            self.assertEqual((job["status"], job["error"]["code"]), ("failed", "in_doubt"))
            self.assertEqual(statuses(job), ["uncertain"])

    def test_hold_waits_for_a_person(self):
        with Recorder() as relay, Daemon(QUICK, transport=relay.url) as daemon, daemon.client() as client:
            relay.reply("DOT", "", CLOSE, times=1)
            job = client.at_its_end(client.submit(on_uncertain="hold")["id"])
            self.assertEqual((job["status"], statuses(job)), ("held", ["uncertain"]))
            self.assertEqual(len(relay.messages), 1)
            self.assertIsNone(job["finished_at"])
            client.call("retry_job", id=job["id"])
            self.assertEqual(client.at_its_end(job["id"])["status"], "completed")
            self.assertEqual(len(relay.messages), 2)

    def test_hold_survives_a_kill_past_the_dot(self):
        with Recorder() as relay, Daemon(QUICK, transport=relay.url) as daemon:
            past_dot = relay.gate("DOT")
            with daemon.client() as client:
                held = client.submit(on_uncertain="hold")["id"]
                past_dot.wait_reached()
            daemon.kill()
            past_dot.open()
            daemon.start()
            with daemon.client() as client:
                job = client.job(held)
            self.assertEqual((job["status"], statuses(job)), ("held", ["uncertain"]))
            self.assertEqual(len(relay.messages), 1)


class RelayTrouble(unittest.TestCase):
    def test_a_relay_that_is_down_costs_no_attempt(self):
        with Recorder() as relay, Daemon(QUICK, transport=relay.url) as daemon, daemon.client() as client:
            relay.shut()
            job_id = client.submit()["id"]
            job = client.job(job_id)
            while job["waiting_for"] != "relay_down":
                self.assertIn(job["status"], ("pending", "processing"))
                job = client.job(job_id, wait="50ms")
            self.assertEqual(job["attempts"], 0)
            relay.listen()
            job = client.at_its_end(job_id)
            self.assertEqual((job["status"], job["attempts"]), ("completed", 1))
            self.assertEqual((set(outcomes(job)[:-1]), outcomes(job)[-1]), ({"relay_trouble"}, "delivered"))

    def test_421_before_the_message_costs_no_attempt(self):
        later = "421 4.3.2 not now"
        submitted = []
        for phase, answer in (("GREETING", later), ("EHLO", later), ("MAIL", later), ("GREETING", CLOSE), ("EHLO", CLOSE)):
            relay = self.enterContext(Recorder())
            relay.reply(phase, "", answer, times=1)
            client = self.enterContext(self.enterContext(Daemon(QUICK, transport=relay.url)).client())
            submitted.append((phase, answer, client, client.submit()["id"]))
        for phase, answer, client, job_id in submitted:
            with self.subTest(phase=phase, answer=answer):
                job = client.at_its_end(job_id)
                self.assertEqual((job["status"], job["attempts"], outcomes(job)),
                                 ("completed", 1, ["relay_trouble", "delivered"]))

    def test_sessions_that_were_cut_while_idle_cost_no_attempt(self):
        with Recorder() as relay, Daemon(QUICK, transport=relay.url) as daemon, daemon.client() as client:
            client.at_its_end(client.submit()["id"])
            relay.shut()
            relay.listen()
            job = client.at_its_end(client.submit()["id"])
            self.assertEqual((job["status"], job["attempts"]), ("completed", 1))


if __name__ == "__main__":
    unittest.main()
