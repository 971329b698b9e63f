"""Relays that misbehave in every phase of a session, in every way we could think of, once: then they are as they should be.

Each case is a relay with a route of its own in one jobd, so that all go on at once; what is in trouble has its own pause and
hinders no other. The table tells what must become of the mail. It says what judge.h says, from the outside.
"""

import contextlib
import unittest

from support import SANITIZED
from support.certificates import Authority
from support.daemon import Daemon
from support.hostile import Hostile

# again: the relay's trouble, not counted, then delivered      auth: the login was refused, the mail waits for a person
# later: this mail's, counted, then delivered                  never: this mail was refused
# doubt: the reply to the dot is lost, delivered twice         fine: costs nothing, of this and of the next mail
# RSET, QUIT and IDLE come between two mails, and what is told is the second one's lot.
ACTS = ["close", "rst", "hang", "garbage", "endless", "10mb", "trickle", "421", "4xx", "5xx"]
IN_CLEAR = """
GREETING  again  again  again  again    again    again  again    again  again  again
EHLO      again  again  again  again    again    again  again    again  again  fine
MAIL      again  again  again  again    again    again  again    again  later  never
RCPT      again  again  again  again    again    again  again    again  later  never
DATA      again  again  again  again    again    again  again    again  later  never
CONTENT   later  later  later  later    later    later  later    again  later  never
DOT       doubt  doubt  doubt  doubt    doubt    doubt  doubt    later  later  never
RSET      fine   fine   fine   fine     fine     fine   fine     fine   fine   fine
QUIT      fine   fine   fine   fine     fine     fine   fine     fine   fine   fine
IDLE      fine   fine   again  fine     fine     fine   again    fine   fine   fine
"""
SECURED = """
STARTTLS  again  again  again  again    again    again  again    again  again  again
TLS       again  again  again  again    again    again  again    again  again  again
AUTH      again  again  again  again    again    again  again    again  again  auth
MAIL      again  again  again  again    again    again  again    again  later  never
CONTENT   later  later  later  later    later    later  later    again  later  never
DOT       doubt  doubt  doubt  doubt    doubt    doubt  doubt    later  later  never
IDLE      fine   fine   again  fine     fine     fine   again    fine   fine   fine
"""
WITH_MAIL = ("MAIL", "RCPT", "DATA", "CONTENT", "DOT", "IDLE")
PIPELINED = "\n".join(line for line in IN_CLEAR.splitlines() if line.startswith(WITH_MAIL))
STORIES = {  # state, attempts, outcomes
    "again": ("completed", 1, ["relay_trouble", "delivered"]),
    "later": ("completed", 2, ["temporary", "delivered"]),
    "doubt": ("completed", 2, ["uncertain", "delivered"]),
    "never": ("failed", 1, ["permanent"]),
    "fine": ("completed", 1, ["delivered"]),
}
PATIENT = "20s" if SANITIZED else "6s"  # an attempt; enough for all at once, and what hangs has to wait for its end
WITH_TWO = ("RSET", "QUIT", "IDLE")  # phases between two mails
LARGE = ("a line of text\n" * 80 + "\n") * 2900  # more than all buffers between here and there hold


