"""The same question through every door: a request of the line protocol, and what it is in HTTP by jobd-protocol(7), HTTP.

The table and the rules beneath it are the only translation. What an answer becomes is as simple: a problem's detail is
the error's message, its type, title and status are HTTP's own.
"""

import contextlib
import json
import urllib.parse

from .client import Client
from .http import HttpClient

# op -> method, path, and where the parameters go that the path has no place for.
ROUTES = {
    "submit_email": ("POST", "/jobs/email", "body"),
    "submit_emails": ("POST", "/jobs/email/batch", "body"),
    "get_job": ("GET", "/jobs/{id}", "query"),
    "list_jobs": ("GET", "/jobs", "query"),
    "cancel_job": ("POST", "/jobs/{id}/cancel", "body"),
    "retry_job": ("POST", "/jobs/{id}/retry", "body"),
    "cancel_jobs": ("POST", "/jobs/cancel", "body"),
    "retry_jobs": ("POST", "/jobs/retry", "body"),
    "delete_job": ("DELETE", "/jobs/{id}", "query"),
    "watch": ("GET", "/events", "query"),
    "stats": ("GET", "/stats", "query"),
    "pause": ("POST", "/queue/pause", "body"),
    "resume": ("POST", "/queue/resume", "body"),
    "ping": ("GET", "/healthz", "query"),
    "ready": ("GET", "/readyz", "query"),
    "probe_relay": ("POST", "/relays/probe", "body"),
}
NUMBERS = ("limit", "after")  # what a query gives as a number


class Unsayable(Exception):
    """HTTP has no way to ask this: in a path or a query every value is a text, and a path names an id."""


def query_text(name, value):
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(value, str) and not (name in NUMBERS and value.lstrip("-").isdigit()):
        return value
    if is_number and name in NUMBERS:
        return str(value)
    raise Unsayable(f"{name} is {value!r}")


def http_request(op, params):
    """(method, target, body or None) of the request."""
    if op not in ROUTES:
        raise Unsayable(op)
    method, path, place = ROUTES[op]
    params = dict(params or {})
    if "{id}" in path:
        value = query_text("id", params.pop("id", None))
        if not value:
            raise Unsayable("an empty id")
        path = path.replace("{id}", urllib.parse.quote(value, safe=""))
    if place == "body":
        return method, path, params if params or op.startswith("submit") else None
    query = urllib.parse.urlencode({name: query_text(name, value) for name, value in params.items()})
    return method, f"{path}?{query}" if query else path, None


def as_reply(response):
    """An answer of HTTP as the line protocol gives it."""
    body = response.json() if response.body else None
    if response.status < 400:
        return {"status": response.status, "result": body}
    if response.header("Content-Type") != "application/problem+json":
        raise AssertionError(f"an error that is no problem: {response}")
    if (body.pop("type"), body.pop("status")) != ("about:blank", response.status) or not body.pop("title"):
        raise AssertionError(f"a problem that is none: {response}")
    error = {"code": body.pop("code"), "message": body.pop("detail"), **body}
    return {"status": response.status, "error": error}


class LineDoor:
    name = "lines"

    def __init__(self, daemon):
        self.client = Client(daemon.socket_path)

    def ask(self, op, params=None):
        return self.client.ask(op, **(params or {}))

    def ask_text(self, op, text):
        """Its parameters as the bytes of their JSON."""
        self.client.send_bytes(b'{"op":"%s","params":%s}\n' % (op.encode(), text))
        return self.client.receive()

    def close(self):
        self.client.close()


class HttpDoor:
    def __init__(self, name, address):
        self.name = name
        self.client = HttpClient(address)

    def ask(self, op, params=None):
        method, target, body = http_request(op, params)
        return as_reply(self.client.ask(method, target, body))

    def ask_text(self, op, text):
        method, path, _ = ROUTES[op]
        return as_reply(self.client.ask(method, path, text, {"Content-Type": "application/json"}))

    def close(self):
        self.client.close()


@contextlib.contextmanager
def doors(daemon):
    """All of a daemon that listens on TCP too."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(contextlib.closing(door)) for door in (
            LineDoor(daemon), HttpDoor("http on the socket", daemon.socket_path),
            HttpDoor("http on tcp", daemon.http_address))]


def dumped(params):
    return json.dumps(params, ensure_ascii=False).encode()
