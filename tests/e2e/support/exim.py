"""Exim, whose TLS is GnuTLS: STARTTLS and implicit TLS, a login by PLAIN, LOGIN or XOAUTH2, mails to a Maildir.

As a package it excludes Postfix, so tests/packages unpacks it into the build folder. There is no user Debian-exim then, which
it insists on: nss_wrapper shows it one. It runs as nobody, needs no root and no service.
"""

import contextlib
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile

from . import PATIENCE, ROOT
from .maildir import Maildir
from .port import HeldPort
from .sink import wait_listening

PROGRAM = ROOT / "build" / "unpacked" / "exim4-daemon-light" / "usr" / "sbin" / "exim4"
CONFIG = r"""
exim_path = {program}
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
pid_file_path = {folder}/pid
primary_hostname = mail.test
daemon_smtp_ports = {port} : {tls_port}
tls_on_connect_ports = {tls_port}
local_interfaces = 127.0.0.1
disable_ipv6 = true
host_lookup =
rfc1413_query_timeout = 0s
keep_environment = LD_PRELOAD : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP
never_users =
deliver_drop_privilege = true
smtp_accept_max_per_connection = 0
smtp_accept_queue_per_connection = 0
tls_advertise_hosts = *
tls_certificate = {certificate.chain}
tls_privatekey = {certificate.key}
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
pipelining_connect_advertise_hosts = *
chunking_advertise_hosts = *
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  accept authenticated = *
  deny message = log in first
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = {folder}/box
  maildir_format
  return_path_add
  envelope_to_add
  user = {user}
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_set_id = $auth2
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{login}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
login:
  driver = plaintext
  public_name = LOGIN
  server_set_id = $auth1
  server_prompts = Username:: : Password::
  server_condition = ${{if and{{{{eq{{$auth1}}{{{login}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
xoauth2:
  driver = plaintext
  public_name = XOAUTH2
  server_set_id = {login}
  server_condition = ${{if eq{{$auth1}}{{user={login}\001auth=Bearer {token}\001\001}}}}
"""
# The accounts that Exim looks up by name.
PASSWD = "root:x:0:0::/:/bin/sh\nDebian-exim:x:{uid}:{gid}::/:/bin/false\n{user}:x:{uid}:{gid}::/:/bin/false\n"
GROUP = "root:x:0:\nDebian-exim:x:{gid}:\nmail:x:8:\nnogroup:x:{gid}:\n"


class Exim:
    """with Exim(ca.good) as relay: relay.port (STARTTLS), relay.tls_port, relay.user, relay.password, relay.wait(1)."""

    user, password, token = "app@mail.test", "correct horse", "ya29.token"

    def __init__(self, certificate):
        self.certificate = certificate

    def __enter__(self):
        if not PROGRAM.exists():
            raise AssertionError(f"there is no {PROGRAM}; `tests/packages tests` unpacks it")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="exim-", dir="/tmp"))
        self._ports = [HeldPort(), HeldPort()]
        self.port, self.tls_port = (port.number for port in self._ports)
        self.process = None
        self.box = Maildir(self.folder / "box")
        try:
            self._make()
            as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
            words = [*as_nobody, str(self.folder / "exim4"), "-C", str(self.folder / "config"), "-bdf"]
            self._alive, held = (open(end, mode) for end, mode in zip(os.pipe(), ("rb", "wb")))
            with held, open(self.folder / "outputlog", "ab") as log:
                self.process = subprocess.Popen(words, env=self._environment(), stdin=subprocess.DEVNULL, stdout=log,
                                                stderr=log, start_new_session=True, pass_fds=[held.fileno()])
            wait_listening(self.port, self.process)
        except BaseException:
            self.__exit__(AssertionError)
            raise
        return self

    def __exit__(self, kind, *_):
        if self.process:
            self._terminate()
            self.process.wait(PATIENCE)
            self._await_sessions()
        if kind is not None:
            print(f"--- logs of Exim\n{self.log()[-4000:]}\n---")
        self.box.close()
        for port in self._ports:
            port.close()
        shutil.rmtree(self.folder)

    def _terminate(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)  # its sessions too

    def _await_sessions(self):
        """Those still log that they end, and make the folder anew for it. All of them hold the pipe, which then ends.

        A session looks whether it was told to end when its read of a command is interrupted: told a moment before
        it reads, it would wait for its client. So it is told again.
        """
        for _ in range(5 * int(PATIENCE)):
            if select.select([self._alive], [], [], 0.2)[0]:
                return self._alive.close()
            self._terminate()
        raise TimeoutError("sessions of Exim do not end")

    def wait(self, count):
        return self.box.wait(count)

    def log(self):
        return "".join(path.read_text() for path in sorted(self.folder.glob("*log")))

    def _environment(self):
        return dict(os.environ, LD_PRELOAD="libnss_wrapper.so", NSS_WRAPPER_PASSWD=str(self.folder / "passwd"),
                    NSS_WRAPPER_GROUP=str(self.folder / "group"))

    def _make(self):
        uid, gid = (65534, 65534) if os.geteuid() == 0 else (os.getuid(), os.getgid())
        program = self.folder / "exim4"
        shutil.copyfile(PROGRAM, program)  # where nobody may run it
        program.chmod(0o755)
        account = {"user": "nobody", "uid": uid, "gid": gid}
        (self.folder / "passwd").write_text(PASSWD.format(**account))
        (self.folder / "group").write_text(GROUP.format(**account))
        (self.folder / "config").write_text(CONFIG.format(
            program=program, folder=self.folder, port=self.port, tls_port=self.tls_port, certificate=self.certificate,
            user="nobody", login=self.user, password=self.password, token=self.token))
        self.folder.chmod(0o755)
        if os.geteuid() == 0:
            for path in (self.folder, self.box.folder, self.box.folder / "new"):
                os.chown(path, uid, gid)
            os.chown(self.folder / "config", 0, 0)
