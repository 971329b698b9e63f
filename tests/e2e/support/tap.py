"""Tap: stands between jobd and a server and writes down the bytes of either side, as who listens on the wire sees them."""

import contextlib
import socket
import threading

from . import PATIENCE
from .port import HeldPort


class Tap:
    """with Tap(server.port) as tap: tap.port; then tap.sessions, each with ours (bytes to the server), theirs, and
    pieces: what went over in one read each, as (from_server, bytes)."""

    def __init__(self, port):
        self.server_port = port
        self.sessions = []
        self._threads = []
        self._sockets = []

    def __enter__(self):
        self._held = HeldPort()
        self.port = self._held.number
        self._listener = self._held.listen()
        self._spawn(self._accept)
        return self

    def __exit__(self, *_):
        self.shut()
        for thread in self._threads:
            thread.join(PATIENCE)
        for each in self._sockets:
            each.close()
        self._held.close()

    def shut(self):
        for each in [self._listener, *self._sockets]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def ours(self):
        return b"".join(session.ours for session in self.sessions)

    def _spawn(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self.server_port), PATIENCE)
                server.settimeout(None)
                for each in (client, server):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets += [client, server]
                session = Session()
                self.sessions.append(session)
                self._spawn(self._pump, client, server, session, False)
                self._spawn(self._pump, server, client, session, True)

    @staticmethod
    def _pump(source, target, session, from_server):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                session.pieces.append((from_server, data))
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


class Session:
    def __init__(self):
        self.pieces = []

    @property
    def ours(self):
        return b"".join(data for from_server, data in self.pieces if not from_server)

    @property
    def theirs(self):
        return b"".join(data for from_server, data in self.pieces if from_server)
