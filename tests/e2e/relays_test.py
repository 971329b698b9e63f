"""Several relays: logins that fail and are mended, relays that fail over and come back, rates and limits that hold."""

import collections
import os
import signal
import unittest

from support.certificates import Authority
from support.daemon import Daemon
from support.hostile import Hostile
from support.keeper import Keeper
from support.node_smtp import NodeSmtp
from support.recorder import Recorder
from support.sink import smtp_sink

FROM = {"mail": {"from": "App <app@example.com>"}}
QUICK = FROM | {"retry": {"initial": "20ms", "multiplier": 1, "max": "20ms", "jitter": 0}}


def plain(name, port, **keys):
    return {"name": name, "url": f"smtp://127.0.0.1:{port}", **keys}


def outcomes(job):
    return [(entry["outcome"], entry["relay"]) for entry in job["history"]]


def submit_together(daemon, client, count):
    """So many jobs that are claimed in one turn, and a client that hears of each change from then on."""
    client.call("pause")
    ids = [client.submit()["id"] for _ in range(count)]
    watcher = daemon.client()
    watcher.send("watch", request_id=1)
    if watcher.receive()["status"] != 200:
        raise AssertionError("no watch")
    client.call("resume")
    return ids, watcher


def hear_that_all_wait_for(watcher, ids, reason):
    """The jobs as they were when they were told to wait for it."""
    waiting = {}
    while set(ids) - set(waiting):
        job = watcher.receive()["job"]
        if job["status"] not in ("pending", "processing"):
            raise AssertionError(f"it does not wait for {reason}: {job}")
        if job["waiting_for"] == reason:
            waiting[job["id"]] = job
    return list(waiting.values())


class Logins(unittest.TestCase):
    def setUp(self):
        self.ca = self.enterContext(Authority())

    def relay(self, server, **keys):
        return {"name": "relay", "url": f"smtp://localhost:{server.port}", "ca_file": self.ca.file,
                "username": server.user, **keys}

    def test_a_wrong_password_is_loud_costs_nothing_and_is_mended_by_a_reload(self):
        secret = self.ca.secret("password", "wrong\n")
        with Keeper(self.ca.good) as server:
            relay = self.relay(server, password_file=secret)
            with Daemon(FROM | {"relay": [relay]}) as daemon, daemon.client() as client:
                ids, watcher = submit_together(daemon, client, 5)
                with watcher:
                    for job in hear_that_all_wait_for(watcher, ids, "relay_auth"):
                        self.assertEqual(job["attempts"], 0)
                self.assertEqual(server.wait(0), [])
                self.assertRegex(daemon.log(), "error: nothing goes to relay until .*credentials invalid; mend its login")
                self.assertNotIn("wrong", daemon.log())
                self.ca.secret("password", server.password + "\n")
                daemon.process.send_signal(signal.SIGHUP)
                for job_id in ids:
                    job = client.at_its_end(job_id)
                    self.assertEqual((job["status"], job["attempts"]), ("completed", 1))
                self.assertEqual(len(server.wait(5)), 5)
                self.assertNotIn(server.password, daemon.log())

    def test_a_token_of_a_command_is_renewed_when_it_is_refused(self):
        command = f"if [ -e {self.ca.folder}/asked ]; then echo {Keeper.token}; else touch {self.ca.folder}/asked; echo old; fi"
        for kind in (Keeper, NodeSmtp):
            (self.ca.folder / "asked").unlink(missing_ok=True)
            with self.subTest(kind.__name__), kind(self.ca.good) as server:
                self.one_mail(self.relay(server, oauth2_command=command))
                self.assertEqual(server.logins, [("XOAUTH2", False), ("XOAUTH2", True)])

    def test_a_token_of_a_file_is_read_when_it_is_needed(self):
        secret = self.ca.secret("token", "first")
        with Keeper(self.ca.good) as server:
            server.token = "first"
            relay = self.relay(server, oauth2_file=secret, mails_per_connection=1)
            with Daemon(FROM | {"relay": [relay]}) as daemon, daemon.client() as client:
                for token in ("first", "second"):
                    server.token = token
                    self.ca.secret("token", token)
                    job = client.at_its_end(client.submit()["id"])
                    self.assertEqual((job["status"], outcomes(job)), ("completed", [("delivered", "relay")]))
            self.assertEqual([right for _, right in server.logins], [True, True])

    def one_mail(self, relay):
        with Daemon(FROM | {"relay": [relay]}) as daemon, daemon.client() as client:
            job = client.at_its_end(client.submit()["id"])
            self.assertEqual((job["status"], job["attempts"], outcomes(job)), ("completed", 1, [("delivered", "relay")]))

    def test_a_password_in_the_credentials_of_the_service(self):
        self.ca.secret("secret", Keeper.password)
        os.environ["CREDENTIALS_DIRECTORY"] = str(self.ca.folder)
        self.addCleanup(os.environ.pop, "CREDENTIALS_DIRECTORY")
        with Keeper(self.ca.good) as server:
            self.one_mail(self.relay(server, password_file="secret"))


