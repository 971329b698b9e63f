"""jobctl probe and probe_relay: talks to a relay up to a recipient, says how far it came, and sends nothing."""

import json
import threading
import unittest

from support.client import Refused
from support.daemon import Daemon, jobctl
from support.recorder import Recorder

MAIL = {"mail": {"from": "App <app@example.com>"}}


def steps(report):
    return [(step["name"], step["ok"]) for step in report["steps"]]


class Probe(unittest.TestCase):
    def setUp(self):
        self.relay = self.enterContext(Recorder())
        self.daemon = self.enterContext(Daemon(MAIL, transport=self.relay.url))

    def probe(self, *words, check=0):
        return json.loads(jobctl(self.daemon, "probe", "--json", *words, check=check).stdout)

    def commands(self):
        return [command.split()[0].upper() for command in self.relay.commands]

    def test_goes_up_to_the_recipient_and_sends_nothing(self):
        report = self.probe("--to", "user@example.com")
        self.assertTrue(report["ok"], report)
        self.assertIsNone(report["error"])
        names = [name for name, _ in steps(report)]
        self.assertEqual([names[0], names[1], names[-2], names[-1]], ["addresses", "connect", "mail", "rcpt"])
        self.assertTrue(all(ok for _, ok in steps(report)))
        self.assertIn("MAIL FROM:<app@example.com>", " ".join(self.relay.commands))
        self.assertNotIn("DATA", self.commands())
        self.assertEqual(self.relay.messages, [])
        said = [line[:3] for line in report["transcript"]]
        self.assertIn("S: ", said)
        self.assertIn("C: ", said)

    def test_without_a_recipient_it_ends_with_mail(self):
        report = self.probe()
        self.assertTrue(report["ok"], report)
        self.assertEqual(steps(report)[-1][0], "mail")
        self.assertIn("MAIL", self.commands())
        self.assertNotIn("RCPT", self.commands())

    def test_a_person_reads_it_line_by_line(self):
        text = jobctl(self.daemon, "probe", "--to", "user@example.com", check=0).stdout
        lines = text.splitlines()
        self.assertTrue(lines[0].startswith("Relay "), text)
        self.assertTrue(all(line.startswith("ok      ") for line in lines[1:]), text)
        self.assertNotIn("\x1b", text)
        self.assertNotIn("C: EHLO", text)
        self.assertIn("\nC: EHLO", jobctl(self.daemon, "probe", "-v", check=0).stdout)

    def test_a_recipient_that_is_refused_is_the_last_step(self):
        self.relay.reply("RCPT", "nobody@", "550 5.1.1 no such user")
        report = self.probe("--to", "nobody@example.com", check=1)
        self.assertFalse(report["ok"])
        self.assertEqual(steps(report)[-1], ("rcpt", False))
        self.assertIn("no such user", report["steps"][-1]["detail"])
        self.assertTrue(report["error"])

    def test_a_relay_that_is_away_fails_at_connect(self):
        self.relay.shut()
        done = jobctl(self.daemon, "probe", check=1)
        self.assertIn("failed  connect", done.stdout)
        self.relay.listen()

    def test_a_relay_that_says_nothing_has_its_time(self):
        gate = self.relay.gate("GREETING")
        report = self.probe("--timeout", "1s", check=1)
        self.assertEqual(steps(report)[-1][1], False)
        self.assertTrue(report["error"])
        gate.open()

    def test_a_relay_is_probed_once_at_a_time_and_mails_go_on(self):
        gate = self.relay.gate("RCPT", "probe@")
        first = threading.Thread(target=self.probe, args=("--to", "probe@example.com"))
        first.start()
        gate.wait_reached()
        with self.daemon.client() as client:
            with self.assertRaises(Refused) as refused:
                client.call("probe_relay")
            self.assertEqual(refused.exception.code, "busy")
            self.assertEqual(client.at_its_end(client.submit()["id"])["status"], "completed")
        gate.open()
        first.join()
        self.assertTrue(self.probe()["ok"])

    def test_a_client_that_goes_away_meanwhile_hurts_nobody(self):
        gate = self.relay.gate("RCPT", "probe@")
        with self.daemon.client() as client:
            client.send("probe_relay", {"to": "probe@example.com"})
            gate.wait_reached()
        gate.open()
        with self.daemon.client() as client:
            self.assertEqual(client.at_its_end(client.submit()["id"])["status"], "completed")

    def test_over_http_it_is_the_same(self):
        with self.daemon.http() as client:
            response = client.ask("POST", "/relays/probe", {"to": "user@example.com"})
            self.assertEqual(response.status, 200)
            self.assertTrue(response.json()["ok"])
            self.assertEqual(client.ask("POST", "/relays/probe", {"relay": "nowhere"}).status, 422)

    def test_jobd_that_stops_meanwhile_stops_and_says_so(self):
        gate = self.relay.gate("RCPT", "probe@")
        with self.daemon.client() as client:
            client.send("probe_relay", {"to": "probe@example.com"})
            gate.wait_reached()
            self.daemon.stop()
            reply = client.receive()
            self.assertEqual((reply["status"], reply["error"]["code"]), (503, "draining"))
        gate.open()
        self.daemon.start()


class WithoutARelay(unittest.TestCase):
    def test_there_is_nothing_to_probe(self):
        with Daemon(MAIL) as daemon:
            done = jobctl(daemon, "probe", check=65)
            self.assertIn("no relay", done.stderr)

    def test_nor_where_jobd_is_away(self):
        with Daemon(MAIL) as daemon:
            daemon.stop()
            jobctl(daemon, "probe", check=75)
            daemon.start()


if __name__ == "__main__":
    unittest.main()
