"""HTTP/1.1 byte by byte, written from RFC 9112: shares no code with jobd, nor with a library that would only send what
is right. What it receives must be right to the letter."""

import json
import re
import socket

from . import PATIENCE

TOKEN, VISIBLE = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+", rb"[\x21-\x7e\x80-\xff]"
HEAD_LINE = re.compile(TOKEN.join([b"(", b"):"]) + rb"[ \t]*(%b(?:[ \t]*%b)*)?[ \t]*" % (VISIBLE, VISIBLE))
WITHOUT_BODY = (204, 304)


class Response:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    def __repr__(self):
        return f"{self.status} {self.fields} {self.body[:500]!r}"

    def header(self, name):
        """Its value, None without one. That there are two is never right."""
        found = [value for key, value in self.fields if key.lower() == name.lower()]
        if len(found) > 1:
            raise AssertionError(f"{name} stands twice in {self.fields}")
        return found[0] if found else None

    def json(self):
        return json.loads(self.body)

    def lines(self):
        """Of application/x-ndjson."""
        return [json.loads(line) for line in self.body.splitlines()]

    @property
    def closes(self):
        return self.header("Connection") == "close"


def request(method, target, fields=(), body=None, version="HTTP/1.1"):
    """The bytes of a request, its fields as they are told and a Content-Length where there is a body."""
    lines = [f"{method} {target} {version}", *(f"{name}: {value}" for name, value in fields)]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + (body or b"")


def chunked(*chunks):
    """A body in these chunks, none of them empty, and the last."""
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))


class HttpClient:
    """One connection, to a socket's path or to a (host, port). send() and receive() for pipelining and for what is no
    HTTP, ask() for one question and its answer."""

    def __init__(self, address):
        is_path = isinstance(address, str)
        self.host = "localhost" if is_path else f"{address[0]}:{address[1]}"
        self.socket = socket.socket(socket.AF_UNIX if is_path else socket.AF_INET, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(address)
        self.reader = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.reader.close()
        self.socket.close()

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def send_bytes(self, data):
        self.socket.sendall(data)

    def send(self, method, target, body=None, fields=(), version="HTTP/1.1"):
        """body: bytes, a text, or what becomes JSON; its type then is application/json."""
        fields = list(fields.items() if isinstance(fields, dict) else fields)
        if not any(name.lower() == "host" for name, _ in fields):
            fields.insert(0, ("Host", self.host))
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body, ensure_ascii=False)
            if not any(name.lower() == "content-type" for name, _ in fields):
                fields.append(("Content-Type", "application/json"))
        self.send_bytes(request(method, target, fields, body.encode() if isinstance(body, str) else body, version))

    def receive(self, method="GET"):
        """The next response, a 1xx too; None when the connection was closed. method: of the request it is to."""
        head = self.receive_head()
        if head is None:
            return None
        if head.status < 200 or head.status in WITHOUT_BODY or method == "HEAD":
            return head
        if head.header("Transfer-Encoding") == "chunked":
            head.body = b"".join(self.chunks())
        elif head.header("Content-Length") is not None:
            head.body = self.exactly(int(head.header("Content-Length")))
        else:
            head.body = self.reader.read()
        return head

    def receive_head(self):
        line = self.reader.readline()
        if not line:
            return None
        found = re.fullmatch(rb"HTTP/1\.1 ([1-5]\d\d) [\t -~]*\r\n", line)
        if not found:
            raise AssertionError(f"no status line: {line!r}")
        fields = []
        while (line := self.reader.readline()) != b"\r\n":
            field = HEAD_LINE.fullmatch(line.removesuffix(b"\r\n")) if line.endswith(b"\r\n") else None
            if not field:
                raise AssertionError(f"no header field: {line!r}")
            fields.append((field[1].decode(), (field[2] or b"").decode()))
        return Response(int(found[1]), fields, b"")

    def chunks(self):
        """Each chunk's bytes as it comes, to the last."""
        while True:
            line = self.reader.readline()
            if not re.fullmatch(rb"[0-9A-Fa-f]+\r\n", line):
                raise AssertionError(f"no chunk: {line!r}")
            size = int(line, 16)
            data = self.exactly(size)
            if self.exactly(2) != b"\r\n":
                raise AssertionError("a chunk does not end where it says")
            if size == 0:
                return
            yield data

    def exactly(self, count):
        data = self.reader.read(count)
        if len(data) != count:
            raise AssertionError(f"the connection ended after {len(data)} of {count} bytes")
        return data

    def ask(self, method, target, body=None, fields=()):
        self.send(method, target, body, fields)
        response = self.receive(method)
        if response is None:
            raise ConnectionError("jobd closed the connection")
        return response

    def submit(self, to="user@example.com", **params):
        """The job."""
        response = self.ask("POST", "/jobs/email", {"to": to, "subject": "Hello", "body": "Test email", **params})
        if response.status not in (200, 202):
            raise AssertionError(f"refused: {response}")
        return response.json()

    def events(self, target="/events", fields=()):
        """Server-sent events (WHATWG HTML 9.2) as dictionaries of their fields, until jobd ends the response."""
        self.send("GET", target, fields={"Accept": "text/event-stream", **dict(fields)})
        head = self.receive_head()
        if head.status != 200 or head.header("Content-Type") != "text/event-stream":
            raise AssertionError(f"no stream of events: {head}")
        return self._events()

    def _events(self):
        text = b""
        for chunk in self.chunks():
            text += chunk
            while b"\n\n" in text:
                block, _, text = text.partition(b"\n\n")
                event = dict(line.split(": ", 1) for line in block.decode().split("\n") if not line.startswith(":"))
                if event:
                    yield event
        if text:
            raise AssertionError(f"the stream ends within an event: {text!r}")
