"""json_lines.py [LINES...]: jobctl submit-email --json-lines with so many lines from a file, the queue paused.

Prints for each run the rate from start to exit, and the processor time and the peak memory of jobctl.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from support.daemon import JOBCTL, Daemon, jobctl  # noqa: E402 - found by the line above


def write_emails(file, lines):
    for number in range(lines):
        email = {"to": f"u{number}@example.com", "subject": f"Mail {number}", "body": "x" * 200}
        file.write(json.dumps(email).encode() + b"\n")
    file.flush()
    file.seek(0)


def run(daemon, lines):
    with tempfile.TemporaryFile() as emails:
        write_emails(emails, lines)
        begin = time.monotonic()
        words = [JOBCTL, "--socket", daemon.socket_path, "submit-email", "--json-lines"]
        process = subprocess.Popen(words, stdin=emails, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        rate = lines / (time.monotonic() - begin)
    assert os.waitstatus_to_exitcode(status) == 0
    print(f"{lines} lines: {rate:.0f}/s; jobctl {used.ru_utime + used.ru_stime:.2f} s of processor, {used.ru_maxrss} KiB at most")


def main(counts):
    with Daemon(transport="simulate:") as daemon:
        jobctl(daemon, "pause", check=0)
        for lines in counts:
            run(daemon, lines)


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [10_000, 100_000, 1_000_000])
