"""A client of the socket protocol that shares no code with jobd: written from jobd-protocol(7)."""

import json
import socket

from . import PATIENCE


class Refused(Exception):
    """A reply with an error."""

    def __init__(self, reply):
        super().__init__(json.dumps(reply))
        self.reply = reply
        self.status = reply["status"]
        self.error = reply["error"]
        self.code = reply["error"]["code"]
        self.field = reply["error"].get("field")


class Client:
    """One connection. send() and receive() for pipelining, call() for one question and its answer."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(path)
        self.reader = self.socket.makefile("rb")
        self.asked = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.reader.close()
        self.socket.close()

    def send_bytes(self, data):
        self.socket.sendall(data)

    def send(self, op, params=None, request_id=None):
        request = {"op": op}
        if request_id is not None:
            request["id"] = request_id
        if params is not None:
            request["params"] = params
        self.send_bytes(json.dumps(request, ensure_ascii=False).encode() + b"\n")

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def receive(self):
        """The next reply; None when the connection was closed."""
        line = self.reader.readline()
        if not line.endswith(b"\n"):
            return None
        return json.loads(line)

    def ask(self, op, **params):
        """The whole reply, good or bad."""
        self.asked += 1
        self.send(op, params or None, request_id=self.asked)
        reply = self.receive()
        if reply is None:
            raise ConnectionError("jobd closed the connection")
        if reply.pop("id") != self.asked:
            raise AssertionError(f"the reply to another request: {reply}")
        return reply

    def call(self, op, **params):
        """The result. Raises Refused."""
        reply = self.ask(op, **params)
        if "error" in reply:
            raise Refused(reply)
        return reply["result"]

    def submit(self, to="user@example.com", **params):
        return self.call("submit_email", **{"to": to, "subject": "Hello", "body": "Test email", **params})

    def job(self, job_id, **params):
        return self.call("get_job", id=job_id, **params)

    def at_its_end(self, job_id):
        """The job once it moves no further by itself."""
        while True:
            job = self.job(job_id, wait="60s")
            if job["status"] not in ("pending", "processing"):
                return job
