"""hanging_relay.py [MAILS [ROUNDS]]: what a relay that hangs on 10 % of its connections costs another.

MAILS go to each of two relays, both smtp-sink; in every second round one of them does not greet a tenth of those who come.
Prints the rate of the other in either kind of round, the medians and their ratio, and how many mails of the one that hangs were
through when the other's were.
"""

import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from smtp_load import CONNECTIONS, emails, submit  # noqa: E402
from support.daemon import Daemon  # noqa: E402 - found by the line above
from support.sink import bare_sink  # noqa: E402

HANGS = ("-W", "CONNECT:3600:10")  # an hour, for one in ten


def rate(count, *options):
    """(of the steady relay, mails done by the other meanwhile)."""
    with bare_sink() as steady, bare_sink(*options) as other:
        relays = [{"name": name, "url": f"smtp://127.0.0.1:{port}", "connections": CONNECTIONS, "mails_per_connection": 20}
                  for name, port in (("steady", steady), ("other", other))]
        routes = [{"recipient": "steady.test", "relay": "steady"}, {"relay": "other"}]
        daemon = Daemon({"mail": {"from": "app@example.com"}, "relay": relays, "route": routes})
        with daemon, daemon.client() as client:
            mixed = [mail for pair in zip(emails(count, "steady.test"), emails(count, "other.test")) for mail in pair]
            begin = time.monotonic()
            ids = submit(client, mixed)[::2]
            for job_id in ids:
                assert client.at_its_end(job_id)["status"] == "completed"
            seconds = time.monotonic() - begin
            done = client.call("stats")["jobs"]["completed"] - count
            daemon.kill()  # it would wait for those that hang
        return count / seconds, done


def main(count, rounds):
    measured = {"both are well": [], "one hangs": []}
    for _ in range(rounds):
        measured["both are well"].append(rate(count))
        measured["one hangs"].append(rate(count, *HANGS))
    reference = statistics.median(each for each, _ in measured["both are well"])
    for name, results in measured.items():
        median = statistics.median(each for each, _ in results)
        print(f"{name:14} {median:6.0f}/s  {median / reference:.2f}  of {' '.join(f'{each:.0f}' for each, _ in results)}; "
              f"meanwhile of the other {' '.join(str(done) for _, done in results)} of {count}")


if __name__ == "__main__":
    main(*[int(word) for word in sys.argv[1:]] + [5_000, 5][len(sys.argv) - 1:])
