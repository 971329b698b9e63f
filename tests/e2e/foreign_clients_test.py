"""Clients that nobody here wrote: curl on the socket and over TCP, nc in both languages."""

import json
import subprocess
import unittest

from support import PATIENCE
from support.daemon import OVER_TCP, Daemon

MAIL = {"to": "user@example.com", "subject": "Hello", "body": "Test email"}


class ForeignClients(unittest.TestCase):
    def setUp(self):
        self.daemon = self.enterContext(Daemon(OVER_TCP))

    def run_client(self, *words, stdin=""):
        done = subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_curl_submits_and_reads(self):
        over_tcp = "http://{}:{}".format(*self.daemon.http_address)
        for base, words in ((over_tcp, []), ("http://localhost", ["--unix-socket", self.daemon.socket_path])):
            curl = ["curl", "-sS", "--noproxy", "*", *words]
            submitted = self.run_client(*curl, "--json", json.dumps(MAIL), f"{base}/jobs/email")
            target = f"{base}/jobs/{json.loads(submitted)['id']}"
            self.assertEqual(json.loads(self.run_client(*curl, f"{target}?wait=60s"))["status"], "completed")
            shown = self.run_client(*curl, "-I", target)
            self.assertTrue(shown.startswith("HTTP/1.1 200 OK"), shown)
            big = json.dumps(MAIL | {"body": "x" * 2_000_000})  # curl expects 100-continue
            verbose = self.run_client(*curl, "-w", "\n%{http_code}", "-d", "@-", "-H", "Content-Type: application/json",
                                      f"{base}/jobs/email", stdin=big)
            self.assertEqual(verbose.rpartition("\n")[2], "202")
            refused = self.run_client(*curl, "-d", json.dumps(MAIL), "-w", "\n%{http_code}", f"{base}/jobs/email")
            self.assertEqual(refused.rpartition("\n")[2], "415")
            chunks = self.run_client(*curl, "-H", "Transfer-Encoding: chunked", "--json", "@-", f"{base}/jobs/email",
                                     stdin=json.dumps(MAIL))
            self.assertEqual(json.loads(chunks)["subject"], "Hello")
            deleted = self.run_client(*curl, "-X", "DELETE", "-w", "%{http_code}", target)
            self.assertEqual(deleted, "204")

    def test_curl_watches(self):
        with subprocess.Popen(["curl", "-sSN", "--unix-socket", self.daemon.socket_path, "http://localhost/events"],
                              stdout=subprocess.PIPE, text=True) as watcher:
            self.assertRegex(watcher.stdout.readline(), r"^id: \d+\n$")
            self.assertEqual(watcher.stdout.readline(), "retry: 2000\n")
            with self.daemon.http() as client:
                job_id = client.submit()["id"]
            line = next(line for line in watcher.stdout if '"completed"' in line)
            self.assertEqual(json.loads(line.removeprefix("data: "))["id"], job_id)
            self.daemon.stop()
            self.assertEqual(watcher.wait(PATIENCE), 0)

    def test_nc_speaks_lines_and_http(self):
        reply = self.run_client("nc", "-NU", self.daemon.socket_path, stdin='{"op":"ping"}\n')
        self.assertEqual(json.loads(reply)["status"], 200)
        many = self.run_client("nc", "-NU", self.daemon.socket_path, stdin="".join(
            json.dumps({"id": n, "op": "submit_email", "params": MAIL}) + "\n" for n in range(100)))
        self.assertEqual([json.loads(line)["id"] for line in many.splitlines()], list(range(100)))
        shown = self.run_client("nc", "-NU", self.daemon.socket_path, stdin="GET /healthz HTTP/1.0\r\n\r\n")
        self.assertTrue(shown.startswith("HTTP/1.1 200 OK\r\n") or shown.startswith("HTTP/1.1 200 OK\n"), shown)


if __name__ == "__main__":
    unittest.main()
