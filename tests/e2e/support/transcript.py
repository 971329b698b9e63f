"""Golden transcripts: tests/e2e/transcripts/*.txt, each a conversation that must go word for word, through every door.

    # a comment
    ! transport simulate:          daemon set-up, before the first line: transport, store, or TABLE.KEY VALUE
    > {"op":"ping","id":1}         sent; $name is a captured value, {x*5000} five thousand x
    < {"id":1,"status":200,...}    the next reply, compared as JSON, its keys in this order
    ! half-close / ! closed        what the client does / what it must find
    >| <| !|                       the same of the line protocol alone; its file says at its head why

In what is expected a string of one of these forms stands for many: "<id>", "<time>", "<text>", "<number>",
"<version>", "<any>", and "<id:name>" keeps the value for later lines as $name.

Over HTTP each request goes as support/doors translates it, and its response must be the same reply; an id has no place
there. A watch has a connection of its own: its events are those of the lines, to unwatch is to close it.
"""

import collections
import json
import re

from .daemon import Daemon
from .doors import ROUTES, as_reply, http_request
from .http import HttpClient

WILD = re.compile(r"^<(id|time|text|number|version|any)(?::(\w+))?>$")
FORMS = {
    "id": r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "version": r"\d+\.\d+\.\d+",
    "text": r"(?s).+",
}


A_STREAM = object()  # has begun, or has ended, which over HTTP is all the reply there is


class Transcript:
    def __init__(self, path):
        self.path = path
        self.setup, self.steps = [], []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not line or line.startswith("#"):
                continue
            found = re.fullmatch(r"([><!])(\|?)(?: (.*))?", line)
            if not found:
                raise ValueError(f"{path.name}:{number}: a line starts with > < ! or #")
            kind, mark, text = found.groups("")
            if kind == "!" and text not in ("half-close", "closed"):
                self.setup.append(text.split(" ", 1))
            else:
                self.steps.append((number, kind, bool(mark), text))

    @property
    def steps_of_lines_alone(self):
        return sum(of_lines_alone for _, _, of_lines_alone, _ in self.steps)

    def daemon(self):
        config, flags = {}, {}
        for name, value in self.setup:
            if "." in name:
                table, key = name.split(".")
                config.setdefault(table, {})[key] = int(value) if value.isdigit() else value
            else:
                flags[name] = value
        return Daemon(config, **flags)


class Comparison:
    """Of what is wanted with what came; keeps the values that a wild card names."""

    def __init__(self):
        self.kept = {}

    def fill(self, text):
        text = re.sub(r"\{(\S)\*(\d+)\}", lambda m: m[1] * int(m[2]), text)
        return re.sub(r"\$(\w+)", lambda m: str(self.kept[m[1]]), text)

    def compare(self, wanted, found, path=""):
        wild = WILD.match(wanted) if isinstance(wanted, str) else None
        if wild:
            self.compare_wild(wild[1], found, path)
            if wild[2]:
                self.kept[wild[2]] = found
        elif isinstance(wanted, dict) and isinstance(found, dict):
            if list(wanted) != list(found):
                raise AssertionError(f"{path or 'reply'} has the keys {list(found)}, not {list(wanted)}")
            for key, value in wanted.items():
                self.compare(value, found[key], f"{path}.{key}")
        elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
            for index, value in enumerate(wanted):
                self.compare(value, found[index], f"{path}[{index}]")
        elif wanted != found or isinstance(wanted, bool) != isinstance(found, bool):
            raise AssertionError(f"{path or 'reply'} is {json.dumps(found)}, not {json.dumps(wanted)}")

    def compare_wild(self, form, found, path):
        if form == "any":
            return
        if form == "number":
            good = isinstance(found, (int, float)) and not isinstance(found, bool)
        else:
            good = isinstance(found, str) and re.fullmatch(FORMS[form], found)
        if not good:
            raise AssertionError(f"{path} is {json.dumps(found)}, no {form}")