class FailingOver(unittest.TestCase):
    def test_from_a_dead_relay_to_the_next_and_back(self):
        with Recorder() as first, Recorder() as second:
            relays = [plain("first", first.port, priority=0), plain("second", second.port, priority=1)]
            first.shut()
            with Daemon(QUICK | {"relay": relays}) as daemon, daemon.client() as client:
                job = client.at_its_end(client.submit()["id"])
                self.assertEqual((job["status"], job["attempts"]), ("completed", 1))
                self.assertEqual(outcomes(job), [("relay_trouble", "first"), ("delivered", "second")])
                job = client.at_its_end(client.submit()["id"])
                self.assertEqual(outcomes(job), [("delivered", "second")])  # it is known to be down
                first.listen()
                daemon.process.send_signal(signal.SIGHUP)  # it is asked again at once
                while ("delivered", "first") not in outcomes(job):  # until jobd has heard it
                    job = client.at_its_end(client.submit()["id"])
                    self.assertEqual((job["status"], job["attempts"]), ("completed", 1))
                self.assertEqual(outcomes(client.at_its_end(client.submit()["id"])), [("delivered", "first")])

    def test_never_after_a_dot(self):
        """Whose mail may be out already goes out again where it went before, or not at all."""
        with Hostile("DOT", "close") as first, Recorder() as second:
            relays = [plain("first", first.port, priority=0), plain("second", second.port, priority=1)]
            with Daemon(QUICK | {"relay": relays}) as daemon, daemon.client() as client:
                job = client.at_its_end(client.submit()["id"])
                self.assertEqual(outcomes(job), [("uncertain", "first"), ("delivered", "first")])
                self.assertEqual(second.messages, [])

    def test_those_of_one_priority_share(self):
        with Recorder() as first, Recorder() as second:
            relays = [plain(name, relay.port, connections=2) for name, relay in (("a", first), ("b", second))]
            with Daemon(QUICK | {"relay": relays}) as daemon, daemon.client() as client:
                client.call("pause")
                ids = [client.submit()["id"] for _ in range(200)]
                client.call("resume")
                self.assertEqual({client.at_its_end(job_id)["status"] for job_id in ids}, {"completed"})
                for relay in (first, second):
                    self.assertGreater(len(relay.messages), 40)

    def test_routes_are_kept(self):
        with Recorder() as own, Recorder() as other:
            config = QUICK | {
                "relay": [plain("own", own.port), plain("other", other.port)],
                "route": [{"recipient": "example.org", "relay": "own"}, {"sender": "shop@example.com", "relay": "own"},
                          {"relay": "other"}]}
            with Daemon(config) as daemon, daemon.client() as client:
                job = client.submit(["a@example.org", "b@example.net"])
                job = client.at_its_end(job["id"])
                self.assertEqual((job["status"], sorted(outcomes(job))),
                                 ("completed", [("delivered", "other"), ("delivered", "own")]))
                client.at_its_end(client.submit("c@example.net", **{"from": "shop@example.com"})["id"])
            self.assertEqual(sorted(message.recipients for message in own.messages), [["a@example.org"], ["c@example.net"]])
            self.assertEqual([message.recipients for message in other.messages], [["b@example.net"]])


    def test_a_route_knows_a_domain_outside_ascii_in_both_its_forms(self):
        for rule in ("München.de", "xn--mnchen-3ya.de"):
            with self.subTest(rule), Recorder() as own, Recorder() as other:
                config = QUICK | {"relay": [plain("own", own.port), plain("other", other.port)],
                                  "route": [{"recipient": rule, "relay": "own"}, {"relay": "other"}]}
                with Daemon(config) as daemon, daemon.client() as client:
                    for address in ("a@MÜNCHEN.de", "a@xn--mnchen-3ya.de", "a@XN--Mnchen-3YA.de"):
                        job = client.at_its_end(client.submit(address)["id"])
                        self.assertEqual((job["status"], outcomes(job)), ("completed", [("delivered", "own")]))


