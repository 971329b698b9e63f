"""Certificates of a test's own authority, made by the openssl program in a temporary folder: one that is good, and one for
each way of being none."""

import dataclasses
import pathlib
import shutil
import subprocess
import tempfile

from . import PATIENCE

GOOD_NAMES = "DNS:localhost,DNS:mail.test,IP:127.0.0.1"
NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
LEAF = ["-addext", "basicConstraints=critical,CA:FALSE"]


@dataclasses.dataclass
class Certificate:
    chain: str  # PEM
    key: str


class Authority:
    """with Authority() as ca: ca.file is its root; ca.good names localhost, mail.test and 127.0.0.1; ca.self_signed the same
    but signs itself; ca.expired ended yesterday; ca.wrong_name is another host's."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ca-", dir="/tmp"))
        self.folder.chmod(0o755)  # servers read it as users of their own
        self.file = str(self.folder / "ca.pem")
        self._openssl("req", "-x509", *NEW_KEY, "-subj", "/CN=Authority of the tests", "-days", "2", "-addext",
                      "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign",
                      "-keyout", "ca.key", "-out", "ca.pem")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key")
        self.good = self._certificate("good", GOOD_NAMES, *signed)
        self.wrong_name = self._certificate("wrong_name", "DNS:other.test", *signed)
        self.self_signed = self._certificate("self_signed", GOOD_NAMES)
        self.expired = self._expired()
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def secret(self, name, text):
        """A file of that name that only we may read; gives its path."""
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def _certificate(self, name, names, *signed):
        made = self._place(name)
        self._openssl("req", "-x509", *NEW_KEY, *signed, *LEAF, "-subj", "/CN=mail.test", "-days", "2", "-addext",
                      f"subjectAltName={names}", "-keyout", made.key, "-out", made.chain)
        pathlib.Path(made.key).chmod(0o644)
        return made

    def _expired(self):
        made = self._place("expired")
        self._openssl("req", *NEW_KEY, "-subj", "/CN=mail.test", "-addext", f"subjectAltName={GOOD_NAMES}",
                      "-keyout", made.key, "-out", "expired.csr")
        self._openssl("x509", "-req", "-in", "expired.csr", "-copy_extensions", "copy", "-CA", "ca.pem",
                      "-CAkey", "ca.key", "-days", "-1", "-out", made.chain)
        return made

    def _place(self, name):
        return Certificate(str(self.folder / f"{name}.pem"), str(self.folder / f"{name}.key"))

    def _openssl(self, *words):
        done = subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE,
                              check=False)
        if done.returncode != 0:
            raise AssertionError(f"openssl {' '.join(words)}: {done.stderr}")
