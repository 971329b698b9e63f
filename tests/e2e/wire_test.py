"""What jobd says to a relay, as seen on the wire: commands that share a segment, sessions that are used again, parameters."""

import contextlib
import re
import unittest

from support.daemon import Daemon
from support.recorder import Recorder
from support.tap import Tap

ALL = ("PIPELINING", "SIZE 52428800", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES")
FROM = {"mail": {"from": "App <app@example.com>"}}


def offer(relay, *extensions):
    lines = ["recorder", *extensions]
    relay.reply("EHLO", "", "\r\n".join(f"250{' ' if line is lines[-1] else '-'}{line}" for line in lines))


class Wire(unittest.TestCase):
    @contextlib.contextmanager
    def relay(self, *extensions, **keys):
        """(recorder, tap, client) of a jobd with this one relay."""
        with Recorder() as relay, Tap(relay.port) as tap:
            offer(relay, *extensions)
            table = {"name": "relay", "url": f"smtp://127.0.0.1:{tap.port}", "connections": 1} | keys
            with Daemon(FROM | {"relay": [table]}) as daemon, daemon.client() as client:
                yield relay, tap, client

    def completed(self, client, *ids):
        for job_id in ids:
            job = client.at_its_end(job_id)
            self.assertEqual((job["status"], job["attempts"]), ("completed", 1), job)


def pieces(tap):
    """What jobd wrote at once, session by session."""
    return [data for session in tap.sessions for from_server, data in session.pieces if not from_server]


class Pipelining(Wire):
    def test_mail_rcpt_and_data_go_together(self):
        with self.relay(*ALL) as (_, tap, client):
            self.completed(client, client.submit(["a@example.com", "b@example.com"])["id"])
            together = rb"MAIL FROM:<app@example\.com>.*\r\nRCPT TO:<a@example\.com>\r\nRCPT TO:<b@example\.com>\r\nDATA\r\n"
            self.assertEqual([bool(re.fullmatch(together, piece)) for piece in pieces(tap)].count(True), 1, pieces(tap))

    def test_the_next_mail_goes_with_the_dot(self):
        with self.relay(*ALL) as (relay, tap, client):
            self.assertTrue(self.two_mails(relay, tap, client))

    def test_but_not_of_a_mail_that_must_not_go_twice(self):
        with self.relay(*ALL) as (relay, tap, client):
            self.assertFalse(self.two_mails(relay, tap, client, on_uncertain="hold"))

    def two_mails(self, relay, tap, client, **params):
        """Whether something stood behind the first one's dot, while the second was at hand."""
        at_data = relay.gate("DATA")
        first = client.submit(subject="first", **params)["id"]
        at_data.wait_reached()
        second = client.submit(subject="second")["id"]
        client.call("list_jobs")  # it has been claimed, if it is at all
        at_data.open()
        self.completed(client, first, second)
        self.assertEqual([b"first" in relay.messages[0].content, b"second" in relay.messages[1].content, relay.sessions],
                         [True, True, 1])
        return any(b"\r\n.\r\nMAIL FROM" in piece for piece in pieces(tap))

    def test_one_by_one_where_it_is_not_offered(self):
        with self.relay("8BITMIME") as (_, tap, client):
            self.completed(client, client.submit(["a@example.com", "b@example.com"])["id"])
            for piece in pieces(tap):
                self.assertLessEqual(len(re.findall(rb"^(?:EHLO|MAIL|RCPT|DATA|QUIT)\b", piece, re.M)), 1, piece)


class Sessions(Wire):
    def test_are_used_again_as_often_as_is_allowed(self):
        with self.relay(*ALL, mails_per_connection=5) as (relay, _, client):
            client.call("pause")
            ids = [client.submit()["id"] for _ in range(20)]
            client.call("resume")
            self.completed(client, *ids)
            self.assertEqual([sum(message.session == n for message in relay.messages) for n in range(1, relay.sessions + 1)],
                             [5, 5, 5, 5])

    def test_are_no_more_than_are_allowed(self):
        with self.relay(*ALL, connections=3) as (relay, _, client):
            client.call("pause")
            ids = [client.submit()["id"] for _ in range(100)]
            client.call("resume")
            self.completed(client, *ids)
            self.assertLessEqual(relay.sessions, 3)

    def test_end_with_quit_when_nothing_comes(self):
        with self.relay(*ALL, idle_timeout="50ms") as (relay, _, client):
            self.completed(client, client.submit()["id"])
            relay.wait_command("QUIT")

    def test_that_ended_while_idle_cost_nothing(self):
        with self.relay(*ALL) as (relay, _, client):
            for _ in range(3):
                self.completed(client, job_id := client.submit()["id"])
                relay.shut()
                relay.listen()
                self.assertEqual([entry["outcome"] for entry in client.job(job_id)["history"]], ["delivered"])


class Parameters(Wire):
    def said(self, relay, verb):
        return [command for command in relay.commands if command.startswith(verb)]

    def test_size(self):
        with self.relay(*ALL) as (relay, _, client):
            self.completed(client, client.submit(body="x" * 50_000)["id"])
            (mail,) = self.said(relay, "MAIL")
            size = int(re.search(r" SIZE=(\d+)", mail)[1])
            self.assertEqual(size, len(relay.messages[0].content))

    def test_a_mail_that_is_too_large_is_not_begun(self):
        with self.relay("SIZE 10000", "PIPELINING") as (relay, _, client):
            job = client.at_its_end(client.submit(body="x" * 50_000)["id"])
            self.assertEqual((job["status"], job["error"]["code"]), ("failed", "rejected"))
            self.assertEqual((relay.messages, self.said(relay, "DATA")), ([], []))

    def test_notifications(self):
        with self.relay(*ALL) as (relay, _, client):
            asked = client.submit(dsn={"notify": ["failure", "delay"], "return": "headers"})["id"]
            self.completed(client, asked, client.submit(dsn={"notify": ["never"]})["id"], client.submit()["id"])
            first, second, third = self.said(relay, "MAIL")
            self.assertRegex(first, rf"^MAIL FROM:<app@example\.com>(?=.* RET=HDRS)(?=.* ENVID={asked})")
            self.assertNotIn("RET=", second + third)
            self.assertNotIn("ENVID=", third)
            for said, wanted in zip(self.said(relay, "RCPT"), (r" NOTIFY=(FAILURE,DELAY|DELAY,FAILURE)", " NOTIFY=NEVER", ""),
                                    strict=True):
                self.assertRegex(said, rf"^RCPT TO:<user@example\.com>{wanted}( ORCPT=rfc822;user@example\.com)?$")

    def test_notifications_where_they_are_not_offered(self):
        with self.relay("PIPELINING") as (relay, _, client):
            self.completed(client, client.submit(dsn={"notify": ["failure"]})["id"])
            self.assertEqual(self.said(relay, "RCPT"), ["RCPT TO:<user@example.com>"])

    def test_a_domain_of_another_alphabet(self):
        with self.relay("PIPELINING") as (relay, _, client):
            self.completed(client, client.submit("user@bücher.example")["id"])
            self.assertEqual(self.said(relay, "RCPT"), ["RCPT TO:<user@xn--bcher-kva.example>"])

    def test_a_name_of_another_alphabet(self):
        with self.relay(*ALL) as (relay, _, client):
            self.completed(client, client.submit("jürgen@bücher.example")["id"])
            self.assertIn(" SMTPUTF8", self.said(relay, "MAIL")[0])
            self.assertRegex(self.said(relay, "RCPT")[0], r"^RCPT TO:<jürgen@(bücher|xn--bcher-kva)\.example>$")

    def test_a_name_of_another_alphabet_where_it_is_not_taken(self):
        with self.relay("PIPELINING") as (relay, _, client):
            job = client.at_its_end(client.submit("jürgen@bücher.example")["id"])
            self.assertEqual((job["status"], job["attempts"]), ("failed", 1))
            self.assertEqual(job["recipients"][0]["enhanced_code"], "5.6.7")
            self.assertEqual(self.said(relay, "RCPT"), [])

    def test_helo_where_there_is_no_ehlo(self):
        with self.relay() as (relay, _, client):
            relay.reply("EHLO", "EHLO", "502 5.5.1 what?")
            relay.reply("EHLO", "HELO", "250 recorder")
            self.completed(client, client.submit()["id"])
            self.assertEqual(self.said(relay, "MAIL"), ["MAIL FROM:<app@example.com>"])


if __name__ == "__main__":
    unittest.main()
