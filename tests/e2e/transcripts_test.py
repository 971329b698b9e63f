"""Golden transcripts: tests/e2e/transcripts/*.txt, each a conversation that must go word for word.

    # a comment
    ! transport simulate:          daemon set-up, before the first line: transport, store, or TABLE.KEY VALUE
    > {"op":"ping","id":1}         sent; $name is a captured value, {x*5000} five thousand x
    < {"id":1,"status":200,...}    the next reply, compared as JSON, its keys in this order
    ! half-close / ! closed        what the client does / what it must find

In what is expected a string of one of these forms stands for many: "<id>", "<time>", "<text>", "<number>",
"<version>", "<any>", and "<id:name>" keeps the value for later lines as $name.
"""

import json
import pathlib
import re
import unittest

from support.daemon import Daemon

FOLDER = pathlib.Path(__file__).parent / "transcripts"
WILD = re.compile(r"^<(id|time|text|number|version|any)(?::(\w+))?>$")
FORMS = {
    "id": r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "version": r"\d+\.\d+\.\d+",
    "text": r"(?s).+",
}


class Transcript:
    def __init__(self, path):
        self.path = path
        self.setup, self.steps = [], []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not line or line.startswith("#"):
                continue
            kind, text = line[0], line[2:]
            if kind not in "><!":
                raise ValueError(f"{path.name}:{number}: a line starts with > < ! or #")
            if kind == "!" and text not in ("half-close", "closed"):
                self.setup.append(text.split(" ", 1))
            else:
                self.steps.append((number, kind, text))

    def daemon(self):
        config, flags = {}, {}
        for name, value in self.setup:
            if "." in name:
                table, key = name.split(".")
                config.setdefault(table, {})[key] = int(value) if value.isdigit() else value
            else:
                flags[name] = value
        return Daemon(config, **flags)


class Player:
    """Goes through one transcript with one client."""

    def __init__(self, transcript, client):
        self.transcript, self.client = transcript, client
        self.kept = {}

    def play(self):
        for number, kind, text in self.transcript.steps:
            try:
                self.step(kind, text)
            except AssertionError as wrong:
                raise AssertionError(f"{self.transcript.path.name}:{number}: {wrong}") from None

    def step(self, kind, text):
        if text == "half-close":
            self.client.half_close()
        elif text == "closed":
            reply = self.client.receive()
            if reply is not None:
                raise AssertionError(f"still open: {reply}")
        elif kind == ">":
            self.client.send_bytes(self.fill(text).encode() + b"\n")
        else:
            reply = self.client.receive()
            try:
                self.compare(json.loads(self.fill(text)), reply, "")
            except AssertionError as wrong:
                raise AssertionError(f"{wrong}\nthe reply: {json.dumps(reply)}") from None

    def fill(self, text):
        text = re.sub(r"\{(\S)\*(\d+)\}", lambda m: m[1] * int(m[2]), text)
        return re.sub(r"\$(\w+)", lambda m: self.kept[m[1]], text)

    def compare(self, wanted, found, path):
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


class Transcripts(unittest.TestCase):
    def test_each_goes_word_for_word(self):
        paths = sorted(FOLDER.glob("*.txt"))
        self.assertTrue(paths)
        for path in paths:
            with self.subTest(path.name):
                transcript = Transcript(path)
                with transcript.daemon() as daemon, daemon.client() as client:
                    Player(transcript, client).play()

    def test_a_wrong_reply_is_noticed(self):
        player = Player(None, None)
        player.compare({"a": "<id>", "b": [1, True]}, {"a": "0192f3a4-0000-7000-8000-000000000000", "b": [1, True]}, "")
        for wanted, found in (({"a": 1}, {"a": 2}), ({"a": 1}, {"a": 1, "b": 2}), ([1], [1, 2]), ({"a": 1}, {"a": True}),
                              ("<id>", "42"), ("<time>", "today"), ("<number>", "1"), ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
                              (None, "x"), ("<text>", ""), ("<version>", "one")):
            with self.subTest(wanted=wanted), self.assertRaises(AssertionError):
                player.compare(wanted, found, "")


if __name__ == "__main__":
    unittest.main()
