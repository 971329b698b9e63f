"""Terminal: a program on a terminal of its own, as a person would use it."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios

from . import PATIENCE


class Terminal:
    """with Terminal(["bash"], columns=80) as t: t.type("ls\\t"); t.wait_for(r"...") - ended by a kill."""

    def __init__(self, command, columns=80, rows=24, env=None):
        self.shown = ""
        self._looked_at = 0
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        try:
            self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env,
                                            start_new_session=True,
                                            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        finally:
            os.close(slave)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(PATIENCE)
        os.close(self._master)

    def type(self, text):
        os.write(self._master, text.encode())

    def wait_for(self, pattern):
        """The match, in what was shown since the last one."""
        while not (found := re.compile(pattern, re.S).search(self.shown, self._looked_at)):
            if not self._read():
                raise AssertionError(f"{pattern!r} did not come: {self.shown[self._looked_at:]!r}")
        self._looked_at = found.end()
        return found

    def all(self):
        """What the program showed until its end."""
        while self._read():
            pass
        self.process.wait(PATIENCE)
        return self.shown.replace("\r\n", "\n")

    def _read(self):
        readable, _, _ = select.select([self._master], [], [], PATIENCE)
        if not readable:
            raise TimeoutError(f"nothing more is shown after {self.shown[-500:]!r}")
        try:
            data = os.read(self._master, 65536)
        except OSError:  # EIO: the last that had the terminal open has closed it
            return False
        self.shown += data.decode("utf-8", "replace")
        return bool(data)
