"""kill -9 under load, twenty times, with a ledger: nothing acknowledged may be lost, nothing sent twice beyond the promise.

The load client pipelines submits with idempotency keys and reads what is answered. After a random number of answers
the daemon is killed and started again; what was not answered is repeated with its key. The recorder keeps every
message whose final dot came. In the end:
- every key, repeated once more, names the job that was acknowledged for it (200, same id);
- every job is completed and its mail recorded - or it was in flight at three kills and failed by name (crash_loop);
- a mail recorded twice was past its dot, uncommitted, at a kill: its earlier copies are each among the last messages
  of a daemon's life, as many as that daemon had slots, and no life sent a mail twice.
"""

import collections
import random
import threading
import unittest

from support.daemon import Daemon
from support.recorder import Recorder

ROUNDS = 20
SUBMITS_A_ROUND = 300
CONFIG = {"mail": {"from": "app@example.com"}, "retry": {"initial": "20ms", "multiplier": 1, "max": "20ms"}}


class Ledger:
    """What the client sent and was told."""

    def __init__(self):
        self.ids = {}         # key -> id, once acknowledged
        self.unanswered = []  # keys, oldest first
        self.made = 0

    def next_keys(self, count):
        while len(self.unanswered) < count:
            self.unanswered.append(f"mail-{self.made}")
            self.made += 1
        return list(self.unanswered)

    def acknowledge(self, key, job_id):
        self.ids[key] = job_id
        self.unanswered.remove(key)


def submit_of(key):
    return {"to": f"{key}@example.com", "subject": key, "body": "x", "idempotency_key": key}


def write_all(client, keys):
    try:
        for key in keys:
            client.send("submit_email", submit_of(key))
    except OSError:
        pass  # the daemon was killed: the reader finds out what was answered


def run_load(daemon, ledger, kill_after):
    """Pipelines submits; kills the daemon after so many answers, reads those that it had still sent."""
    keys = ledger.next_keys(SUBMITS_A_ROUND)
    with daemon.client() as client:
        writer = threading.Thread(target=write_all, args=(client, keys))
        writer.start()
        answered = 0
        try:
            while answered < len(keys) and (reply := client.receive()):
                if reply["status"] not in (200, 202):
                    raise AssertionError(reply)
                ledger.acknowledge(keys[answered], reply["result"]["id"])
                answered += 1
                if answered == kill_after:
                    daemon.kill()
        except ConnectionResetError:
            pass
        writer.join()


class KillNine(unittest.TestCase):
    def setUp(self):
        self.ledger = Ledger()
        self.first_session = []  # of each life
        self.slots = 0

    def start_life(self, daemon, relay):
        self.first_session.append(relay.sessions + 1)
        daemon.start()

    def life_of(self, message):
        return sum(1 for first in self.first_session if first <= message.session)

    def test_no_acknowledged_job_is_lost(self):
        chance = random.Random(20)
        with Recorder() as relay, Daemon(CONFIG, transport=relay.url) as daemon:
            with daemon.client() as client:
                self.slots = client.call("stats")["slots"]
            self.first_session.append(1)
            for _ in range(ROUNDS):
                run_load(daemon, self.ledger, chance.randrange(1, SUBMITS_A_ROUND))
                self.start_life(daemon, relay)
            with daemon.client() as client:
                jobs = self.settle(client)
            self.check_every_job(jobs, relay)
            self.check_duplicates(relay)

    def settle(self, client):
        """Repeats every key, then waits for every job; jobs by key."""
        keys = list(self.ledger.ids) + self.ledger.unanswered
        writer = threading.Thread(target=write_all, args=(client, keys))
        writer.start()
        for key in keys:
            reply = client.receive()
            if key in self.ledger.ids:
                self.assertEqual((reply["status"], reply["result"]["id"]), (200, self.ledger.ids[key]))
            else:
                self.ledger.acknowledge(key, reply["result"]["id"])
        writer.join()
        return {key: client.at_its_end(self.ledger.ids[key]) for key in keys}

    def check_every_job(self, jobs, relay):
        recorded = {message.recipients[0].split("@")[0] for message in relay.messages}
        for key, job in jobs.items():
            if job["status"] == "failed":
                self.assertEqual(job["error"]["code"], "crash_loop")
                self.assertEqual([entry["outcome"] for entry in job["history"]], ["interrupted"] * 3)
            else:
                self.assertEqual(job["status"], "completed", job)
                self.assertIn(key, recorded)

    def check_duplicates(self, relay):
        lives = collections.defaultdict(list)
        for message in relay.messages:
            lives[self.life_of(message)].append(message.recipients[0])
        last_life_of = {address: life for life in sorted(lives) for address in lives[life]}
        for life, addresses in lives.items():
            self.assertEqual(len(addresses), len(set(addresses)), f"life {life} sent a mail twice")
            for address in addresses[:-self.slots]:
                self.assertEqual(last_life_of[address], life, f"{address} was sent again, long after its dot")


if __name__ == "__main__":
    unittest.main()
