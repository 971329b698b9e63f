"""npm's smtp-server, which keeps what it takes: STARTTLS and implicit TLS, a login by PLAIN, LOGIN or XOAUTH2, SIZE."""

import base64
import json
import subprocess
import threading

from . import PATIENCE, npm


class Kept:
    """A mail as it came; content has LF line ends."""

    def __init__(self, told):
        self.sender, self.recipients, self.options = told["sender"], told["recipients"], told["options"]
        self.login, self.secured = told["login"], told["secured"]
        self.content = base64.b64decode(told["content"]).replace(b"\r\n", b"\n")


class NodeSmtp:
    """with NodeSmtp(ca.good) as relay: relay.port (STARTTLS), relay.tls_port, relay.user, relay.password, relay.token,
    relay.wait(1). logins: the mechanisms that were tried, each with whether it was let in."""

    user, password, token = "app@mail.test", "correct horse", "ya29.token"

    def __init__(self, certificate, size=1_000_000):
        self.settings = {"cert": certificate.chain, "key": certificate.key, "size": size, "user": self.user,
                         "password": self.password, "token": self.token}
        self.logins, self._mails = [], []
        self._more = threading.Condition()

    def __enter__(self):
        npm.install()
        self.process = subprocess.Popen(["node", "smtp_server.mjs", json.dumps(self.settings)], cwd=npm.FOLDER,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        ports = self.process.stdout.readline()
        if not ports:
            raise AssertionError("smtp-server ended at its start")
        self.port, self.tls_port = json.loads(ports).values()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self._reader.join(PATIENCE)
        self.process.stdout.close()
        self.process.wait(PATIENCE)

    def wait(self, count):
        with self._more:
            if not self._more.wait_for(lambda: len(self._mails) >= count, PATIENCE):
                raise TimeoutError(f"{len(self._mails)} of {count} mails came")
            return list(self._mails)

    def _read(self):
        for line in self.process.stdout:
            told = json.loads(line)
            with self._more:
                if "right" in told:
                    self.logins.append((told["login"], told["right"]))
                else:
                    self._mails.append(Kept(told))
                self._more.notify_all()
