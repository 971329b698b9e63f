"""http_load.py [SECONDS]: submits and status reads over HTTP on TCP, 50 keep-alive connections (wrk), so long each.

Prints requests a second: submits with delivery (simulate) on, submits with the queue paused, reads of one job. wrk has one
thread; two cores serve it and jobd.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from support.daemon import OVER_TCP, Daemon  # noqa: E402 - found by the line above

SUBMIT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"to":"user@example.com","subject":"Hello","body":"Test email"}'
"""


def rate(seconds, url, script=None):
    words = ["wrk", "-t1", "-c50", f"-d{seconds}s", *(["-s", script] if script else []), url]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in told and "Socket errors" not in told, told
    return float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])


def main(seconds):
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script, Daemon(OVER_TCP, transport="simulate:") as daemon:
        script.write(SUBMIT)
        script.flush()
        host, port = daemon.http_address
        jobs = f"http://{host}:{port}/jobs"
        print(f"submit, delivered at once: {rate(seconds, jobs + '/email', script.name):.0f}/s")
        with daemon.client() as client:
            client.call("pause")
            print(f"submit, queue paused: {rate(seconds, jobs + '/email', script.name):.0f}/s")
            job = client.submit()
        print(f"status: {rate(seconds, jobs + '/' + job['id']):.0f}/s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
