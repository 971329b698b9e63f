"""submit-email --json-lines against real daemons: a kill -9 in the midst of a stream, slow input, --wait, memory."""

import json
import os
import pathlib
import re
import select
import subprocess
import tempfile
import threading
import unittest

from support import PATIENCE, SANITIZED
from support.daemon import JOBCTL, Daemon, jobctl

MANY = 5_000 if SANITIZED else 100_000
CONFIG = {"mail": {"from": "app@example.com"}}


def email(number, **params):
    return {"to": f"u{number}@example.com", "subject": f"Mail {number}", "body": "x" * 100, **params}


def lines_of(emails):
    return "".join(json.dumps(each) + "\n" for each in emails)


def results_of(text):
    return [json.loads(line) for line in text.splitlines()]


def open_stream(daemon, *words, stdin):
    return subprocess.Popen([JOBCTL, "--socket", daemon.socket_path, "submit-email", "--json-lines", *words],
                            stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def submit_lines(daemon, text, *words, check):
    return jobctl(daemon, "submit-email", "--json-lines", *words, stdin=text, check=check)


class Stream:
    """jobctl submit-email --json-lines as a coprocess."""

    def __init__(self, daemon, *words):
        self.process = open_stream(daemon, *words, stdin=subprocess.PIPE)
        self.read = b""  # and not yet asked for

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def write(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def result(self):
        while b"\n" not in self.read:
            readable, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            more = os.read(self.process.stdout.fileno(), 65536) if readable else b""
            if not more:
                raise TimeoutError("no result came")
            self.read += more
        line, _, self.read = self.read.partition(b"\n")
        return json.loads(line)

    def peak_kib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])

    def end(self):
        """The exit code, what it still printed, what it said."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, (self.read + out).decode(), err.decode()


def all_jobs(client):
    """Every job's subject -> its ids."""
    ids, cursor = {}, None
    while True:
        page = client.call("list_jobs", limit=1000, **({"cursor": cursor} if cursor else {}))
        for job in page["jobs"]:
            ids.setdefault(job["subject"], []).append(job["id"])
        cursor = page["next_cursor"]
        if cursor is None:
            return ids


