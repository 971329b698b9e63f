"""Random sequences of operations through both doors: the same steps go to two daemons, to one as lines, to the other as
HTTP on its socket. After each step their answers must be the same but for ids and times, and what the model says; at
the end so must what they hold, and what those saw who watched.

Nothing depends on when a delivery happens: after each step its deliveries are awaited, as events of a watch, and what
the simulated transport does to a job depends on no other.

By hand, a thousand seeds from 1 on with 60 steps each: stateful_test.py 1 1000 60
"""

import contextlib
import json
import random
import re
import sys
import unittest

from support.client import Client
from support.daemon import Daemon
from support.doors import HttpDoor, LineDoor
from support.http import HttpClient
from support.model import MOVES, Model
from support.steps import Steps, resolved

# What the simulated relay does, and the model's word for it.
FATES = {"simulate:": "at once", "simulate:?fail_first=1": "second time", "simulate:?fail=1": "later",
         "simulate:?permanent=1": "never"}
SEEDS, STEPS = 30, 50
EVENT_SECONDS = 20  # until an event that does not come is a failure
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
JOB_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
OF_THE_MOMENT = {"duration_ms", "submitted_per_second", "finished_per_second", "next_cursor"}
# Comes last: once its event is there, all events before it are.
LAST_STEPS = [("submit_email", {"to": "last@example.com", "delay": "1h"}), ("list_jobs", {"limit": 3}), ("stats", {})]


class Difference(Exception):
    """Between the doors, or to the model."""


def expect(found, wanted, what):
    if found != wanted:
        raise Difference(f"{what}\n  found:  {json.dumps(found)}\n  wanted: {json.dumps(wanted)}")


class LineWatcher:
    def __init__(self, path):
        self.client = Client(path)
        self.client.ask("watch")

    def next_job(self):
        return self.client.receive()["job"]


class HttpWatcher:
    def __init__(self, path):
        self.client = HttpClient(path)
        self.events = self.client.events()

    def next_job(self):
        return next(json.loads(event["data"]) for event in self.events if event.get("event") == "job")


class Story:
    """What a watcher saw of one job."""

    def __init__(self):
        self.states = []
        self.attempts = 0
        self.runs = 0  # attempts that came to their end, by hand repeated ones too

    def add(self, job):
        if self.states and self.states[-1] == "processing":
            self.runs += 1
        self.states.append(job["status"])
        self.attempts = job["attempts"]

    def now(self):
        return self.states[-1:], self.attempts, self.runs


