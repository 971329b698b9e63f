"""Hostile: an SMTP server that is right in every phase but one, where it does one of the things servers do that are broken,
overloaded or in bad hands. It does so as often as it was told, and from then on takes mail as it should.

A phase is where a session stands: GREETING EHLO STARTTLS TLS (the handshake) AUTH MAIL RCPT DATA CONTENT DOT RSET QUIT, and
IDLE, after a mail was taken. An act says what it does there; it ends the session unless it is a reply, after which the
session goes on. Nothing here ends by the clock: a session that hangs hangs until the client goes.
"""

import contextlib
import select
import socket
import struct
import threading

from . import PATIENCE
from .keeper import server_context
from .port import HeldPort

USUAL = {"GREETING": b"220 mail.test ESMTP\r\n", "STARTTLS": b"220 2.0.0 go ahead\r\n", "AUTH": b"235 2.7.0 welcome\r\n",
         "MAIL": b"250 2.1.0 ok\r\n", "RCPT": b"250 2.1.5 ok\r\n", "DATA": b"354 go on\r\n", "DOT": b"250 2.0.0 taken\r\n",
         "RSET": b"250 2.0.0 ok\r\n", "QUIT": b"221 2.0.0 bye\r\n"}
REPLIES = {"421": b"421 4.3.2 shutting down\r\n", "4xx": b"451 4.3.0 not now\r\n", "5xx": b"554 5.7.1 not here\r\n"}
VERBS = ("EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "QUIT")
NOBODY = b"nobody@"  # is refused everywhere
SMALL_WINDOW = 4096  # what it takes in of a content it does not read


class End(Exception):
    """The session is over."""


def close(session):
    session.shut(socket.SHUT_RDWR)


def reset(session):
    session.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # its close sends RST


def hang(session):
    """Says nothing. What comes is not read, but the end of it."""
    while not session.client_has_gone():
        pass


def garbage(session):
    session.send(b"\x00\xff\x16\x03 what was that?\r\n")
    hang(session)


def endless(session):
    """One reply that never ends."""
    lines = b"250-there is more\r\n" * 1000
    while True:
        session.send(lines)


def long_line(session):
    session.send(b"250 " + b"x" * 10_000_000)
    hang(session)


def trickle(session):
    """A byte a second, of a line of a hundred."""
    for sign in b"250-" + b"x" * 96:
        session.send(bytes([sign]))
        if select.select([session.connection], [], [], 1.0)[0] and session.client_has_gone():
            return


ACTS = {"close": close, "rst": reset, "hang": hang, "garbage": garbage, "endless": endless, "10mb": long_line,
        "trickle": trickle}
INJECTED = b"250 2.0.0 injected\r\n"  # behind the reply to STARTTLS, by whoever stands between (CVE-2011-0411 and its like)


class Hostile:
    """with Hostile("MAIL", "close") as relay: relay.port, relay.sessions (how many came), relay.mails (contents whose dot
    came). With a certificate STARTTLS and AUTH PLAIN are offered, of TLS no
    newer version than newest. Without a phase it is a server like others."""

    def __init__(self, phase, act, certificate=None, extensions=("8BITMIME", "ENHANCEDSTATUSCODES"), times=1,
                 newest=None):
        self.phase, self.act, self.extensions, self.left = phase, act, extensions, times
        self.context = server_context(certificate, newest) if certificate else None
        self.sessions, self.mails = 0, []
        self._threads, self.holds = [], set()  # threads, connections

    def __enter__(self):
        self._held = HeldPort()
        self.port = self._held.number
        self._listener = self._held.listen()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_WINDOW)
        self._spawn(self._accept)
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.let_go()
        for thread in self._threads:
            thread.join(PATIENCE)
        self._held.close()

    def let_go(self):
        """Ends all sessions, those that hang too."""
        for each in list(self.holds):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _spawn(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.sessions += 1
                self.holds.add(connection)
                self._spawn(self._serve, connection)

    def _serve(self, connection):
        session = Session(self, connection)
        try:
            session.converse()
        except (End, OSError, ValueError):  # ValueError: read after a handshake that failed
            pass
        finally:
            self.holds.discard(session.connection)
            session.close()


class Session:
    def __init__(self, server, connection):
        self.server, self.connection, self.secured = server, connection, False
        self.has_sender, self.recipients = False, 0
        self.unsent = b""  # what goes out with what comes next, so that no time lies between
        self.lines = connection.makefile("rb")

    def close(self):
        with contextlib.suppress(OSError):
            self.lines.close()
            self.connection.close()

    def shut(self, how):
        with contextlib.suppress(OSError):
            self.connection.shutdown(how)

    def send(self, data=b""):
        data, self.unsent = self.unsent + data, b""
        self.connection.sendall(data)

    def client_has_gone(self):
        """Waits until there is something to know, then tells; leaves unread what is unread."""
        poll = select.poll()
        poll.register(self.connection, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
        return bool(poll.poll(PATIENCE * 1000))

    def is_time(self, phase):
        return phase == self.server.phase and self.server.left > 0

    def at(self, phase):
        """Answers as it should, or acts; False after a reply that refuses."""
        server = self.server
        if not self.is_time(phase):
            if phase in USUAL:
                self.send(USUAL[phase])
            return True
        server.left -= 1
        if server.act in REPLIES:
            self.send(REPLIES[server.act])
            if server.act == "421":
                raise End
            return False
        if server.act in ("close", "rst", "hang"):
            self.send()
        ACTS[server.act](self)
        raise End

    def converse(self):
        self.at("GREETING")
        while line := self.lines.readline():
            verb = line.split(b" ")[0].strip().upper().decode("ascii", "replace")
            if verb in VERBS:
                getattr(self, verb.lower())(line)
            else:
                self.send(b"500 5.5.2 what?\r\n")

    def ehlo(self, _line):
        if self.is_time("EHLO"):
            self.at("EHLO")
            return
        words = ["mail.test", *self.server.extensions]
        if self.server.context:
            words.append("AUTH PLAIN" if self.secured else "STARTTLS")
        self.send("".join(f"250-{word}\r\n" for word in words).encode() + b"250 SIZE 50000000\r\n")

    def helo(self, _line):
        self.send(b"250 mail.test\r\n")

    def starttls(self, _line):
        if self.server.act == "inject" and self.is_time("STARTTLS"):
            self.server.left -= 1
            self.send(USUAL["STARTTLS"] + INJECTED)
        elif not self.at("STARTTLS"):
            return
        self.at("TLS")
        self.server.holds.discard(self.connection)
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.secured = True
        self.server.holds.add(self.connection)
        self.lines = self.connection.makefile("rb")

    def auth(self, _line):
        self.at("AUTH")

    def mail(self, _line):
        self.has_sender, self.recipients = self.at("MAIL"), 0

    def rcpt(self, line):
        if not self.has_sender:
            self.send(b"503 5.5.1 whose mail?\r\n")
        elif NOBODY in line:
            self.send(b"550 5.1.1 no such user\r\n")
        elif self.at("RCPT"):
            self.recipients += 1

    def data(self, _line):
        if self.recipients == 0:
            self.send(b"554 5.5.1 for whom?\r\n")
            return
        if not self.at("DATA"):
            return
        if self.is_time("CONTENT"):
            self.lines.read(10_000)
            self.at("CONTENT")
            raise End
        content = []
        while (line := self.lines.readline()) != b".\r\n":
            if not line:
                raise End
            content.append(line)
        self.server.mails.append(b"".join(content))
        if not self.is_time("IDLE"):
            self.at("DOT")
            return
        self.unsent = USUAL["DOT"]
        self.at("IDLE")

    def rset(self, _line):
        self.at("RSET")

    def quit(self, _line):
        self.at("QUIT")
        raise End
