"""smtp_load.py [MAILS [ROUNDS]]: submit to delivered over SMTP, beside Postfix's smtp-source, both to the same smtp-sink.

1 KB mails, 10 connections; the two take turns, ROUNDS times. Prints each round's rates, the medians and their ratio. jobd has
its store on disk, one client submits in batches of 100 that it pipelines, and the time runs from the first submit until the last
mail is completed. Two more rows are jobd again: with a sink that does not offer PIPELINING, and with a domain of its own for each
recipient; the last line is its ratio to one domain.
"""

import json
import pathlib
import random
import re
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from support.daemon import Daemon  # noqa: E402 - found by the line above
from support.sink import bare_sink  # noqa: E402

BATCH, CONNECTIONS = 100, 10
BODY = ("x" * 63 + "\n") * 10  # with the header about 1 KB


def emails(count, domain="example.com"):
    return [{"to": f"u{n}@{domain}", "subject": f"Mail {n}", "body": BODY} for n in range(count)]


def random_domains(mails):
    draw = random.Random(1)
    return [{**mail, "to": f"u@{draw.randbytes(6).hex()}.example"} for mail in mails]


def submit(client, mails):
    """All, pipelined; gives the ids."""
    batches = [mails[begin:begin + BATCH] for begin in range(0, len(mails), BATCH)]
    lines = b"".join(json.dumps({"op": "submit_emails", "params": {"emails": batch}}).encode() + b"\n" for batch in batches)
    writer = threading.Thread(target=client.socket.sendall, args=(lines,))
    writer.start()
    replies = [client.reader.readline() for _ in batches]
    writer.join()
    return [job_id for reply in replies for job_id in re.findall(r'"id":"([0-9a-f-]{36})"', reply.decode())]


def await_all(client, ids):
    """From the last: when the latest are at their end, hardly another is not."""
    for job_id in reversed(ids):
        assert client.at_its_end(job_id)["status"] == "completed"
        if client.call("stats")["jobs"]["completed"] == len(ids):
            return


def jobd_rate(mails, *options):
    with bare_sink(*options) as port, Daemon(
            {"mail": {"from": "app@example.com", "transport": f"smtp://127.0.0.1:{port}?connections={CONNECTIONS}"}}) as daemon:
        with daemon.client() as client:
            begin = time.monotonic()
            ids = submit(client, mails)
            assert len(ids) == len(mails), (len(ids), len(mails))
            await_all(client, ids)
            return len(mails) / (time.monotonic() - begin)


def source_rate(count):
    with bare_sink() as port:
        words = ["smtp-source", "-d", "-s", str(CONNECTIONS), "-m", str(count), "-l", "1024", f"127.0.0.1:{port}"]
        begin = time.monotonic()
        subprocess.run(words, check=True, env={"PATH": "/usr/sbin:/usr/local/sbin"})
        return count / (time.monotonic() - begin)


def main(count, rounds):
    mails = emails(count)
    scattered = random_domains(mails)
    rates = {"smtp-source -d": lambda: source_rate(count), "jobd": lambda: jobd_rate(mails),
             "jobd, no PIPELINING": lambda: jobd_rate(mails, "-p"), "jobd, random domains": lambda: jobd_rate(scattered)}
    measured = {name: [] for name in rates}
    for _ in range(rounds):
        for name, measure in rates.items():
            measured[name].append(measure())
    medians = {name: statistics.median(each) for name, each in measured.items()}
    for name, each in measured.items():
        ratio = medians[name] / medians["smtp-source -d"]
        print(f"{name:20} {medians[name]:7.0f}/s  {ratio:.2f}  of {' '.join(f'{rate:.0f}' for rate in each)}")
    print(f"random domains to one: {medians['jobd, random domains'] / medians['jobd']:.2f}")


if __name__ == "__main__":
    main(*[int(word) for word in sys.argv[1:]] + [20_000, 5][len(sys.argv) - 1:])
