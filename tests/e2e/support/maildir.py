"""Maildir: where the servers that others wrote put what they took, so that a test can read what became of a mail."""

import ctypes
import os
import re
import select

from . import PATIENCE

IN_CREATE, IN_MOVED_TO = 0x100, 0x80
TRACE = re.compile(rb"\A(?:(?!Received:)[^\n]+\n)*Received:[^\n]*\n(?:[ \t][^\n]*\n)*")


class Delivered:
    """One mail to one recipient: the server's own header lines (trace), and what it was given (content, LF line ends)."""

    def __init__(self, text):
        self.trace, self.content = text[:TRACE.match(text).end()].decode(), text[TRACE.match(text).end():]

    def traced(self, field):
        found = re.search(rf"^{field}: *<?([^<>\n]*)>?$", self.trace, re.I | re.M)
        return found[1] if found else None

    @property
    def sender(self):
        return self.traced("Return-Path")

    @property
    def recipient(self):
        return self.traced("Delivered-To") or self.traced("Envelope-To")

    @property
    def received(self):
        """How it came: "... with ESMTPSA id ...", on one line."""
        return " ".join(self.trace[self.trace.index("Received:"):].split())


class Maildir:
    """The folder is made by its user. wait() reads."""

    def __init__(self, folder):
        self.folder = folder
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._watch = self._libc.inotify_init1(os.O_CLOEXEC)
        (folder / "new").mkdir(parents=True)
        if self._libc.inotify_add_watch(self._watch, bytes(folder / "new"), IN_CREATE | IN_MOVED_TO) < 0:
            raise OSError(ctypes.get_errno(), "inotify_add_watch")

    def close(self):
        os.close(self._watch)

    def wait(self, count):
        """The mails once there are so many, in the order of their names."""
        while len(paths := sorted((self.folder / "new").iterdir())) < count:
            if not select.select([self._watch], [], [], PATIENCE)[0]:
                raise TimeoutError(f"{len(paths)} of {count} mails came")
            os.read(self._watch, 65536)
        return [Delivered(path.read_bytes()) for path in paths]
