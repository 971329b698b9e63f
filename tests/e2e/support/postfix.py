"""Postfix as the relay of a company: STARTTLS and implicit TLS, a login (Cyrus SASL), mails to a Maildir.

It is started with a configuration and a queue of its own; what is installed is not touched and no service comes up. Its
master needs root, by sudo where the tests have another user.
"""

import functools
import os
import pathlib
import subprocess
import tempfile

from . import PATIENCE
from .maildir import Maildir
from .port import HeldPort
from .sink import wait_listening

DAEMONS = "/usr/lib/postfix/sbin"
MAIN = {
    "compatibility_level": "3.6", "myhostname": "mail.test", "mydestination": "", "mynetworks": "127.0.0.2",
    "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4", "smtpd_peername_lookup": "no", "alias_maps": "",
    "daemon_directory": DAEMONS, "maillog_file": "/dev/stdout", "bounce_size_limit": "1000",
    # who has logged in, and nobody else
    "smtpd_sasl_auth_enable": "yes", "smtpd_tls_auth_only": "yes", "smtpd_sasl_authenticated_header": "yes",
    "smtpd_relay_restrictions": "permit_sasl_authenticated, reject", "smtpd_sasl_local_domain": "mail.test",
    "smtpd_tls_security_level": "may", "smtpd_tls_received_header": "yes", "smtpd_tls_loglevel": "1",
    "tls_random_source": "dev:/dev/urandom",
    # every domain's mail to one folder
    "virtual_mailbox_domains": "regexp:{config}/every_domain", "virtual_mailbox_maps": "static:box/",
    "virtual_mailbox_base": "{folder}", "virtual_uid_maps": "static:65534", "virtual_gid_maps": "static:65534",
}
# "service type private unpriv chroot wakeup maxproc command"
MASTER = """
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
"""
SASL = "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\nsasldb_path: {folder}/passwords\n"
QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "trace", "saved")


class Postfix:
    """with Postfix(ca.good) as relay: relay.port (STARTTLS), relay.tls_port, relay.user, relay.password, relay.wait(1)."""

    user, password = "app@mail.test", "correct horse"

    def __init__(self, certificate, **settings):
        self.settings = MAIN | {"smtpd_tls_cert_file": certificate.chain, "smtpd_tls_key_file": certificate.key} | settings

    def __enter__(self):
        as_root()  # first, that nothing is left where it says no
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postfix-", dir="/tmp"))
        self.folder.chmod(0o755)
        self._ports = [HeldPort(), HeldPort()]
        self.port, self.tls_port = (port.number for port in self._ports)
        self.process = None
        try:
            self.box = Maildir(self.folder / "box")
            self._make()
            words = [*as_root(), f"{DAEMONS}/master", "-s", "-c", str(self.folder / "config")]
            with open(self.folder / "log", "ab") as log:
                self.process = subprocess.Popen(words, env=self._environment(), stdin=subprocess.DEVNULL, stdout=log,
                                                stderr=log)
            wait_listening(self.port, self.process)
        except BaseException:
            self.__exit__(AssertionError)
            raise
        return self

    def __exit__(self, kind, *_):
        if self.process:
            self.process.terminate()  # the master ends its children
            self.process.wait(PATIENCE)
        if kind is not None:
            print(f"--- log of Postfix\n{self.log()[-4000:]}\n---")
        self.box.close()
        for port in self._ports:
            port.close()
        subprocess.run([*as_root(), "rm", "-rf", str(self.folder)], check=True)

    def wait(self, count):
        return self.box.wait(count)

    def log(self):
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""

    def _environment(self):
        return dict(os.environ, MAIL_CONFIG=str(self.folder / "config"), PATH=f"{os.environ['PATH']}:/usr/sbin")

    def _make(self):
        config, spool = self.folder / "config", self.folder / "spool"
        (config / "sasl").mkdir(parents=True)
        settings = self.settings | {"queue_directory": str(spool), "data_directory": str(self.folder / "data")}
        places = {"config": config, "folder": self.folder}
        (config / "main.cf").write_text("".join(f"{key} = {value.format(**places)}\n" for key, value in settings.items()))
        doors = (f"127.0.0.1:{self.port} inet n - n - - smtpd\n"
                 f"127.0.0.1:{self.tls_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n")
        (config / "master.cf").write_text(MASTER + doors)
        (config / "every_domain").write_text("/./ all\n")
        (config / "sasl" / "smtpd.conf").write_text(SASL.format(**places))
        name, _, realm = self.user.partition("@")
        subprocess.run(["saslpasswd2", "-p", "-c", "-f", str(self.folder / "passwords"), "-u", realm, name],
                       input=self.password, text=True, check=True, env=self._environment())
        spool.mkdir()
        for name in QUEUES:
            (spool / name).mkdir(mode=0o700)
        for name in ("maildrop", "public", "pid"):
            (spool / name).mkdir()
        (self.folder / "data").mkdir()
        owned = [spool / name for name in (*QUEUES, "maildrop", "public")]
        owned += [self.folder / "data", self.folder / "passwords"]
        subprocess.run([*as_root(), "chown", "-R", "postfix", *owned], check=True)
        subprocess.run([*as_root(), "chgrp", "postdrop", spool / "maildrop", spool / "public"], check=True)
        subprocess.run([*as_root(), "chown", "-R", "nobody:nogroup", self.box.folder], check=True)


@functools.cache
def as_root():
    """What stands before a command for root to run it."""
    if os.geteuid() == 0:
        return []
    words = ["sudo", "-n", "--preserve-env=MAIL_CONFIG,PATH"]
    try:
        subprocess.run([*words, "true"], capture_output=True, text=True, check=True)
        return words
    except FileNotFoundError:
        why = "there is no sudo"
    except subprocess.CalledProcessError as error:
        why = error.stderr.strip() or f"sudo -n true ends with {error.returncode}"
    raise AssertionError(f"Postfix's master needs root: {why}; run the tests as root, or as a user whom sudo lets run "
                         "any command without a password")
