"""kill -9 under load, twenty times, with a ledger: nothing acknowledged may be lost, nothing sent twice beyond the promise.

The load client pipelines submits with idempotency keys and reads what is answered. After a random number of answers,
and in most rounds of mails recorded, the daemon is killed and started again; what was not answered is repeated with its
key. The recorder keeps every message whose final dot came. In the end:
- every key, repeated once more, names the job that was acknowledged for it (200, same id);
- every job is completed and its mail recorded - or it was in flight at three kills and failed by name (crash_loop);
- a mail recorded twice was past its dot, uncommitted, at a kill: its earlier copies are each among the last messages
  of a daemon's life, as many as that daemon had slots, and no life sent a mail twice.
"""

import random
import threading
import unittest

from support.daemon import Daemon
from support.recorder import Message, Recorder

ROUNDS = 20
FRESH_A_ROUND = 300
CONFIG = {"mail": {"from": "app@example.com"}, "retry": {"initial": "20ms", "multiplier": 1, "max": "20ms"}}


class Ledger:
    """What the client sent and was told."""

    def __init__(self):
        self.ids = {}         # key -> id, once acknowledged
        self.unanswered = []  # keys, oldest first
        self.made = 0

    def add_fresh(self, count):
        self.unanswered += [f"mail-{number}" for number in range(self.made, self.made + count)]
        self.made += count

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


def run_load(daemon, relay, ledger, chance):
    """Pipelines submits; kills the daemon in the midst of answers and mails, reads what it had still answered."""
    repeated = len(ledger.unanswered)
    ledger.add_fresh(FRESH_A_ROUND)
    keys = list(ledger.unanswered)
    kill_after = chance.randrange(1, len(keys))
    # At least this many of the acknowledged have never been sent before, so their mails must come.
    mails = len(relay.messages) + chance.randrange(max(1, kill_after - repeated))
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
                    relay.wait_messages(mails)
                    daemon.kill()
        except ConnectionResetError:
            pass
        writer.join()


def lost(jobs, messages):
    """The jobs that ended neither delivered nor failed by name. jobs: key -> job."""
    recorded = {message.recipients[0].split("@")[0] for message in messages}
    return [key for key, job in jobs.items() if not (
        (job["status"] == "completed" and key in recorded) or
        (job["status"] == "failed" and job["error"]["code"] == "crash_loop" and
         [entry["outcome"] for entry in job["history"]] == ["interrupted"] * 3))]


def broken_promises(lives, slots):
    """The mails that went out twice without excuse. lives: for each, the recipients in the order of their dots."""
    last_life_of = {address: number for number, life in enumerate(lives) for address in life}
    return [address for number, life in enumerate(lives) for place, address in enumerate(life)
            if life.index(address) != place or
            (last_life_of[address] != number and place < len(life) - slots)]


class KillNine(unittest.TestCase):
    def test_no_acknowledged_job_is_lost(self):
        chance, ledger = random.Random(20), Ledger()
        with Recorder() as relay, Daemon(CONFIG, transport=relay.url) as daemon:
            with daemon.client() as client:
                slots = client.call("stats")["slots"]
            first_sessions = [1]
            for _ in range(ROUNDS):
                run_load(daemon, relay, ledger, chance)
                first_sessions.append(relay.sessions + 1)
                daemon.start()
            with daemon.client() as client:
                jobs = self.settle(client, ledger)
            self.assertGreater(len(jobs), ROUNDS * 50)
            self.assertEqual(lost(jobs, relay.messages), [])
            lives = [[] for _ in first_sessions]
            for message in relay.messages:
                lives[sum(first <= message.session for first in first_sessions) - 1].append(message.recipients[0])
            self.assertEqual(broken_promises(lives, slots), [])

    def settle(self, client, ledger):
        """Repeats every key, then waits for every job; jobs by key."""
        keys = list(ledger.ids) + ledger.unanswered
        writer = threading.Thread(target=write_all, args=(client, keys))
        writer.start()
        for key in keys:
            reply = client.receive()
            if key in ledger.ids:
                self.assertEqual((reply["status"], reply["result"]["id"]), (200, ledger.ids[key]))
            else:
                ledger.acknowledge(key, reply["result"]["id"])
        writer.join()
        return {key: client.at_its_end(ledger.ids[key]) for key in keys}


class TheLedger(unittest.TestCase):
    """It must notice what it is there for."""

    def test_notices_a_lost_job(self):
        sent = [Message("a@b", ["k1@example.com"], b"", 1)]
        done, waiting = {"status": "completed"}, {"status": "pending"}
        crashed = {"status": "failed", "error": {"code": "crash_loop"}, "history": [{"outcome": "interrupted"}] * 3}
        self.assertEqual(lost({"k1": done}, sent), [])
        self.assertEqual(lost({"k2": crashed}, sent), [])
        self.assertEqual(lost({"k1": waiting}, sent), ["k1"])
        self.assertEqual(lost({"k2": done}, sent), ["k2"])
        self.assertEqual(lost({"k2": crashed | {"history": []}}, sent), ["k2"])

    def test_notices_a_duplicate_without_excuse(self):
        self.assertEqual(broken_promises([["a", "b"], ["b", "c"]], 1), [])
        self.assertEqual(broken_promises([["a", "b"], ["a", "c"]], 1), ["a"])
        self.assertEqual(broken_promises([["a", "b", "b"]], 3), ["b"])


if __name__ == "__main__":
    unittest.main()