class Player:
    """Goes through one transcript; a subclass says how to send and what comes. Gives how many steps were its own."""

    def __init__(self, transcript, client):
        self.transcript, self.client = transcript, client
        self.comparison = Comparison()

    def play(self):
        played = 0
        for number, kind, of_lines_alone, text in self.transcript.steps:
            if of_lines_alone and not self.plays_lines:
                continue
            try:
                self.step(kind, self.comparison.fill(text))
            except AssertionError as wrong:
                raise AssertionError(f"{self.transcript.path.name}:{number}: {wrong}") from None
            played += 1
        return played

    def step(self, kind, text):
        if text == "half-close":
            self.client.half_close()
        elif text == "closed":
            answer = self.client.receive()
            if answer is not None:
                raise AssertionError(f"still open: {answer}")
        elif kind == ">":
            self.send(text)
        else:
            wanted = json.loads(text)
            reply = self.receive(wanted)
            if reply is A_STREAM:
                return
            try:
                self.comparison.compare(wanted, reply)
            except AssertionError as wrong:
                raise AssertionError(f"{wrong}\nthe reply: {json.dumps(reply)}") from None


class LinePlayer(Player):
    plays_lines = True

    def send(self, text):
        self.client.send_bytes(text.encode() + b"\n")

    def receive(self, _):
        return self.client.receive()


class HttpPlayer(Player):
    plays_lines = False

    def __init__(self, transcript, daemon):
        super().__init__(transcript, daemon.http())
        self.daemon = daemon
        self.asked = collections.deque()  # (op, its path)
        self.watches = {}                 # by the request's id: its connection and its events

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for client in (self.client, *(client for client, _ in self.watches.values())):
            client.close()

    def send(self, text):
        request = json.loads(text)
        op, params = request["op"], request.get("params")
        target = None
        if op == "unwatch":
            self.watches.pop(params["id"])[0].close()
        elif op == "watch":
            client = HttpClient(self.daemon.socket_path)
            self.watches[request["id"]] = client, client.events(http_request(op, params)[1])
        else:
            method, target, body = http_request(op, params)
            self.client.send(method, target, body)
        self.asked.append((op, target))

    def receive(self, wanted):
        if "event" in wanted:
            return self.next_event(wanted["id"])
        op, target = self.asked.popleft()
        if op not in ROUTES or op == "watch":
            return A_STREAM
        response = self.client.receive()
        reply = as_reply(response)
        self.check_fields(op, target, response, reply)
        return {"id": wanted["id"], **reply} if "id" in wanted else reply

    def next_event(self, request_id):
        event = next(self.watches[request_id][1])
        if "retry" in event:  # for EventSource, before the first
            event = next(self.watches[request_id][1])
        found = {"id": request_id, "event": event["event"], "seq": int(event["id"])}
        data = json.loads(event["data"])
        return {**found, "job": data} if event["event"] == "job" else found

    def check_fields(self, op, target, response, reply):
        """What HTTP says in fields of its own must be there where it is due, and nowhere else."""
        result, error = reply.get("result"), reply.get("error", {})
        self.due(response, "Location", op == "submit_email" and result is not None and f"/jobs/{result['id']}")
        self.due(response, "Retry-After", "retry_after_ms" in error and str(-(-error["retry_after_ms"] // 1000)))
        cursor = op == "list_jobs" and result and result["next_cursor"]
        link = f"{target}{'&' if '?' in target else '?'}cursor={cursor}"
        self.due(response, "Link", cursor and f'<{link}>; rel="next"')
        tag = response.header("ETag")
        if (tag is not None) != (op == "get_job" and result is not None):
            raise AssertionError(f"ETag is {tag}")
        if tag is not None and not re.fullmatch(r'"[!#-~]+"', tag):
            raise AssertionError(f"{tag} is no entity tag")

    def due(self, response, name, value):
        if response.header(name) != (value or None):
            raise AssertionError(f"{name} is {response.header(name)!r}, not {value or None!r}")
