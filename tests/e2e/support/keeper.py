"""Keeper: aiosmtpd, which keeps what it takes in memory: STARTTLS or implicit TLS, a login by PLAIN, LOGIN or XOAUTH2."""

import base64
import contextlib
import logging
import ssl
import threading
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from . import PATIENCE
from .port import HeldPort

logging.getLogger("mail.log").setLevel(logging.ERROR)  # it warns of what the tests are about
warnings.filterwarnings("ignore", module="aiosmtpd")
warnings.filterwarnings("ignore", message=".*TLSVersion.TLSv1", category=DeprecationWarning)


def server_context(certificate, newest=None):
    """newest: the newest version of TLS that is spoken, a server of long ago."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    if newest:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, newest
    return context


class Kept:
    """A mail as it came; content has LF line ends."""

    def __init__(self, envelope, session, is_wrapped):
        self.sender, self.recipients = envelope.mail_from, envelope.rcpt_tos
        self.mail_options, self.rcpt_options = envelope.mail_options, envelope.rcpt_options
        self.content = envelope.content.replace(b"\r\n", b"\n")
        self.peer, self.login = session.peer, session.auth_data
        self.secured = session.ssl is not None or is_wrapped


class Keeper:
    """with Keeper(ca.good) as relay: relay.port (STARTTLS), relay.tls_port, relay.user, relay.password, relay.token,
    relay.wait(1). logins: the mechanisms that were tried, each with whether it was let in."""

    user, password, token = "app@mail.test", "correct horse", "ya29.token"
    mechanisms = ("LOGIN", "PLAIN", "XOAUTH2")

    def __init__(self, certificate=None, **options):
        self.certificate = certificate
        self.options = {"hostname": "127.0.0.1", "enable_SMTPUTF8": True} | options
        self.logins, self._mails = [], []
        self._more = threading.Condition()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.port = stack.enter_context(HeldPort()).number
            self.tls_port = stack.enter_context(HeldPort()).number
            if self.certificate is None:
                doors = [Controller(self, port=self.port, **self.options)]
            else:
                login = {"authenticator": self._authenticate, "auth_required": True, **self.options,
                         "auth_exclude_mechanism": [name for name in ("LOGIN", "PLAIN") if name not in self.mechanisms]}
                context = server_context(self.certificate)
                doors = [Controller(self, port=self.port, tls_context=context, require_starttls=True, **login),
                         Controller(self, port=self.tls_port, ssl_context=context, auth_require_tls=False, **login)]
            for door in doors:
                door.start()
                stack.callback(door.stop)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def wait(self, count):
        with self._more:
            if not self._more.wait_for(lambda: len(self._mails) >= count, PATIENCE):
                raise TimeoutError(f"{len(self._mails)} of {count} mails came")
            return list(self._mails)

    def _authenticate(self, _server, _session, _envelope, mechanism, login):
        right = (isinstance(login, LoginPassword) and login.login.decode() == self.user and
                 login.password.decode() == self.password)
        return self._judged(mechanism, right)

    def _judged(self, mechanism, right):
        self.logins.append((mechanism, right))
        return AuthResult(success=right, handled=False, auth_data=self.user)

    async def auth_XOAUTH2(self, server, args):
        """Google's and Microsoft's: a refused token gets a challenge, then 535."""
        given = args[1] if len(args) > 1 else await server.challenge_auth("", encode_to_b64=False)
        words = base64.b64decode(given) if isinstance(given, str) else given
        result = self._judged("XOAUTH2", words == f"user={self.user}\1auth=Bearer {self.token}\1\1".encode())
        if not result.success:
            await server.challenge_auth('{"status":"401"}')
        return result

    async def handle_DATA(self, server, session, envelope):
        with self._more:
            self._mails.append(Kept(envelope, session, server.transport.get_extra_info("sslcontext") is not None))
            self._more.notify_all()
        return "250 2.0.0 kept"