class Case:
    """One relay, and what must become of its mail."""

    def __init__(self, phase, act, expected, number, **options):
        self.phase, self.act, self.expected = phase, act, expected
        self.name, self.domain = f"r{number}", f"r{number}.test"
        self.secured = options.get("certificate") is not None
        self.relay = Hostile(phase, act, **options)

    def __repr__(self):
        return f"{self.phase} {self.act}"

    def config(self, secrets):
        keys = {"name": self.name, "url": f"smtp://127.0.0.1:{self.relay.port}", "connections": 1,
                "mails_per_connection": 1 if self.phase == "QUIT" else 100,
                "attempt_timeout": "60s" if self.phase in ("RSET", "QUIT") else PATIENT}  # these have a patience of their own
        return keys | (secrets if self.secured else {"tls": "none"})

    @property
    def waits_for_ever(self):
        """The reply to the dot is worth ten minutes to jobd, whatever an attempt may last. When all others are at their end
        the server goes away instead."""
        return self.phase == "DOT" and self.act in ("hang", "trickle")

    def submit(self, client):
        """The ids: first of what comes before the mail that counts."""
        body = LARGE if self.phase == "CONTENT" else "Test email"
        ids = []
        if self.phase in WITH_TWO:
            name = "nobody" if self.phase == "RSET" else "first"
            ids.append(client.submit(f"{name}@{self.domain}")["id"])
            client.at_its_end(ids[0])
        return [*ids, client.submit(f"user@{self.domain}", body=body)["id"]]

    def mails(self):
        """That came with their dot, and how many different ones they are."""
        count = {"doubt": 2, "never": 0}.get(self.expected, 1)
        count += self.phase in ("QUIT", "IDLE") or (self.phase == "DOT" and self.expected in ("later", "never"))
        return count, count if self.phase in WITH_TWO else min(count, 1)

    def sessions(self):
        """A reply to a mail, and one to EHLO that HELO may follow, is no reason to go."""
        stays = self.expected in ("later", "fine") and self.act in ("4xx", "5xx") and self.phase != "CONTENT"
        return 1 if stays or self.expected == "never" else 2


def cases(table, **options):
    for line in table.strip().splitlines():
        phase, *row = line.split()
        for act, expected in zip(ACTS, row, strict=True):
            yield phase, act, expected, dict(options)


class HostileRelays(unittest.TestCase):
    def run_all(self, given):
        with contextlib.ExitStack() as stack:
            ca = stack.enter_context(Authority())
            every = []
            for number, (phase, act, expected, options) in enumerate(given):
                if options.pop("secured", False):
                    options["certificate"] = ca.good
                every.append(Case(phase, act, expected, number, **options))
                stack.enter_context(every[-1].relay)
            password = ca.secret("password", "correct horse\n")
            secrets = {"ca_file": ca.file, "tls": "verify", "username": "app", "password_file": password}
            daemon = stack.enter_context(Daemon({
                "mail": {"from": "app@example.com"},
                "retry": {"initial": "20ms", "multiplier": 1, "max": "20ms", "jitter": 0},
                "relay": [case.config(secrets) for case in every],
                "route": [{"recipient": case.domain, "relay": case.name} for case in every] + [{"relay": every[0].name}]}))
            client = stack.enter_context(daemon.client())
            submitted = [(case, case.submit(client)) for case in every]
            submitted.sort(key=lambda pair: pair[0].waits_for_ever)
            for case, ids in submitted:
                with self.subTest(case):
                    self.check(client, case, ids)

    def check(self, client, case, ids):
        if case.expected == "auth":
            job = client.job(ids[-1])
            while job["waiting_for"] != "relay_auth":
                self.assertIn(job["status"], ("pending", "processing"))
                job = client.job(ids[-1], wait="20ms")
            self.assertEqual((job["attempts"], case.relay.sessions, case.relay.mails), (0, 1, []))
            return
        if case.waits_for_ever:
            self.assertEqual(client.job(ids[-1])["status"], "processing")
            case.relay.let_go()
        job = client.at_its_end(ids[-1])
        found = job["status"], job["attempts"], [entry["outcome"] for entry in job["history"]]
        self.assertEqual(found, STORIES[case.expected], job)
        if len(ids) > 1:
            first = client.job(ids[0])
            self.assertEqual([entry["outcome"] for entry in first["history"]],
                             ["permanent" if case.phase == "RSET" else "delivered"])
        else:
            self.assertEqual(case.relay.sessions, case.sessions())
        self.assertEqual((len(case.relay.mails), len(set(case.relay.mails))), case.mails())

    def test_every_case(self):
        pipelining = ("PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES")
        self.run_all([*cases(IN_CLEAR), *cases(PIPELINED, extensions=pipelining), *cases(SECURED, secured=True),
                      ("STARTTLS", "inject", "again", {"secured": True})])


if __name__ == "__main__":
    unittest.main()
