"""Daemon: a real jobd in a short temporary folder, and jobctl beside it."""

import contextlib
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile

from . import BIN, PATIENCE
from .client import Client
from .http import HttpClient

JOBD = str(BIN / "jobd")
JOBCTL = str(BIN / "jobctl")
OVER_TCP = {"http": {"listen": "127.0.0.1:0"}}


def toml(config):
    """{"retry": {"initial": "50ms"}, "relay": [{"name": "a"}]} as TOML: tables of strings, lists of them, numbers and
    truths are all we need, and tables that there are several of."""
    lines = []
    for table, content in config.items():
        several = isinstance(content, list)
        for keys in content if several else [content]:
            lines.append(f"[[{table}]]" if several else f"[{table}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    return "\n".join(lines) + "\n"


class Notifications:
    """The receiving end of sd_notify."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.seen = []

    def wait_for(self, line, process):
        """Until the line came; False when the process ended without it."""
        ended = os.pidfd_open(process.pid)
        try:
            while line not in self.seen:
                readable, _, _ = select.select([self.socket, ended], [], [], PATIENCE)
                if self.socket in readable:
                    self.seen += self.socket.recv(65536).decode().splitlines()
                elif ended in readable:
                    return False
                else:
                    raise TimeoutError(f"jobd did not say {line}")
            return True
        finally:
            os.close(ended)


class Daemon:
    """with Daemon(transport="maildir:...") as d: ... - left by a graceful stop that must succeed."""

    def __init__(self, config=None, transport=None, store=None, folder=None, socket_path=None, wait_ready=True,
                 traced=None):
        self.own_folder = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="jobd-", dir="/tmp"))
        self.state_dir = self.folder / "state"
        self.socket_path = str(socket_path or self.folder / "jobd.sock")
        self.config, self.transport, self.store = config or {}, transport, store
        self.wait_ready = wait_ready
        self.traced = traced  # system calls, as strace names them: a line each in trace()
        self.process = None
        self.notifications = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self._clean()
            raise
        return self

    def __exit__(self, kind, *_):
        try:
            if self.process and kind is None:
                self.stop()
        finally:
            if self.process:
                self.kill()
            if kind is not None:
                print(f"--- stderr of jobd in {self.folder}\n{self.log()[-6000:]}\n---")
            self._clean()

    def _clean(self):
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def command(self):
        config = self.folder / "jobd.toml"
        config.write_text(toml(self.config))
        words = [JOBD, "--config", str(config), "--state-dir", str(self.state_dir), "--socket", self.socket_path]
        if self.transport:
            words += ["--transport", self.transport]
        if self.store:
            words += ["--store", self.store]
        if self.traced:  # -D: the tracer is the grandchild, so that signals go to jobd
            words = ["strace", "-D", "-f", "-o", str(self.folder / "trace"), "-e", f"trace={self.traced}", *words]
        return words

    def trace(self):
        return (self.folder / "trace").read_text().splitlines()

    def start(self):
        path = self.folder / "notify"
        path.unlink(missing_ok=True)
        self.notifications = Notifications(str(path))
        environment = dict(os.environ, NOTIFY_SOCKET=str(path))
        if self.traced:  # the leak check cannot run under a tracer
            environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        with open(self.folder / "stderr", "ab") as stderr:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr,
                                            env=environment)
        if self.wait_ready and not self.notifications.wait_for("READY=1", self.process):
            raise AssertionError(f"jobd ended with {self.wait()} at its start:\n{self.log()}")

    def peak_kib(self):
        """The most memory it ever held."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])

    def log(self):
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / "stderr").read_text(errors="replace")
        return ""

    def terminate(self):
        """Asks for a graceful stop and returns at once."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self):
        code = self.process.wait(PATIENCE)
        self._forget()
        return code

    def stop(self):
        self.terminate()
        code = self.wait()
        if code != 0:
            raise AssertionError(f"jobd ended with {code}:\n{self.log()}")

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)
        self._forget()

    def _forget(self):
        self.process = None
        self.notifications.socket.close()

    def client(self):
        return Client(self.socket_path)

    def http(self):
        """HTTP on the Unix socket."""
        return HttpClient(self.socket_path)

    @property
    def http_address(self):
        """Where it listens on TCP, of one with OVER_TCP in its configuration."""
        status = next(line for line in self.notifications.seen if line.startswith("STATUS=taking jobs"))
        host, port = re.search(r"http://(\S+):(\d+)", status).groups()
        return host, int(port)

    def outbox(self):
        """The mails of the default maildir, oldest name first."""
        return sorted((self.state_dir / "outbox" / "new").glob("*"))


def jobctl(daemon, *words, stdin="", check=None):
    """Runs jobctl against the daemon; check is the exit code that it must have."""
    done = subprocess.run([JOBCTL, "--socket", daemon.socket_path, *words], input=stdin, capture_output=True,
                          text=True, timeout=PATIENCE, check=False)
    if check is not None and done.returncode != check:
        raise AssertionError(f"jobctl {' '.join(words)} ended with {done.returncode}, not {check}:\n"
                             f"{done.stdout}{done.stderr}")
    return done
