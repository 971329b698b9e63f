"""Recorder: an SMTP server that writes down every message and does what a test tells it to do.

    with Recorder() as relay:
        relay.reply("RCPT", "bob@", "550 5.1.1 no such user")     always
        relay.reply("DOT", "", "451 4.3.0 later", times=1)        once, then as usual
        relay.reply("DOT", "", CLOSE, times=1)                    takes the message, hangs up without a reply
        gate = relay.gate("DOT")                                  stops there: gate.reached.wait(), gate.open()

A rule belongs to a phase (GREETING EHLO MAIL RCPT DATA DOT) and a part of its text: the command line, for DOT the
message. The newest rule that fits wins.
"""

import collections
import contextlib
import re
import socket
import threading

from . import PATIENCE
from .port import HeldPort

CLOSE = object()
USUAL = {"GREETING": "220 recorder ESMTP", "EHLO": "250-recorder\r\n250-8BITMIME\r\n250 SIZE 52428800",
         "MAIL": "250 2.1.0 ok", "RCPT": "250 2.1.5 ok", "DATA": "354 go on", "DOT": "250 2.0.0 recorded"}


class Gate:
    """A place where sessions stop."""

    def __init__(self, reply=None):
        self.reply = reply
        self.reached = threading.Event()
        self._open = threading.Event()

    def open(self):
        self._open.set()

    def wait_reached(self):
        if not self.reached.wait(PATIENCE):
            raise TimeoutError("no session came to the gate")

    def pass_through(self):
        self.reached.set()
        self._open.wait(PATIENCE)


class Message:
    def __init__(self, sender, recipients, content, session):
        self.sender, self.recipients, self.content, self.session = sender, recipients, content, session


class Rule:
    def __init__(self, phase, part, answer, times):
        self.phase, self.part, self.answer, self.times = phase, part, answer, times


class Recorder:
    def __init__(self):
        self.messages = []   # every message whose final dot came, whatever was replied
        self.commands = []   # every command line
        self.sessions = 0
        self.peaks = collections.Counter()  # of each domain, the most mails that were under way to it at once
        self._under_way = collections.Counter()
        self._rules = []
        self._gates = []
        self._connections = set()
        self._lock = threading.Lock()
        self._more = threading.Condition(self._lock)
        self._listener = None
        self._threads = []
        self._port = HeldPort()
        self.port = self._port.number

    def __enter__(self):
        self.listen()
        return self

    def __exit__(self, *_):
        for gate in self._gates:
            gate.open()
        self.shut()
        for thread in self._threads:
            thread.join(PATIENCE)
        self._port.close()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    def listen(self):
        """Starts, or starts again: the port is its own also while it is shut."""
        self._listener = self._port.listen()
        self._spawn(self._accept, self._listener)

    def shut(self):
        """As if the relay's machine went away: nothing listens, every session is cut."""
        listener, self._listener = self._listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it went by itself

    def reply(self, phase, part, answer, times=None):
        with self._lock:
            self._rules.insert(0, Rule(phase, part, answer, times))

    def gate(self, phase, part="", times=1, reply=None):
        gate = Gate(reply)
        self._gates.append(gate)
        self.reply(phase, part, gate, times)
        return gate

    def forget_rules(self):
        with self._lock:
            self._rules.clear()

    def wait_messages(self, count):
        with self._more:
            if not self._more.wait_for(lambda: len(self.messages) >= count, PATIENCE):
                raise TimeoutError(f"{len(self.messages)} of {count} messages came")
        return self.messages

    def wait_command(self, verb):
        self._wait(lambda: any(command.startswith(verb) for command in self.commands), f"no {verb} came")

    def wait_under_way(self, counts):
        """Until of each domain so many mails are under way at once."""
        self._wait(lambda: all(self.peaks[domain] >= count for domain, count in counts.items()), "not so many are under way")

    def _wait(self, happened, words):
        with self._more:
            if not self._more.wait_for(happened, PATIENCE):
                raise TimeoutError(words)

    def _spawn(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self.sessions += 1
                self._connections.add(connection)
                session = self.sessions
            self._spawn(self._serve, connection, session)

    def _serve(self, connection, session):
        try:
            with connection, connection.makefile("rb") as lines:
                self._converse(connection, lines, session)
        except OSError:
            pass  # the client went away: what it sent is recorded
        finally:
            with self._lock:
                self._connections.discard(connection)

    def _answer(self, connection, phase, text):
        """Sends what the rules say; False when the session ends here. True for a positive reply."""
        with self._lock:
            rule = next((r for r in self._rules if r.phase == phase and r.part in text), None)
            answer = rule.answer if rule else USUAL[phase]
            if rule and rule.times is not None:
                rule.times -= 1
                if rule.times == 0:
                    self._rules.remove(rule)
        if isinstance(answer, Gate):
            answer.pass_through()
            answer = answer.reply or USUAL[phase]
        if answer is CLOSE:
            raise ConnectionAbortedError
        connection.sendall(answer.encode() + b"\r\n")
        return answer[0] in "23"

    def _converse(self, connection, lines, session):
        self._answer(connection, "GREETING", "")
        sender, recipients = None, []
        while line := lines.readline():
            text = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
            with self._more:
                self.commands.append(text)
                self._more.notify_all()
            verb = text.split(" ")[0].split(":")[0].upper()
            if verb in ("EHLO", "HELO"):
                self._answer(connection, "EHLO", text)
            elif verb == "MAIL":
                if self._answer(connection, "MAIL", text):
                    sender, recipients = path_of(text), []
            elif verb == "RCPT":
                if self._answer(connection, "RCPT", text):
                    recipients.append(path_of(text))
            elif verb == "DATA":
                with self._counted(recipients):
                    if self._answer(connection, "DATA", text):
                        content = read_content(lines)
                        self._record(Message(sender, recipients, content, session))
                        self._answer(connection, "DOT", content.decode("utf-8", "surrogateescape"))
            elif verb == "QUIT":
                connection.sendall(b"221 2.0.0 bye\r\n")
                return
            else:
                connection.sendall(b"250 2.0.0 ok\r\n")

    @contextlib.contextmanager
    def _counted(self, recipients):
        domains = {recipient.rpartition("@")[2] for recipient in recipients}
        with self._more:
            self._under_way.update(domains)
            for domain in domains:
                self.peaks[domain] = max(self.peaks[domain], self._under_way[domain])
            self._more.notify_all()
        try:
            yield
        finally:
            with self._lock:
                self._under_way.subtract(domains)

    def _record(self, message):
        with self._more:
            self.messages.append(message)
            self._more.notify_all()


def path_of(command):
    return re.search(r"<(.*?)>", command).group(1)


def read_content(lines):
    """To the dot, dot-stuffing undone; a bare LF inside stays visible to the test that looks for it."""
    content = []
    while (line := lines.readline()) != b".\r\n":
        if not line:
            raise ConnectionAbortedError
        content.append(line[1:] if line.startswith(b".") else line)
    return b"".join(content)
