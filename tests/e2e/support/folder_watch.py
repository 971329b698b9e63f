"""FolderWatch: waits, without looking again and again, until files have gone out of a folder (inotify)."""

import ctypes
import os
import select
import struct

from . import PATIENCE

LIBC = ctypes.CDLL(None, use_errno=True)
MOVED_FROM, DELETE = 0x40, 0x200
HEAD = struct.Struct("iIII")


class FolderWatch:
    """Begins to watch at once: what goes from here on counts."""

    def __init__(self, folder):
        self.folder = folder
        self.descriptor = LIBC.inotify_init1(os.O_CLOEXEC)
        if LIBC.inotify_add_watch(self.descriptor, os.fsencode(folder), MOVED_FROM | DELETE) < 0:
            raise OSError(ctypes.get_errno(), f"cannot watch {folder}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.descriptor)

    def names(self):
        return [name for name in os.listdir(self.folder) if not name.startswith(".")]

    def wait_empty(self):
        """Hidden files apart."""
        while self.names():
            if not select.select([self.descriptor], [], [], PATIENCE)[0]:
                raise TimeoutError(f"in {self.folder} there is still {self.names()[:5]}")
            os.read(self.descriptor, 65536)