class Streams(unittest.TestCase):
    def test_a_killed_daemon_loses_nothing_and_makes_nothing_twice(self):
        with Daemon(CONFIG, transport="simulate:") as daemon, tempfile.TemporaryFile() as emails:
            jobctl(daemon, "pause", check=0)
            emails.write(lines_of(email(number) for number in range(MANY)).encode())
            emails.seek(0)
            stream = open_stream(daemon, stdin=emails)
            told = []
            said = []
            listener = threading.Thread(target=lambda: said.append(stream.stderr.read().decode()))
            listener.start()
            for kill_after in (MANY // 10, MANY // 2, MANY * 3 // 4):
                while len(told) < kill_after:
                    told.append(json.loads(stream.stdout.readline()))
                daemon.kill()
                daemon.start()
            told += results_of(stream.stdout.read().decode())
            listener.join()
            self.assertEqual(stream.wait(PATIENCE), 0, said)
            stream.stdout.close()
            stream.stderr.close()
            self.assertEqual([result["line"] for result in told], list(range(1, MANY + 1)))
            with daemon.client() as client:
                jobs = all_jobs(client)
            self.assertEqual(jobs, {f"Mail {line - 1}": [told[line - 1]["job"]["id"]] for line in range(1, MANY + 1)})

    def test_a_bad_line_fails_alone(self):
        with Daemon(CONFIG, transport="simulate:") as daemon:
            rest = lines_of([email(2, priority=10), email(3, unknown=1), email(4)]).rstrip("\n")
            done = submit_lines(daemon, lines_of([email(1)]) + "\n{\"to\":5}\nno\n" + rest, check=65)
        told = results_of(done.stdout)
        self.assertEqual([result["line"] for result in told], [1, 3, 4, 5, 6, 7])
        self.assertEqual([result.get("error", {}).get("code") for result in told],
                         [None, "invalid_field", "invalid_json", "invalid_field", "unknown_field", None])
        self.assertEqual([result.get("error", {}).get("field") for result in told],
                         [None, "to", None, "priority", "unknown", None])
        self.assertEqual(done.stderr, "jobctl: 4 of 6 emails were not accepted, the first is on line 3\n")

    def test_a_line_that_jobd_finds_too_long_fails_alone(self):
        with Daemon(CONFIG | {"limits": {"line_bytes": 100_000}}, transport="simulate:") as daemon:
            emails = [email(1), email(2, body="x" * 200_000), email(3), email(4, body="x" * 3_000_000), email(5)]
            done = submit_lines(daemon, lines_of(emails), check=65)
            told = results_of(done.stdout)
            self.assertEqual([result.get("error", {}).get("code") for result in told],
                             [None, "too_large", None, "too_large", None])
            with daemon.client() as client:
                self.assertEqual(len(all_jobs(client)), 3)

    def test_results_come_while_the_input_is_open(self):
        with Daemon(CONFIG, transport="simulate:") as daemon, Stream(daemon) as stream:
            for number in range(3):
                stream.write(lines_of([email(number)]))
                result = stream.result()
                self.assertEqual((result["line"], result["job"]["subject"]), (number + 1, f"Mail {number}"))
            self.assertEqual(stream.end(), (0, "", ""))

    def test_an_idle_stream_finds_the_daemon_that_came_back(self):
        with Daemon(CONFIG, transport="simulate:") as daemon, Stream(daemon) as stream:
            stream.write(lines_of([email(1)]))
            stream.result()
            daemon.stop()
            daemon.start()
            stream.write(lines_of([email(2)]))
            self.assertEqual(stream.result()["job"]["subject"], "Mail 2")
            self.assertEqual(stream.end(), (0, "", ""))

    def test_an_equal_key_makes_one_job(self):
        with Daemon(CONFIG, transport="simulate:") as daemon:
            done = submit_lines(daemon, lines_of([email(1, idempotency_key="k")] * 2), check=0)
        first, second = results_of(done.stdout)
        self.assertEqual(first["job"]["id"], second["job"]["id"])

    def test_a_full_queue_is_waited_for(self):
        with Daemon(CONFIG | {"limits": {"max_queued_jobs": 10}}, transport="simulate:") as daemon:
            jobctl(daemon, "pause", check=0)
            with Stream(daemon) as stream:
                stream.write(lines_of(email(number) for number in range(50)))
                told = [stream.result() for _ in range(10)]
                jobctl(daemon, "resume", check=0)
                code, out, err = stream.end()
        told += results_of(out)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual([result["job"]["subject"] for result in told], [f"Mail {number}" for number in range(50)])

    def test_wait_gives_the_last_state_over_a_restart(self):
        with Daemon(CONFIG, transport="simulate:") as daemon:
            jobctl(daemon, "pause", check=0)
            with Stream(daemon, "--wait") as stream:
                stream.write(lines_of(email(number) for number in range(300)))
                with daemon.client() as client:
                    while client.call("stats")["jobs"]["pending"] < 300:
                        pass
                daemon.stop()
                daemon.start()
                jobctl(daemon, "resume", check=0)
                code, out, _ = stream.end()
        self.assertEqual(code, 0)
        self.assertEqual([(result["line"], result["job"]["status"]) for result in results_of(out)],
                         [(number, "completed") for number in range(1, 301)])

    def test_wait_has_a_limit(self):
        with Daemon(CONFIG, transport="simulate:") as daemon:
            jobctl(daemon, "pause", check=0)
            done = submit_lines(daemon, lines_of([email(1)] * 2), "--wait=50ms", check=4)
        self.assertEqual([result["job"]["status"] for result in results_of(done.stdout)], ["pending"] * 2)

    def test_a_daemon_that_never_was_is_told_of_at_once(self):
        with Daemon(CONFIG, transport="simulate:") as daemon:
            daemon.stop()
            done = submit_lines(daemon, lines_of([email(1)]), check=75)
            self.assertEqual(done.stdout, "")
            self.assertIn("is jobd running?", done.stderr)
            daemon.start()

    def test_memory_is_constant(self):
        few, many = (1_000, 3_000) if SANITIZED else (10_000, 100_000)
        peaks = []
        with Daemon(CONFIG, transport="simulate:") as daemon:
            jobctl(daemon, "pause", check=0)
            for count in (few, many):
                with Stream(daemon) as stream:
                    writer = threading.Thread(target=self.write_and_leave_open, args=(stream, count))
                    writer.start()
                    for _ in range(count):
                        stream.result()
                    writer.join()
                    peaks.append(stream.peak_kib())
                    self.assertEqual(stream.end(), (0, "", ""))
        if not SANITIZED:  # which keep what was freed
            self.assertLess(peaks[1], peaks[0] + 2048)

    @staticmethod
    def write_and_leave_open(stream, count):
        for begin in range(0, count, 1000):
            stream.write(lines_of(email(number) for number in range(begin, begin + 1000)))

    def test_a_reader_that_leaves_ends_it_without_a_word(self):
        with Daemon(CONFIG, transport="simulate:") as daemon, Stream(daemon) as stream:
            stream.write(lines_of([email(1)]))
            self.assertEqual(stream.result()["line"], 1)
            stream.process.stdout.close()
            self.assertEqual(stream.process.wait(PATIENCE), 74)
            self.assertEqual(stream.process.stderr.read(), b"")
            stream.process.stdout = None


class WholeEmails(unittest.TestCase):
    def test_from_json_and_raw_file(self):
        message = b"From: a@example.com\r\nTo: b@example.com\r\nSubject: caf\xe9\r\n\r\ncaf\xe9\r\n"
        with Daemon() as daemon:
            name = daemon.folder / "message"
            name.write_bytes(message)
            jobctl(daemon, "submit-email", "--raw-file", str(name), "--wait", check=0)
            done = jobctl(daemon, "submit-email", "--from-json", "-", "--tag", "cli", "--json", "--wait", check=0,
                          stdin=json.dumps(email(1, tags=["file"])))
            job = json.loads(done.stdout)
            self.assertEqual((job["status"], job["tags"]), ("completed", ["file", "cli"]))
            self.assertEqual(len(daemon.outbox()), 2)
            self.assertTrue(any(b"caf\xe9" in path.read_bytes() for path in daemon.outbox()))


if __name__ == "__main__":
    unittest.main()
