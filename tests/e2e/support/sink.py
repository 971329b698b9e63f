"""A server that others wrote: Postfix's smtp-sink."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

from . import PATIENCE
from .port import HeldPort


@contextlib.contextmanager
def smtp_sink(*options):
    """Gives (port, folder): smtp-sink writes each message to a file of its own there."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sink-", dir="/tmp"))
    folder.chmod(0o777)
    try:
        with bare_sink("-d", "mail.", *options, folder=folder) as port:
            yield port, folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def bare_sink(*options, folder=None):
    """Gives the port of an smtp-sink that throws away what it takes."""
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    program = shutil.which("smtp-sink", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))
    process = None
    with HeldPort() as port:
        try:
            words = [program, *user, *options, f"127.0.0.1:{port.number}", "100"]
            process = subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE)
            wait_listening(port.number, process)
            yield port.number
        finally:
            if process:
                process.kill()
                process.communicate(timeout=PATIENCE)


def wait_listening(port, process):
    """A connection that is taken says that it listens; until then each refusal comes at once."""
    while process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
            return
    said = process.stderr.read().decode() if process.stderr else "see its log"
    raise AssertionError(f"the server ended: {said}")