class Restarts(unittest.TestCase):
    def test_a_quota_of_the_day_is_not_sent_again(self):
        for quota in ({"relay": {"rate": "3/day"}}, {"relay": {}, "domain": [{"name": "example.com", "rate": "3/day"}]}):
            with self.subTest(quota), Recorder() as relay:
                config = QUICK | quota | {"relay": [plain("relay", relay.port, **quota["relay"])]}
                with Daemon(config) as daemon:
                    with daemon.client() as client:
                        ids = [client.submit()["id"] for _ in range(5)]
                        self.assertEqual({client.at_its_end(job_id)["status"] for job_id in ids[:3]}, {"completed"})
                    for end in (daemon.stop, daemon.kill):
                        end()
                        daemon.start()
                        with daemon.client() as client:
                            self.assertEqual([client.job(job_id)["waiting_for"] for job_id in ids[3:]], ["rate_limit"] * 2)
                self.assertEqual(len(relay.messages), 3)

    def test_an_attempt_that_jobd_died_in_names_its_relay(self):
        with Recorder() as first, Recorder() as second:
            gate = second.gate("DATA")
            config = QUICK | {"relay": [plain("first", first.port), plain("second", second.port)],
                              "route": [{"recipient": "example.com", "relay": "second"}, {"relay": "first"}]}
            with Daemon(config) as daemon:
                with daemon.client() as client:
                    job_id = client.submit()["id"]
                    gate.wait_reached()
                daemon.kill()
                gate.open()
                daemon.config["route"][0]["relay"] = "first"  # in the life after
                daemon.start()
                with daemon.client() as client:
                    self.assertEqual(outcomes(client.at_its_end(job_id)), [("interrupted", "second"), ("delivered", "first")])


class Limits(unittest.TestCase):
    RATE = 5

    def test_a_rate_is_kept(self):
        """By the times at which the server wrote its files, over the whole run: tests/core/pace_test has the rest."""
        with smtp_sink() as (port, folder):
            relay = plain("relay", port, rate=f"{self.RATE}/s")
            with Daemon(FROM | {"relay": [relay]}) as daemon, daemon.client() as client:
                ids = [client.submit()["id"] for _ in range(20)]
                self.assertEqual({client.at_its_end(job_id)["status"] for job_id in ids}, {"completed"})
            times = sorted(path.stat().st_mtime for path in folder.glob("mail.*"))
        self.assertEqual(len(times), 20)
        self.assertGreater(times[-1] - times[0], (20 - self.RATE - 1) / self.RATE - 0.5)

    def test_what_a_rate_keeps_back_says_so(self):
        """For an hour, so that the job waits whenever it is asked about."""
        with smtp_sink() as (port, _):
            relay = plain("relay", port, rate="2/h")
            with Daemon(FROM | {"relay": [relay]}) as daemon, daemon.client() as client:
                *first, last = [client.submit()["id"] for _ in range(3)]
                self.assertEqual({client.at_its_end(job_id)["status"] for job_id in first}, {"completed"})
                self.assertEqual(client.job(last)["waiting_for"], "rate_limit")

    def test_a_domain_is_spared_and_keeps_nobody_from_the_relay(self):
        with Recorder() as relay:
            at_data = relay.gate("DATA", times=None)
            config = QUICK | {"relay": [plain("relay", relay.port, connections=8)],
                              "domain": [{"name": "small.example", "connections": 2}]}
            with Daemon(config) as daemon, daemon.client() as client:
                ids = [client.submit(f"u{n}@small.example")["id"] for n in range(20)]
                ids += [client.submit(f"u{n}@large.example")["id"] for n in range(4)]
                relay.wait_under_way({"small.example": 2, "large.example": 4})
                waiting = collections.Counter(job["waiting_for"] for job in client.call("list_jobs", status="pending")["jobs"])
                self.assertEqual(sum(waiting.values()), 18)
                at_data.open()
                self.assertEqual({client.at_its_end(job_id)["status"] for job_id in ids}, {"completed"})
            self.assertEqual(relay.peaks["small.example"], 2)

    def test_a_relay_that_hangs_keeps_no_other_from_its_mails(self):
        with Recorder() as hanging, Recorder() as other:
            gate = hanging.gate("MAIL", times=3)
            config = QUICK | {"relay": [plain("hanging", hanging.port), plain("other", other.port)],
                              "route": [{"recipient": "hanging.example", "relay": "hanging"}, {"relay": "other"}]}
            with Daemon(config) as daemon, daemon.client() as client:
                slow = [client.submit("a@hanging.example")["id"] for _ in range(100)]
                quick = [client.submit("a@other.example")["id"] for _ in range(100)]
                gate.wait_reached()
                self.assertEqual({client.at_its_end(job_id)["status"] for job_id in quick}, {"completed"})
                hanging.wait_messages(97)  # those of its connections that do not hang go on
                gate.open()
                self.assertEqual({client.at_its_end(job_id)["status"] for job_id in slow}, {"completed"})


if __name__ == "__main__":
    unittest.main()
