"""openssl's own server, TLS from the first byte: says a greeting to whoever comes through, and tells all that it is sent."""

import subprocess
import tempfile

from . import PATIENCE
from .port import HeldPort
from .sink import wait_listening


class TlsServer:
    """with TlsServer(ca.expired) as server: server.port; then server.heard(): what came through TLS."""

    def __init__(self, certificate, *options):
        self.words = ["-cert", certificate.chain, "-key", certificate.key, "-quiet", "-no_ticket", *options]

    def __enter__(self):
        self._held = HeldPort()
        self.port = self._held.number
        self._output = tempfile.TemporaryFile()
        self.process = subprocess.Popen(["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", *self.words],
                                        stdin=subprocess.PIPE, stdout=self._output, stderr=subprocess.PIPE)
        wait_listening(self.port, self.process)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)
        self._output.close()
        self._held.close()

    def heard(self):
        self._output.seek(0)
        return self._output.read()