class Side:
    """One daemon, its door, and who watches through the same kind of door."""

    def __init__(self, daemon, door, watcher):
        self.daemon, self.door, self.watcher = daemon, door, watcher
        self.watcher.client.socket.settimeout(EVENT_SECONDS)
        self.ids = []      # of the jobs by their places
        self.stories = {}  # by id

    def ask(self, op, params):
        """The reply, ids as places and times as "<time>". A list is asked for to its last page."""
        reply = self.door.ask(op, resolved(params, self.ids))
        result = reply.get("result") or {}
        for answer in [reply, *result.get("items", [])]:
            if answer["status"] == 202:
                self.ids.append(answer["result"]["id"])
        while result.get("next_cursor"):
            page = self.door.ask(op, resolved(params | {"cursor": result["next_cursor"]}, self.ids))["result"]
            result["jobs"] += page["jobs"]
            result["next_cursor"] = page["next_cursor"]
        return self.plain(reply)

    def plain(self, value, key=None):
        if key in OF_THE_MOMENT:
            return value is not None
        if isinstance(value, dict):
            return {name: self.plain(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self.plain(item) for item in value]
        if not isinstance(value, str):
            return value
        places = {job_id: f"#{place}" for place, job_id in enumerate(self.ids)}
        value = JOB_ID.sub(lambda found: places.get(found[0], found[0]), value)
        return TIME.sub("<time>", value).replace(str(self.daemon.folder), "<folder>")

    def await_rest(self, model):
        """Until all came to where the model has it."""
        for job_id, job in zip(self.ids, model.jobs):
            wanted = job and ([job.status], job.attempts, job.runs)
            while wanted and self.story(job_id).now() != wanted:
                try:
                    changed = self.watcher.next_job()
                except TimeoutError:
                    expect(self.story(job_id).now(), wanted, f"no event told of #{self.ids.index(job_id)} what must be")
                self.story(changed["id"]).add(changed)

    def story(self, job_id):
        return self.stories.setdefault(job_id, Story())

    def told(self):
        return [self.story(job_id).states for job_id in self.ids]


def what_is_told(reply, wanted):
    """Of a result as much as the model has a word for."""
    result = reply.get("result") or {}
    shown = {name: result[name] for name in wanted or {} if name in result}
    if "jobs" in shown and isinstance(shown["jobs"], list):
        shown["jobs"] = [job["id"] for job in shown["jobs"]]
    if "items" in shown:
        shown["items"] = [item["status"] for item in shown["items"]]
    return shown


def compare(sides, model, steps):
    """Raises Difference."""
    for number, (op, params) in enumerate([*steps, *LAST_STEPS]):
        step = f"step {number}, {op} {json.dumps(params)}"
        lines, http = [side.ask(op, params) for side in sides]
        expect(http, lines, f"{step}: HTTP (found) answers otherwise than the line protocol (wanted)")
        wanted = model.step(op, params)
        if wanted:
            expect([lines["status"], what_is_told(lines, wanted[1])], [wanted[0], wanted[1] or {}],
                   f"{step}: the answer is not the model's")
        for side in sides:
            expect(len(side.ids), len(model.jobs), f"{step}: jobs that were acknowledged")
            side.await_rest(model)
    lines, http = [side.told() for side in sides]
    expect(http, lines, "the watch over HTTP (found) told otherwise than the one by lines (wanted)")
    for place, states in enumerate(lines):
        for before, after in zip([None, *states], states):
            if after not in MOVES[before]:
                raise Difference(f"#{place} went from {before} to {after}: {states}")


def difference(steps, transport, spoil=lambda door: door):
    """What the sequence shows, or None. spoil: stands in front of the HTTP door."""
    with contextlib.ExitStack() as stack:
        first, second = [stack.enter_context(Daemon(transport=transport)) for _ in range(2)]
        sides = [Side(first, LineDoor(first), LineWatcher(first.socket_path)),
                 Side(second, spoil(HttpDoor("http", second.socket_path)), HttpWatcher(second.socket_path))]
        for side in sides:
            stack.callback(side.door.close)
            stack.callback(side.watcher.client.close)
        try:
            compare(sides, Model(FATES[transport]), steps)
        except Difference as found:
            return str(found)
    return None


def shortened(steps, still_differs):
    """Without the steps that are not needed, largest parts first."""
    size = len(steps) // 2
    while size:
        begin = 0
        while begin < len(steps):
            fewer = steps[:begin] + steps[begin + size:]
            if still_differs(fewer):
                steps = fewer
            else:
                begin += size
        size //= 2
    return steps


def sequence(seed, count):
    chance = random.Random(seed)
    return chance.choice(list(FATES)), Steps(chance).take(count)


def report(seed, count, spoil=lambda door: door):
    """What seed shows, shortened; None when nothing differs."""
    transport, steps = sequence(seed, count)
    shown = difference(steps, transport, spoil)
    if not shown:
        return None
    steps = shortened(steps, lambda fewer: difference(fewer, transport, spoil))
    shown = difference(steps, transport, spoil) or f"(not each time) {shown}"
    return "\n".join([f"seed {seed}, {count} steps, with {transport}; these are enough:",
                      *(f"  {op} {json.dumps(params)}" for op, params in steps), shown])


class SpoiledDoor:
    """HTTP as a bug would have it: a conflict is told as not found."""

    def __init__(self, door):
        self.door, self.close = door, door.close

    def ask(self, op, params):
        reply = self.door.ask(op, params)
        return reply | {"status": 404} if reply["status"] == 409 else reply


class Stateful(unittest.TestCase):
    def test_what_one_door_does_wrong_is_found_and_shown_in_few_steps(self):
        for seed in range(1, 4):
            found = report(seed, STEPS, SpoiledDoor)
            self.assertIn("answers otherwise", found)
            self.assertLess(found.count("\n  "), STEPS / 4, found)

    def test_both_doors_do_the_same_and_what_they_must(self):
        for seed in range(1, SEEDS + 1):
            with self.subTest(seed=seed):
                self.assertIsNone(shown := report(seed, STEPS), shown)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        first_seed, seeds, length = [int(word) for word in sys.argv[1:]]
        for each in range(first_seed, first_seed + seeds):
            if text := report(each, length):
                sys.exit(text)
    else:
        unittest.main()
