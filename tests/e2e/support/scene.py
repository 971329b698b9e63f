"""Scene: what a page of the manual takes for granted, so that its examples can be done there as a reader would."""

import contextlib
import itertools
import os
import pathlib
import re
import select
import signal
import subprocess
import tempfile

from . import BIN, PATIENCE
from .client import Client
from .daemon import Daemon, Notifications
from .manual import Meanings
from .recorder import Recorder

FILES = {
    "mail.txt": "Test email\n",
    "report.pdf": "%PDF-1.4\n",
    "letters.jsonl": '{"to":"user@example.com","subject":"Hello"}\n{"to":"nobody"}\n',
    "bin/report": "#!/bin/sh\necho all is well\n",
}
WRONG_KEY = '[mail]\nform = "jobs@example.com"\n'  # as jobd.toml(5) shows it

EVENTS_MAX = 1000  # that a watch may be deaf to before it stands


def is_reply(statement):
    return '"op"' not in statement and bool(re.search(r'"(status|event)":', statement))


class Scene:
    """A folder, the programs, a relay, and a jobd where the page starts none itself. Left with the stack."""

    def __init__(self, page, stack):
        self.folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="man-", dir="/tmp")))
        self.stack, self.meanings = stack, Meanings()
        self.exports, self.started, self.connection = [], None, None
        self.make_files(page)
        self.socket_path = str(self.folder / "try" / "sock")
        self.places = {"/tmp/try": str(self.folder / "try")}
        if page in ("man/jobctl.1", "man/jobd-protocol.7"):
            daemon = self.with_relay() if page == "man/jobctl.1" else Daemon(transport="simulate:")
            self.socket_path = stack.enter_context(daemon).socket_path
            self.places = {"/run/jobd/jobd.sock": self.socket_path}
        self.environment = dict(
            os.environ, PATH=f"{self.folder}/bin:{BIN}:{os.environ['PATH']}", HOME=str(self.folder), LC_ALL="C.UTF-8",
            JOBD_SOCKET=self.socket_path, JOBD_STATE_DIR=str(self.folder / "own"))
        self.environment.pop("JOURNAL_STREAM", None)
        stack.callback(self.kill)

    def with_relay(self):
        relay = self.stack.enter_context(Recorder())
        relay.reply("RCPT", "nobody@", "550 5.1.1 no such user")
        return Daemon({"mail": {"from": "jobs@example.com"}}, relay.url)

    def make_files(self, page):
        for name, text in FILES.items():
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        (self.folder / "bin" / "report").chmod(0o755)
        (self.folder / "jobd.toml").write_text(WRONG_KEY if page == "man/jobd.toml.5" else "")
        (self.folder / "build").mkdir()
        (self.folder / "build" / "bin").symlink_to(BIN)
        (self.folder / ".config" / "fish" / "completions").mkdir(parents=True)
        (self.folder / "try").mkdir()

    def here(self, text):
        """A command of the page in the terms of this scene."""
        for there, place in self.places.items():
            text = text.replace(there, place)
        return self.meanings.fill(text, self.make_job)

    def there(self, text):
        """An output in the terms of the page."""
        for there, place in self.places.items():
            text = text.replace(place, there)
        return text.replace("\r\n", "\n").rstrip("\n")

    def make_job(self, to="user@example.com"):
        with Client(self.socket_path) as client:
            return client.at_its_end(client.submit(to)["id"])["id"]

    def let_jobs_rest(self):
        """A reader types slowly: what moves by itself has come to its end by then."""
        if not os.path.exists(self.socket_path):
            return
        with Client(self.socket_path) as client:
            for job in client.call("list_jobs", limit=1000)["jobs"]:
                if job["status"] == "processing" or job["waiting_for"] == "slot":
                    client.at_its_end(job["id"])

    def shell(self, command, shell=("bash", "-o", "pipefail", "-c"), **more):
        script = "\n".join([*self.exports, self.here(command)])
        if command.startswith("export "):
            self.exports.append(self.here(command))
        return subprocess.Popen([*shell, script], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)

    def run(self, command, **more):
        """What a terminal shows of it, and its exit code."""
        with self.shell(command, **more) as process:
            told = process.communicate(timeout=PATIENCE)[0].decode()
        return self.there(told), process.returncode

    def start_jobd(self, command, shown):
        """In a terminal of its own: it goes on until the page is through, or starts another. Gives what it logged."""
        if self.started:
            self.stop_jobd()
        path = self.folder / "notify"
        path.unlink(missing_ok=True)
        self.environment["NOTIFY_SOCKET"] = str(path)
        notifications = Notifications(str(path))
        with contextlib.closing(notifications.socket):
            self.started = self.shell(f"exec {command}")
            ready = notifications.wait_for("READY=1", self.started)
            self.check(ready, f"{command} ended before it was ready")
        return self.there(b"".join(self.started.stdout.readline() for _ in shown.splitlines()).decode())

    def stop_jobd(self):
        process, self.started = self.started, None
        process.terminate()
        told = process.communicate(timeout=PATIENCE)[0].decode()
        self.check(process.returncode == 0, f"jobd ended with {process.returncode}: {told}")

    def kill(self):
        if self.started:
            self.started.kill()
            self.started.communicate(timeout=PATIENCE)

    def watch(self, command, shown):
        """The first of an output without an end, while things happen to be told of."""
        wanted, told, happened = shown.count("\n") + 1, b"", 0
        process = self.shell(command, start_new_session=True, bufsize=0)
        try:
            while told.count(b"\n") < wanted:
                if select.select([process.stdout], [], [], 0)[0]:
                    told += (data := process.stdout.read(65536))
                    self.check(data, f"{command} ended: {told!r}")
                else:
                    self.make_job("nobody@example.com")
                    self.check((happened := happened + 1) < EVENTS_MAX, f"{command} does not go on: {told!r}")
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=PATIENCE)
        return self.there(b"".join(told.splitlines(keepends=True)[:wanted]).decode())

    def talk(self, statements):
        """Over one connection for the whole page. Requests that stand together are sent at once."""
        if self.connection is None:
            self.connection = self.stack.enter_context(Client(self.socket_path))
        for are_replies, group in itertools.groupby(statements, key=is_reply):
            if are_replies:
                self.hear(list(group))
                continue
            self.let_jobs_rest()
            lines = [self.here(re.sub(r"\n *", "", request)) + "\n" for request in group]
            self.connection.send_bytes("".join(lines).encode())

    def hear(self, replies):
        """Those that stand together may come in any order."""
        came = [self.connection.reader.readline().decode().rstrip("\n") for _ in replies]
        for shown in replies:
            fitting = next((line for line in came if self.meanings.compare(shown, line) is None), None)
            self.check(fitting is not None, f"the page shows\n{shown}\nand there came\n" + "\n".join(came))
            came.remove(fitting)

    @staticmethod
    def check(good, why):
        if not good:
            raise AssertionError(why)

    def end(self):
        """jobd has nothing more to say than the page tells, and one that the page started stops as it should."""
        if self.connection:
            self.connection.half_close()
            rest = self.connection.receive()
            self.check(rest is None, f"the page does not show {rest}")
        if self.started:
            self.stop_jobd()
