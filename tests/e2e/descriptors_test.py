"""No child of jobd's may inherit a descriptor: it would hold connections open, locks held and secrets readable."""

import os
import pathlib
import socket
import tempfile
import unittest

from support.daemon import OVER_TCP, Daemon
from support.recorder import Recorder


def inherited(pid):
    """What each descriptor is that would outlive an exec, those of the standard streams apart."""
    found = []
    for info in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir():
        flags = next(line for line in info.read_text().splitlines() if line.startswith("flags:"))
        if int(info.name) > 2 and not int(flags.split()[1], 8) & os.O_CLOEXEC:
            found.append(f"{info.name}: {os.readlink(f'/proc/{pid}/fd/{info.name}')}")
    return found


class Descriptors(unittest.TestCase):
    def test_none_outlives_an_exec(self):
        relay = self.enterContext(Recorder())
        gate = relay.gate("RCPT", "user@")
        drop = self.enterContext(tempfile.TemporaryDirectory(prefix="jobd-", dir="/tmp"))
        config = {"mail": {"from": "app@example.com"}, "daemon": {"drop_dir": drop}, **OVER_TCP}
        with Daemon(config, transport=relay.url) as daemon, daemon.client() as client:
            over_tcp = self.enterContext(socket.create_connection(daemon.http_address))
            over_tcp.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % daemon.http_address[1])
            self.assertIn(b" 200 ", over_tcp.recv(4096))
            job = client.submit()["id"]
            gate.wait_reached()
            self.assertEqual(inherited(daemon.process.pid), [])
            gate.open()
            self.assertEqual(client.at_its_end(job)["status"], "completed")


if __name__ == "__main__":
    unittest.main()
