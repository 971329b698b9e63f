"""beside_pipeline.py [JOBS]: what a client that submits one email at a time waits while another pipelines JOBS submits.

Prints the pipelining client's rate and the other's p50, p99 and worst. The transport is simulate; two cores serve all three.
"""

import json
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from support.daemon import Daemon  # noqa: E402 - found by the line above


def submit(number):
    return {"op": "submit_email", "params": {"to": f"u{number}@example.com", "subject": "s", "body": "x" * 200}}


def lone_client(daemon, done, waits):
    with daemon.client() as client:
        while not waits or not done.is_set():
            begin = time.monotonic()
            client.call("submit_email", **submit(0)["params"])
            waits.append((time.monotonic() - begin) * 1000)


def main(jobs):
    lines = b"".join(json.dumps(submit(number)).encode() + b"\n" for number in range(jobs))
    done, waits = threading.Event(), []
    with Daemon(transport="simulate:") as daemon:
        with daemon.client() as client:
            lone = threading.Thread(target=lone_client, args=(daemon, done, waits))
            writer = threading.Thread(target=client.socket.sendall, args=(lines,))
            begin = time.monotonic()
            lone.start()
            writer.start()
            for _ in range(jobs):
                assert client.receive()["status"] == 202
            rate = jobs / (time.monotonic() - begin)
            done.set()
            lone.join()
            writer.join()
    waits.sort()
    p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
    print(f"{rate:.0f} jobs/s; beside it p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {waits[-1]:.1f} ms ({len(waits)} submits)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20000)
