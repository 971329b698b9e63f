"""Postfix's smtp-sink with each of its switches that make it fail, against a table of what must become of the mail."""

import contextlib
import unittest

from support.daemon import Daemon
from support.sink import smtp_sink

LATER = ("failed", "attempts_exhausted", 1, "temporary")
NEVER = ("failed", "rejected", 1, "permanent")
DOUBT = ("failed", "in_doubt", 1, "uncertain")
FINE = ("completed", None, 1, "delivered")
TROUBLE = ("pending", "relay_down", 0, "relay_trouble")
TABLE = {
    # -r: 4xx; before the mail it is the relay's trouble
    "-r CONNECT": TROUBLE, "-r EHLO": TROUBLE, "-r MAIL": LATER, "-r RCPT": LATER, "-r DATA": LATER, "-r .": LATER,
    # -f: 5xx; EHLO falls back to HELO
    "-f CONNECT": TROUBLE, "-f EHLO": FINE, "-f EHLO,HELO": TROUBLE, "-f MAIL": NEVER, "-f RCPT": NEVER, "-f DATA": NEVER,
    "-f .": NEVER, "-f RSET": FINE, "-f QUIT": FINE,
    # -q: hangs up
    "-q CONNECT": TROUBLE, "-q EHLO": TROUBLE, "-q MAIL": TROUBLE, "-q RCPT": TROUBLE, "-q DATA": TROUBLE, "-q .": DOUBT,
    "-q RSET": FINE, "-q QUIT": FINE,
    # -Q: 421 and hangs up
    "-Q CONNECT": TROUBLE, "-Q EHLO": TROUBLE, "-Q MAIL": TROUBLE, "-Q RCPT": TROUBLE, "-Q DATA": TROUBLE, "-Q .": LATER,
    "-Q RSET": FINE, "-Q QUIT": FINE,
    # words of its own: what the reply says stands in the job
    "-r RCPT -b '450 4.2.0 greylisted'": LATER, "-f RCPT -B '550 5.1.1 unknown'": NEVER,
    # 550 while the content is on its way, and nothing read any more
    "-A 0": NEVER,
    # what it does not offer
    "-8": FINE, "-a": FINE, "-e": FINE, "-E": FINE, "-N": FINE, "-p": FINE, "-P": FINE, "-e -p -8 -N -E": FINE,
    # slow, and little at a time
    "-w 1": FINE, "-H 1 -T 1024": FINE,
}


def options_of(switches):
    """As a shell would split them."""
    parts = switches.split("'")
    return [word for n, part in enumerate(parts) for word in ([part] if n % 2 else part.split())]


class Sink(unittest.TestCase):
    def test_every_switch(self):
        with contextlib.ExitStack() as stack:
            names = {switches: f"r{number}" for number, switches in enumerate(TABLE)}
            ports = {switches: stack.enter_context(smtp_sink(*options_of(switches)))[0] for switches in TABLE}
            routes = [{"recipient": f"{name}.test", "relay": name} for name in names.values()]
            daemon = stack.enter_context(Daemon({
                "mail": {"from": "app@example.com"}, "retry": {"max_attempts": 1},
                "relay": [{"name": names[switches], "url": f"smtp://127.0.0.1:{port}"} for switches, port in ports.items()],
                "route": [*routes, {"relay": "r0"}]}))
            client = stack.enter_context(daemon.client())
            ids = {switches: [client.submit(f"user@{name}.test")["id"] for _ in range(3)] for switches, name in names.items()}
            for switches, expected in TABLE.items():
                for job_id in ids[switches]:
                    with self.subTest(switches):
                        self.assertEqual(self.end_of(client, job_id, expected), expected)
            replies = {switches: client.job(ids[switches][0])["recipients"][0] for switches in TABLE}
            self.assertEqual(replies["-r RCPT -b '450 4.2.0 greylisted'"]["enhanced_code"], "4.2.0")
            never = replies["-f RCPT -B '550 5.1.1 unknown'"]
            self.assertEqual((never["smtp_code"], never["enhanced_code"], never["reply"]), (550, "5.1.1", "unknown"))

    @staticmethod
    def end_of(client, job_id, expected):
        """The first job of a relay that is down tells it by its history, those behind it by what they wait for."""
        if expected is not TROUBLE:
            job = client.at_its_end(job_id)
            return job["status"], (job["error"] or {}).get("code"), job["attempts"], job["history"][-1]["outcome"]
        job = client.job(job_id)
        while job["waiting_for"] != "relay_down":
            if job["status"] not in ("pending", "processing"):
                return job["status"], job["waiting_for"], job["attempts"], "ended"
            job = client.job(job_id, wait="20ms")
        outcomes = {entry["outcome"] for entry in job["history"]} or {"relay_trouble"}
        return job["status"], job["waiting_for"], job["attempts"], "+".join(outcomes)


if __name__ == "__main__":
    unittest.main()
